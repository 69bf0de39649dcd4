import { type Change, defineModule } from '../module.ts';

interface Args {
  name: string;
}

interface State {
  /** What /etc/hostname says, and what the kernel has. */
  static: string;
  running: string;
}

/** $1 name. hostnamectl sets both names where systemd runs. */
const SET = `if [ -d /run/systemd/system ] && hostnamectl set-hostname -- "$1" 2>/dev/null; then exit; fi
printf '%s\\n' "$1" >/etc/hostname.new && mv /etc/hostname.new /etc/hostname && hostname "$1"`;

/** Keeps the name of the host, now and after the next boot. */
export default defineModule<Args, State>({
  name: 'hostname',
  description: 'Keeps the name of the host, now and after the next boot.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: {
        type: 'string',
        pattern: '^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$',
        description: 'The name.',
        examples: ['vm1'],
      },
    },
  },
  examples: `- hostname:
    name: "{{ inventory_hostname }}"
`,
  probe: async (host) => {
    const { stdout } = await host.script('cat /etc/hostname 2>/dev/null || echo; cat /proc/sys/kernel/hostname');
    const [fixed = '', running = ''] = stdout.split('\n');
    return { static: fixed.trim(), running: running.trim() };
  },
  plan: (state, { name }): Change[] => {
    if (state.static === name && state.running === name) return [];
    return [{ key: 'hostname', before: state.running === name ? state.static : state.running, after: name }];
  },
  apply: async (host, _changes, { name }) => {
    await host.runScript(SET, [name]);
  },
  returns: (_state, { name }) => ({ name }),
});

import { type Change, defineModule, Problem, type Reader, type Survey, type Writer } from '../module.ts';

interface Args {
  name: string;
  value?: string;
  state: 'present' | 'absent';
  sysctl_file: string;
  sysctl_set: boolean;
  reload: boolean;
  ignoreerrors: boolean;
}

interface State {
  text: string;
  /** The last value the file sets, or null. */
  inFile: string | null;
  /** What the kernel has; null when it has no such setting. */
  running: string | null;
}

/** A setting's file: dots are slashes, and slashes in names of interfaces are dots (sysctl.d(5)). */
const procPath = (name: string): string =>
  `/proc/sys/${name.includes('/') && !name.includes('.') ? name : name.replace(/[./]/g, (sign) => (sign === '.' ? '/' : '.'))}`;
const squeezed = (text: string): string => text.trim().replace(/\s+/g, ' ');
const nameOf = (line: string): string | undefined =>
  /^\s*-?([^#;=\s][^=\s]*)\s*=/.exec(line)?.[1]?.replaceAll('/', '.');

/** $1 a setting's file. A value has one line; where one has more, or is not there, each is asked for alone. */
const VALUES: Survey = {
  width: 1,
  script: `nl='
'
s=$(cat -- "$@") || exit
[ $# -gt 1 ] || { printf '%s\\n' "$s"; answer; }
n=$# c=$s$nl
while [ $n -gt 0 ]; do n=$((n-1)); case $c in *"$nl"*) c=\${c#*"$nl"};; *) exit 1;; esac; done
[ -z "$c" ] || exit 1
s=$s$nl
for k; do printf '%s\\n' "\${s%%"$nl"*}"; s=\${s#*"$nl"}; answer; done`,
};

async function probe(host: Reader, { name, sysctl_file: file }: Args): Promise<State> {
  const [bytes, { stdout, status }] = await Promise.all([
    host.readFile(file),
    host.survey(VALUES, [procPath(name)], { ok: 'any' }),
  ]);
  const text = bytes?.toString('utf8') ?? '';
  const lines = text.split('\n').filter((line) => nameOf(line) === name.replaceAll('/', '.'));
  const last = lines.at(-1);
  return {
    text,
    inFile: last === undefined ? null : squeezed(last.slice(last.indexOf('=') + 1)),
    running: status === 0 ? squeezed(stdout) : null,
  };
}

function plan(state: State, { value = '', state: wanted, sysctl_set: set, sysctl_file: file, name }: Args): Change[] {
  if (wanted === 'absent')
    return state.inFile === null ? [] : [{ key: file, before: `${name}=${state.inFile}`, after: null }];
  const after = squeezed(value);
  const changes: Change[] = [];
  if (state.inFile !== after) changes.push({ key: file, before: state.inFile, after });
  if (set && state.running !== null && state.running !== after)
    changes.push({ key: name, before: state.running, after });
  return changes;
}

/** $1 the setting's file, $2 the value. */
const SET = `printf '%s\\n' "$2" >"$1"`;

async function apply(
  host: Writer,
  changes: readonly Change[],
  args: Args,
  text: string,
  write: (text: string) => Parameters<Writer['write']>[1],
): Promise<void> {
  const { name, value = '', sysctl_file: file } = args;
  if (changes.some(({ key }) => key === file)) {
    const kept = text.split('\n').filter((line) => nameOf(line) !== name.replaceAll('/', '.'));
    while (kept.at(-1) === '') kept.pop();
    const lines = args.state === 'absent' ? kept : [...kept, `${name}=${squeezed(value)}`];
    await host.write(file, write(lines.length > 0 ? `${lines.join('\n')}\n` : ''));
  }
  const live = args.state === 'present' && (args.reload || args.sysctl_set);
  if (!live) return;
  const { status, stderr } = await host.runScript(SET, [procPath(name), squeezed(value)], { ok: 'any' });
  if (status !== 0 && !args.ignoreerrors) {
    throw new Problem({
      code: 'sysctl-refused',
      what: `the kernel does not take ${name}=${squeezed(value)}`,
      details: stderr.trim().split('\n'),
      mend: 'set ignoreerrors where a host may lack the setting',
    });
  }
}

/** Keeps a kernel setting, in a file and in the running kernel. */
export default defineModule<Args, State>({
  name: 'sysctl',
  description: 'Keeps a kernel setting, in a file for the next boot and in the running kernel.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: { type: 'string', aliases: ['key'], description: 'The setting.', examples: ['net.ipv4.ip_forward'] },
      value: { type: 'string', aliases: ['val'], description: 'Its value. Needed unless state is absent.' },
      state: {
        type: 'string',
        enum: ['present', 'absent'],
        default: 'present',
        description: 'Whether the file should set it.',
      },
      sysctl_file: { type: 'string', format: 'path', default: '/etc/sysctl.conf', description: 'The file.' },
      sysctl_set: { type: 'boolean', default: false, description: 'Also compare and set the running kernel’s value.' },
      reload: { type: 'boolean', default: true, description: 'Set the running kernel’s value when the file changes.' },
      ignoreerrors: { type: 'boolean', default: false, description: 'Go on where the kernel has no such setting.' },
    },
  },
  examples: `- sysctl:
    name: net.ipv4.ip_forward
    value: '1'
    sysctl_file: /etc/sysctl.d/60-forward.conf
    sysctl_set: true
`,
  prepare: async (_controller, args) => {
    if (args.state === 'present' && args.value === undefined)
      throw new Problem({ code: 'missing-argument', what: 'sysctl needs "value" unless state is absent' });
    return args;
  },
  probe,
  plan,
  apply: (host, changes, args, controller, state) =>
    apply(host, changes, args, state.text, (text) => controller.text(text)),
});

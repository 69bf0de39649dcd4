import { type Content, defineModule } from 'mesh-play';
import { arm, FIREWALL, forget, type Guard, guardOf, OVER_FIREWALL, tellRestored } from '../lib/guard.ts';

interface Args {
  state: 'present' | 'absent';
  confirm: number;
  folder: string;
}

interface State {
  on: boolean;
  /** Whether an agent runs that was started with what is there now. */
  started: boolean;
  guard: Guard;
  /** Whether the guard that stands turns it off: one over policies does not. */
  covered: boolean;
}

interface Ready {
  args: Args;
  environment: Content;
}

const PROBE = `[ ! -e ${FIREWALL} ] || echo on
/usr/local/lib/mesh/prepare-cilium unchanged 2>/dev/null && systemctl -q is-active cilium && echo started
[ ! -e ${OVER_FIREWALL} ] || echo covered
:`;

/** Turns the agent's host firewall on under a guard; what else the agent is started with while it is on, is guarded too. */
export default defineModule<Args, State, Ready>({
  name: 'cilium_host_firewall',
  description:
    'Has the Cilium agent start with its host firewall, and sets a guard up first: a timer on the host turns it off again and puts policies back, unless cilium_policy_confirmed reached the host over a new connection. Restarts nothing.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      state: { type: 'string', enum: ['present', 'absent'], default: 'present', description: 'Whether it is on.' },
      confirm: {
        type: 'integer',
        minimum: 5,
        default: 300,
        description: 'Seconds after which it is turned off again.',
      },
      folder: {
        type: 'string',
        format: 'path',
        default: '/etc/cilium/policies',
        description: 'Where the agent’s policies are.',
      },
    },
  },
  examples: `- cilium_host_firewall: {confirm: 300}
- systemd: {name: cilium, state: restarted}
- meta: reset_connection
- cilium_policy_confirmed: {}
`,
  prepare: async (controller, args) => ({
    args,
    // The agent takes its flags from the environment too.
    environment: controller.text('CILIUM_ENABLE_HOST_FIREWALL=true\n'),
  }),
  probe: async (host) => {
    const [{ stdout }, guard] = await Promise.all([host.script(PROBE), guardOf(host)]);
    const said = stdout.split('\n');
    return { on: said.includes('on'), started: said.includes('started'), covered: said.includes('covered'), guard };
  },
  plan: ({ on, started, guard, covered }, { args: { state, confirm } }) => {
    if (on !== (state === 'present'))
      return [{ key: 'host firewall', before: on ? 'on' : 'off', after: on ? 'off' : 'on' }];
    if (guard === 'restored') return [{ key: 'what was taken back', before: 'not told', after: 'told' }];
    if (!on || started || covered) return [];
    return [{ key: 'restart of the agent', before: 'not guarded', after: `guarded for ${confirm} s` }];
  },
  apply: async (host, _changes, { args: { state, confirm, folder }, environment }, controller, now) => {
    tellRestored(now.guard, host.host, controller);
    if (now.guard === 'restored') await forget(host);
    if (state === 'absent') {
      if (now.on) await host.run(['rm', '-f', '--', FIREWALL]);
    } else if (!now.on || !now.started) {
      await arm(host, { folder, seconds: confirm, firewall: true });
      if (!now.on) await host.write(FIREWALL, environment, { mode: '0644' });
    }
  },
  returns: ({ guard }) => ({ awaits_confirmation: guard === 'armed' }),
});

import {
  applyUnit,
  defineModule,
  planUnit,
  probeUnit,
  returnsUnit,
  type UnitState,
  type UnitWish,
  withSuffix,
} from '../module.ts';

interface Args {
  name: string;
  state?: 'started' | 'stopped' | 'restarted' | 'reloaded';
  enabled?: boolean;
}

/** Keeps a service running or stopped, enabled or disabled. */
export default defineModule<Args, UnitState, UnitWish>({
  name: 'service',
  description: 'Keeps a service running or stopped, enabled or disabled, with systemd.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: { type: 'string', description: 'The service.', examples: ['ssh'] },
      state: {
        type: 'string',
        enum: ['started', 'stopped', 'restarted', 'reloaded'],
        description: 'Running, stopped, or restarted or reloaded each time.',
      },
      enabled: { type: 'boolean', description: 'Start at boot. Left alone when absent.' },
    },
    requiredOneOf: [['state', 'enabled']],
  },
  examples: `- service:
    name: ssh
    state: started
`,
  prepare: async (controller, { name, state, enabled }) => ({
    unit: withSuffix(name),
    ...(state === undefined ? {} : { state }),
    ...(enabled === undefined ? {} : { enabled }),
    daemonReload: false,
    daemonReexec: false,
    scope: 'system',
    noBlock: false,
    check: controller.check,
  }),
  probe: probeUnit,
  plan: planUnit,
  apply: (host, changes, wish) => applyUnit(host, changes, wish),
  returns: returnsUnit,
});

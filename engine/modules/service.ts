import {
  applyUnit,
  defineModule,
  planUnit,
  probeUnit,
  returnsUnit,
  UNIT_ARGUMENTS,
  UNIT_ONE_OF,
  type UnitArgs,
  type UnitState,
  type UnitWish,
  unitWish,
} from '../module.ts';

interface Args extends UnitArgs {
  use: string;
  pattern?: string;
  sleep?: number;
  runlevel?: string;
  arguments?: string;
}

/** What Ansible's service leaves out, with a warning, where systemd runs the services. */
const UNUSED = ['pattern', 'sleep', 'runlevel', 'arguments'] as const;

/** Keeps a service running or stopped, enabled or disabled. */
export default defineModule<Args, UnitState, UnitWish>({
  name: 'service',
  description: 'Keeps a service running or stopped, enabled or disabled, with systemd, whose arguments it takes too.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      ...UNIT_ARGUMENTS,
      use: {
        type: 'string',
        enum: ['auto', 'systemd', 'systemd_service', 'service'],
        default: 'auto',
        description: 'What runs the services of the host: systemd, whatever is said.',
      },
      pattern: { type: 'string', description: 'Not used with systemd.' },
      sleep: { type: 'integer', description: 'Not used with systemd.' },
      runlevel: { type: 'string', description: 'Not used with systemd.' },
      arguments: { type: 'string', aliases: ['args'], description: 'Not used with systemd.' },
    },
    requiredOneOf: UNIT_ONE_OF,
  },
  examples: `- service:
    name: ssh
    state: started
`,
  prepare: async (controller, args) => {
    for (const name of UNUSED)
      if (args[name] !== undefined) controller.warn(`service ignores "${name}": systemd has no use for it`);
    return unitWish('service', args, controller.check);
  },
  probe: probeUnit,
  plan: planUnit,
  apply: (host, changes, wish) => applyUnit(host, changes, wish),
  returns: returnsUnit,
});

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

/** Keeps a systemd unit running or stopped, enabled or disabled, masked or not. */
export default defineModule<UnitArgs, UnitState, UnitWish>({
  name: 'systemd',
  description: 'Keeps a systemd unit running or stopped, enabled or disabled, masked or not.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: UNIT_ARGUMENTS,
    requiredOneOf: UNIT_ONE_OF,
  },
  examples: `- systemd:
    name: nginx
    state: started
    enabled: true

- systemd:
    name: app.service
    state: restarted
    daemon_reload: true
`,
  prepare: async (controller, args) => unitWish('systemd', args, controller.check),
  probe: probeUnit,
  plan: planUnit,
  apply: (host, changes, wish) => applyUnit(host, changes, wish),
  returns: returnsUnit,
});

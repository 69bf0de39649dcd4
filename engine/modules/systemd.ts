import {
  applyUnit,
  defineModule,
  Problem,
  planUnit,
  probeUnit,
  returnsUnit,
  type UnitState,
  type UnitWish,
  withSuffix,
} from '../module.ts';

interface Args {
  name?: string;
  state?: 'started' | 'stopped' | 'restarted' | 'reloaded';
  enabled?: boolean;
  masked?: boolean;
  daemon_reload: boolean;
  daemon_reexec: boolean;
  scope: 'system' | 'user' | 'global';
  no_block: boolean;
}

/** Keeps a systemd unit running or stopped, enabled or disabled, masked or not. */
export default defineModule<Args, UnitState, UnitWish>({
  name: 'systemd',
  description: 'Keeps a systemd unit running or stopped, enabled or disabled, masked or not.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      name: {
        type: 'string',
        aliases: ['service', 'unit'],
        description: 'The unit; a service when it has no suffix.',
        examples: ['nginx', 'backup.timer'],
      },
      state: {
        type: 'string',
        enum: ['started', 'stopped', 'restarted', 'reloaded'],
        description: 'Running, stopped, or restarted or reloaded each time.',
      },
      enabled: { type: 'boolean', description: 'Start at boot. Left alone when absent.' },
      masked: { type: 'boolean', description: 'Make it impossible to start. Left alone when absent.' },
      daemon_reload: {
        type: 'boolean',
        default: false,
        aliases: ['daemon-reload'],
        description: 'Let systemd read changed unit files, if there are any.',
      },
      daemon_reexec: {
        type: 'boolean',
        default: false,
        aliases: ['daemon-reexec'],
        description: 'Let systemd execute itself again.',
      },
      scope: { type: 'string', enum: ['system', 'user', 'global'], default: 'system', description: 'Whose units.' },
      no_block: { type: 'boolean', default: false, description: 'Do not wait until it is done.' },
    },
    requiredOneOf: [['name', 'daemon_reload', 'daemon_reexec']],
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
  prepare: async (controller, args) => {
    const { name, state, enabled, masked, daemon_reload: daemonReload, daemon_reexec: daemonReexec, scope } = args;
    if (name === undefined && (state ?? enabled ?? masked) !== undefined)
      throw new Problem({ code: 'missing-argument', what: 'systemd needs "name" for state, enabled and masked' });
    return {
      ...(name === undefined ? {} : { unit: withSuffix(name) }),
      ...(state === undefined ? {} : { state }),
      ...(enabled === undefined ? {} : { enabled }),
      ...(masked === undefined ? {} : { masked }),
      daemonReload,
      daemonReexec,
      scope,
      noBlock: args.no_block,
      check: controller.check,
    };
  },
  probe: probeUnit,
  plan: planUnit,
  apply: (host, changes, wish) => applyUnit(host, changes, wish),
  returns: returnsUnit,
});

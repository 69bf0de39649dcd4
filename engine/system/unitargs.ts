import { Problem } from '../problem.ts';
import type { Property } from '../property.ts';
import { type UnitAction, type UnitWish, withSuffix } from './unit.ts';

/** How a unit is asked for, as both `systemd` and `service` take it: Ansible hands the one's arguments to the other. */
export interface UnitArgs {
  name?: string;
  state?: UnitAction;
  enabled?: boolean;
  masked?: boolean;
  daemon_reload: boolean;
  daemon_reexec: boolean;
  scope: UnitWish['scope'];
  no_block: boolean;
  force: boolean;
}

/** Their part of a schema. */
export const UNIT_ARGUMENTS = {
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
  force: { type: 'boolean', default: false, description: 'Replace links of the unit that are in the way.' },
} as const satisfies Record<string, Property>;

/** One of these must be asked for. */
export const UNIT_ONE_OF = [['name', 'daemon_reload', 'daemon_reexec']] as const satisfies (keyof UnitArgs)[][];

/** What the arguments ask for. `check`: in check mode. */
export function unitWish(module: string, args: UnitArgs, check: boolean): UnitWish {
  const { name, state, enabled, masked, daemon_reload: daemonReload, daemon_reexec: daemonReexec, scope } = args;
  if (name === undefined && (state ?? enabled ?? masked) !== undefined)
    throw new Problem({ code: 'missing-argument', what: `${module} needs "name" for state, enabled and masked` });
  return {
    ...(name === undefined ? {} : { unit: withSuffix(name) }),
    ...(state === undefined ? {} : { state }),
    ...(enabled === undefined ? {} : { enabled }),
    ...(masked === undefined ? {} : { masked }),
    daemonReload,
    daemonReexec,
    scope,
    noBlock: args.no_block,
    force: args.force,
    check,
  };
}

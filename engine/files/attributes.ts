import type { Stat, Writer } from '../connection/connection.ts';
import type { Property } from '../property.ts';
import type { Change } from '../result.ts';
import { octal } from '../stat.ts';
import type { Mapping } from '../value.ts';
import { modeFor } from './mode.ts';

/** Owner, group and mode, as every module that keeps files takes them. */
export interface Attributes {
  owner?: string;
  group?: string;
  mode?: string;
}

/** Their part of a schema. */
export const ATTRIBUTES = {
  owner: { type: 'string', description: 'User that owns it, by name or number.', examples: ['root'] },
  group: { type: 'string', description: 'Group that owns it, by name or number.', examples: ['root'] },
  mode: {
    type: 'string',
    format: 'mode',
    description: 'Permissions: octal in quotes, or as chmod takes them. Left alone when absent.',
    examples: ['0644', 'u=rw,g=r,o='],
  },
} as const satisfies Record<string, Property>;

/** The wanted attributes among a module's arguments. */
export function attributesIn({ owner, group, mode }: Attributes): Attributes {
  return {
    ...(owner === undefined ? {} : { owner }),
    ...(group === undefined ? {} : { group }),
    ...(mode === undefined ? {} : { mode }),
  };
}

const sameOwner = (wanted: string, name: string, id: number): boolean =>
  /^\d+$/.test(wanted) ? Number(wanted) === id : wanted === name;

/** What differs in owner, group and mode. A link has no mode of its own. `key` names the place, for more than one path. */
export function planAttributes(
  stat: Stat,
  wanted: Attributes,
  umask = 0o022,
  key: (attribute: string) => string = (attribute) => attribute,
): Change[] {
  const changes: Change[] = [];
  const { owner, group } = wanted;
  if (owner !== undefined && !sameOwner(owner, stat.owner, stat.uid))
    changes.push({ key: key('owner'), before: stat.owner, after: owner });
  if (group !== undefined && !sameOwner(group, stat.group, stat.gid))
    changes.push({ key: key('group'), before: stat.group, after: group });
  if (wanted.mode !== undefined && stat.type !== 'link') {
    const mode = modeFor(wanted.mode, { mode: stat.mode, directory: stat.type === 'directory' }, umask);
    if (mode !== stat.mode) changes.push({ key: key('mode'), before: stat.mode, after: mode });
  }
  return changes;
}

/** The attributes that something about to be made is given, as changes from nothing. */
export function newAttributes(wanted: Attributes, kind: 'file' | 'directory', umask: number): Change[] {
  const changes: Change[] = [];
  if (wanted.owner !== undefined) changes.push({ key: 'owner', before: null, after: wanted.owner });
  if (wanted.group !== undefined) changes.push({ key: 'group', before: null, after: wanted.group });
  const mode = newMode(wanted.mode, kind, umask);
  if (mode !== undefined) changes.push({ key: 'mode', before: null, after: mode });
  return changes;
}

/** The octal mode of something about to be made, or undefined when the umask alone decides. */
export function newMode(wanted: string | undefined, kind: 'file' | 'directory', umask: number): string | undefined {
  if (wanted === undefined) return undefined;
  const directory = kind === 'directory';
  return modeFor(wanted, { mode: octal((directory ? 0o777 : 0o666) & ~umask), directory }, umask);
}

/** Sets owner and group, then mode, since chown(2) clears set-uid and set-gid bits. `$1` path, `$2` owner, `$3` group, `$4` mode. */
export const SET_ATTRIBUTES = `if [ -n "$2$3" ]; then chown -h -- "$2\${3:+:$3}" "$1" || exit; fi
if [ -n "$4" ]; then chmod -- "$4" "$1" || exit; fi`;

/** Makes planned changes of owner, group and mode at a path. */
export async function applyAttributes(
  host: Writer,
  path: string,
  changes: readonly Change[],
  wanted: Attributes,
): Promise<void> {
  const of = (key: string): string => String(changes.find((change) => change.key === key)?.after ?? '');
  const [owner, group] = [of('owner'), of('group')];
  // An octal mode is given again where the owner changes, for the bits that chown(2) clears.
  const again = owner + group !== '' && /^[0-7]+$/.test(wanted.mode ?? '') ? (wanted.mode ?? '') : '';
  // GNU chmod keeps a folder's set-uid and set-gid bits for fewer than five digits.
  const mode = (of('mode') || again).replace(/^(?=.)/, '0');
  if (owner + group + mode !== '') await host.runScript(SET_ATTRIBUTES, [path, owner, group, mode]);
}

/** What Ansible's file modules answer about a path that is there. */
export function pathInfo(stat: Stat): Mapping {
  const { uid, gid, owner, group, mode, size } = stat;
  const state = stat.type === 'link' || stat.type === 'directory' ? stat.type : stat.links > 1 ? 'hard' : 'file';
  return { uid, gid, owner, group, mode, size, state };
}

import type { Reader } from '../connection/connection.ts';
import type { Change } from '../result.ts';
import { ACCOUNT } from './account.ts';
import { type AgeArgs, ageOf, hasAge, planAge } from './userage.ts';
import { type KeyArgs, planKey, probeKey, type UserKey } from './userkey.ts';

/** What is wanted of an account. */
export interface UserArgs extends AgeArgs, KeyArgs {
  name: string;
  uid?: number;
  group?: string;
  groups?: string[];
  append: boolean;
  comment?: string;
  home?: string;
  create_home: boolean;
  move_home: boolean;
  skeleton?: string;
  umask?: string;
  shell?: string;
  password?: string;
  update_password: 'always' | 'on_create';
  password_lock?: boolean;
  expires?: number;
  system: boolean;
  non_unique: boolean;
  state: 'present' | 'absent';
  remove: boolean;
  force: boolean;
}

/** What is on the host. */
export interface UserState {
  exists: boolean;
  uid: number;
  group: string;
  gid: number;
  groups: string[];
  comment: string;
  home: string;
  shell: string;
  /** Absent when the shadow file cannot be read. */
  password?: string;
  /** Days since the epoch, -1 for never. */
  expires: number;
  /** Whether the wanted home is there: the one given, or the one the user has. */
  homeExists: boolean;
  /** How old the password may get; nothing when that was not asked for. */
  age: AgeArgs;
  key?: UserKey;
}

/** Reads an account. */
export async function probeUser(host: Reader, args: UserArgs): Promise<UserState> {
  const { name, home: wanted = '', password: given, password_lock: lock, expires: end } = args;
  const shadowed = (given ?? lock ?? end) === undefined && !hasAge(args) ? '' : 'shadow';
  const [{ stdout }, key] = await Promise.all([
    host.survey(ACCOUNT, [name, wanted, shadowed]),
    probeKey(host, name, args),
  ]);
  const [passwd = '', all = '', shadow = '', home = ''] = stdout.split('\n');
  const [group = '', ...groups] = all.split(' ');
  const [, , uid = '0', gid = '0', comment = '', homeFolder = '', shell = ''] = passwd.split(':');
  const [, password, , , , , , expires = ''] = shadow.split(':');
  return {
    exists: passwd !== '',
    uid: Number(uid),
    gid: Number(gid),
    group,
    groups: groups.filter((one) => one !== '' && one !== group),
    comment,
    home: homeFolder,
    shell,
    ...(password === undefined ? {} : { password }),
    expires: expires === '' ? -1 : Number(expires),
    homeExists: home === 'home',
    age: hasAge(args) && shadow !== '' ? ageOf(shadow.split(':')) : {},
    ...(key ? { key } : {}),
  };
}

const days = (seconds: number): number => (seconds < 0 ? -1 : Math.floor(seconds / 86_400));

/** What differs, in the order of work. */
export function planUser(state: UserState, args: UserArgs): Change[] {
  if (args.state === 'absent') return state.exists ? [{ key: 'user', before: args.name, after: null }] : [];
  const changes: Change[] = state.exists ? [] : [{ key: 'user', before: null, after: args.name }];
  const after = [...planAge(state.age, args), ...planKey(state.key, args.force)];
  if (!state.exists)
    return [...changes, ...(args.password === undefined ? [] : [passwordChange(null, args.password)]), ...after];
  const differs = (key: 'uid' | 'comment' | 'home' | 'shell', wanted: string | number | undefined): void => {
    if (wanted !== undefined && wanted !== state[key]) changes.push({ key, before: state[key], after: wanted });
  };
  differs('uid', args.uid);
  if (args.group !== undefined && args.group !== state.group && args.group !== String(state.gid))
    changes.push({ key: 'group', before: state.group, after: args.group });
  changes.push(...groupChange(state, args));
  differs('comment', args.comment);
  differs('home', args.home);
  differs('shell', args.shell);
  if (args.expires !== undefined && days(args.expires) !== state.expires)
    changes.push({ key: 'expires', before: state.expires, after: days(args.expires) });
  const moves = args.move_home && changes.some(({ key }) => key === 'home');
  if (args.create_home && !state.homeExists && !moves)
    changes.push({ key: 'home folder', before: null, after: args.home ?? state.home });
  const locked = state.password?.startsWith('!') ?? false;
  const bare = state.password?.replace(/^!/, '');
  if (args.password !== undefined && args.update_password === 'always' && bare !== args.password.replace(/^!/, ''))
    changes.push(passwordChange(state.password ?? null, args.password));
  if (args.password_lock !== undefined && args.password_lock !== locked)
    changes.push({ key: 'password_lock', before: locked, after: args.password_lock });
  return [...changes, ...after];
}

const passwordChange = (before: string | null, after: string): Change => ({
  key: 'password',
  before,
  after,
  secret: true,
});

function groupChange(state: UserState, { groups, append }: UserArgs): Change[] {
  if (groups === undefined) return [];
  const missing = groups.filter((group) => !state.groups.includes(group) && group !== state.group);
  const extra = append ? [] : state.groups.filter((group) => !groups.includes(group));
  if (missing.length + extra.length === 0) return [];
  const after = append ? [...state.groups, ...missing] : groups;
  return [{ key: 'groups', before: state.groups, after }];
}

import { ACCOUNT, type Change, defineModule, type Mapping, type Reader, type Writer } from '../module.ts';

interface Args {
  name: string;
  uid?: number;
  group?: string;
  groups?: string[];
  append: boolean;
  comment?: string;
  home?: string;
  create_home: boolean;
  move_home: boolean;
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

interface State {
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
}

async function probe(host: Reader, args: Args): Promise<State> {
  const { name, home: wanted = '', password: given, password_lock: lock, expires: end } = args;
  const shadowed = (given ?? lock ?? end) === undefined ? '' : 'shadow';
  const { stdout } = await host.survey(ACCOUNT, [name, wanted, shadowed]);
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
  };
}

const days = (seconds: number): number => (seconds < 0 ? -1 : Math.floor(seconds / 86_400));

function plan(state: State, args: Args): Change[] {
  if (args.state === 'absent') return state.exists ? [{ key: 'user', before: args.name, after: null }] : [];
  const changes: Change[] = state.exists ? [] : [{ key: 'user', before: null, after: args.name }];
  if (!state.exists) return [...changes, ...(args.password === undefined ? [] : [passwordChange(null, args.password)])];
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
  return changes;
}

const passwordChange = (before: string | null, after: string): Change => ({
  key: 'password',
  before,
  after,
  secret: true,
});

function groupChange(state: State, { groups, append }: Args): Change[] {
  if (groups === undefined) return [];
  const missing = groups.filter((group) => !state.groups.includes(group) && group !== state.group);
  const extra = append ? [] : state.groups.filter((group) => !groups.includes(group));
  if (missing.length + extra.length === 0) return [];
  const after = append ? [...state.groups, ...missing] : groups;
  return [{ key: 'groups', before: state.groups, after }];
}

async function apply(host: Writer, changes: readonly Change[], args: Args): Promise<void> {
  const { name } = args;
  const has = (key: string): Change | undefined => changes.find((change) => change.key === key);
  const user = has('user');
  if (user?.after === null) {
    await host.run(['userdel', ...(args.remove ? ['-r'] : []), ...(args.force ? ['-f'] : []), '--', name]);
    return;
  }
  if (user) await host.run(['useradd', ...addWords(args), '--', name]);
  else {
    const words = changeWords(changes, args);
    if (words.length > 0) await host.run(['usermod', ...words, '--', name]);
  }
  if (has('home folder')) await host.runScript(MAKE_HOME, [name, String(has('home folder')?.after ?? '')]);
  const password = has('password');
  if (password) await host.run(['chpasswd', '-e'], { stdin: `${name}:${args.password}\n` });
  // A new password is not locked, whatever the old one was.
  const lock = has('password_lock')?.after ?? ((user || password) && args.password_lock ? true : undefined);
  if (lock !== undefined) await host.run(['usermod', lock ? '-L' : '-U', '--', name]);
}

/** As useradd makes it: the skeleton, owned by the user. $1 name, $2 folder. */
const MAKE_HOME = `mkdir -p -- "$2" && cp -aT /etc/skel "$2" && chown -R -- "$1:$(id -gn -- "$1")" "$2" && chmod 0700 -- "$2"`;

function common(args: Args): string[] {
  const value = (flag: string, given: string | number | undefined): string[] =>
    given === undefined ? [] : [flag, String(given)];
  return [
    ...value('-u', args.uid),
    ...(args.uid !== undefined && args.non_unique ? ['-o'] : []),
    ...value('-g', args.group),
    ...value('-c', args.comment),
    ...value('-d', args.home),
    ...value('-s', args.shell),
    ...(args.expires === undefined ? [] : ['-e', expiry(args.expires)]),
  ];
}

const expiry = (seconds: number): string => (seconds < 0 ? '' : new Date(seconds * 1000).toISOString().slice(0, 10));

const addWords = (args: Args): string[] => [
  ...(args.system ? ['-r'] : []),
  args.create_home ? '-m' : '-M',
  ...common(args),
  ...(args.groups && args.groups.length > 0 ? ['-G', args.groups.join(',')] : []),
];

function changeWords(changes: readonly Change[], args: Args): string[] {
  const changed = (key: string): boolean => changes.some((change) => change.key === key);
  const only: Partial<Args> = {};
  for (const key of ['uid', 'group', 'comment', 'home', 'shell', 'expires'] as const)
    if (changed(key)) Object.assign(only, { [key]: args[key] });
  const groups = changes.find(({ key }) => key === 'groups')?.after as string[] | undefined;
  return [
    ...common({ ...only, non_unique: args.non_unique } as Args),
    ...(changed('home') && args.move_home ? ['-m'] : []),
    ...(groups ? ['-G', groups.join(',')] : []),
  ];
}

/** Keeps a user account. */
export default defineModule<Args, State>({
  name: 'user',
  description: 'Keeps a user account, or keeps it away.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: { type: 'string', aliases: ['user'], description: 'The user.' },
      uid: { type: 'integer', minimum: 0, description: 'The number. Left alone when absent.' },
      group: { type: 'string', description: 'The primary group, which must exist.' },
      groups: {
        type: 'array',
        items: { type: 'string' },
        description: 'Further groups, which must exist. [] is none.',
      },
      append: { type: 'boolean', default: false, description: 'Leave other groups the user is in.' },
      comment: { type: 'string', description: 'The full name (GECOS).' },
      home: { type: 'string', format: 'path', description: 'The home folder.' },
      create_home: {
        type: 'boolean',
        default: true,
        aliases: ['createhome'],
        description: 'Make the home folder if it is not there.',
      },
      move_home: { type: 'boolean', default: false, description: 'Move the old home folder when home changes.' },
      shell: { type: 'string', description: 'The login shell.', examples: ['/usr/sbin/nologin'] },
      password: { type: 'string', secret: true, description: 'The password as crypt(3) hashes it; ! locks it.' },
      update_password: {
        type: 'string',
        enum: ['always', 'on_create'],
        default: 'always',
        description: 'Whether the password of a user who is there is changed.',
      },
      password_lock: { type: 'boolean', description: 'Lock the password, or unlock it.' },
      expires: { type: 'number', description: 'When the account ends, in seconds since the epoch; negative is never.' },
      system: { type: 'boolean', default: false, description: 'A new user gets a number of the system’s range.' },
      non_unique: { type: 'boolean', default: false, description: 'Another user may have the same number.' },
      state: {
        type: 'string',
        enum: ['present', 'absent'],
        default: 'present',
        description: 'Whether the user should be there.',
      },
      remove: { type: 'boolean', default: false, description: 'With absent: remove the home folder too.' },
      force: { type: 'boolean', default: false, description: 'With absent: even while the user is logged in.' },
    },
  },
  examples: `- user:
    name: coredns
    system: true
    create_home: false
    shell: /usr/sbin/nologin
`,
  probe,
  plan,
  apply,
  returns: ({ uid, gid, home, shell, comment, exists }, args, changes): Mapping => {
    const { name, state, groups, append, system, password } = args;
    if (state === 'absent') return { name, state, force: args.force, remove: args.remove };
    const made = changes.some(({ key, before }) => key === 'user' && before === null);
    return {
      name,
      state,
      ...(made ? { system, create_home: args.create_home } : { append, move_home: args.move_home }),
      ...(groups === undefined ? {} : { groups: groups.join(',') }),
      ...(password === undefined ? {} : { password: 'NOT_LOGGING_PASSWORD' }),
      ...(exists ? { uid, group: gid, home, shell, comment } : {}),
    };
  },
});

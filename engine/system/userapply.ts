import type { Writer } from '../connection/connection.ts';
import type { Change } from '../result.ts';
import type { UserArgs } from './user.ts';
import { ageWords } from './userage.ts';
import { makeKey } from './userkey.ts';

/** Makes the changes. */
export async function applyUser(host: Writer, changes: readonly Change[], args: UserArgs): Promise<void> {
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
  if (has('home folder'))
    await host.runScript(MAKE_HOME, [
      name,
      String(has('home folder')?.after ?? ''),
      args.skeleton ?? '/etc/skel',
      args.umask ?? '077',
    ]);
  const password = has('password');
  if (password) await host.run(['chpasswd', '-e'], { stdin: `${name}:${args.password}\n` });
  // A new password is not locked, whatever the old one was.
  const lock = has('password_lock')?.after ?? ((user || password) && args.password_lock ? true : undefined);
  if (lock !== undefined) await host.run(['usermod', lock ? '-L' : '-U', '--', name]);
  const age = ageWords(changes);
  if (age.length > 0) await host.run(['chage', ...age, '--', name]);
  if (has('ssh key')) await makeKey(host, name, args);
}

/** As useradd makes it: the skeleton, owned by the user. $1 name, $2 folder, $3 skeleton, $4 umask. */
const MAKE_HOME = `mkdir -p -- "$2" && cp -aT -- "$3" "$2" && chown -R -- "$1:$(id -gn -- "$1")" "$2" &&
chmod "$(printf '%04o' $((0777 & ~0$4)))" -- "$2"`;

function common(args: UserArgs): string[] {
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

const addWords = (args: UserArgs): string[] => [
  ...(args.system ? ['-r'] : []),
  args.create_home ? '-m' : '-M',
  ...(args.create_home && args.skeleton !== undefined ? ['-k', args.skeleton] : []),
  ...(args.umask === undefined ? [] : ['-K', `UMASK=${args.umask}`]),
  ...common(args),
  ...(args.groups && args.groups.length > 0 ? ['-G', args.groups.join(',')] : []),
];

function changeWords(changes: readonly Change[], args: UserArgs): string[] {
  const changed = (key: string): boolean => changes.some((change) => change.key === key);
  const only: Partial<UserArgs> = {};
  for (const key of ['uid', 'group', 'comment', 'home', 'shell', 'expires'] as const)
    if (changed(key)) Object.assign(only, { [key]: args[key] });
  const groups = changes.find(({ key }) => key === 'groups')?.after as string[] | undefined;
  return [
    ...common({ ...only, non_unique: args.non_unique } as UserArgs),
    ...(changed('home') && args.move_home ? ['-m'] : []),
    ...(groups ? ['-G', groups.join(',')] : []),
  ];
}

import { Problem } from '../problem.ts';
import type { Property } from '../property.ts';
import type { AptWish } from './apt.ts';

/** What both `apt` and `package` take: Ansible hands the arguments of the one to the other. */
export interface AptArgs {
  name: string[];
  state: string;
  deb?: string;
  update_cache?: boolean;
  cache_valid_time: number;
  upgrade: string;
  install_recommends?: boolean;
  default_release?: string;
  only_upgrade: boolean;
  allow_downgrade: boolean;
  allow_change_held_packages: boolean;
  allow_unauthenticated: boolean;
  force: boolean;
  fail_on_autoremove: boolean;
  autoremove: boolean;
  autoclean: boolean;
  clean: boolean;
  purge: boolean;
  policy_rc_d?: number;
  dpkg_options: string;
  lock_timeout: number;
}

const no = (description: string): { type: 'boolean'; default: false; description: string } => ({
  type: 'boolean',
  default: false,
  description,
});

/** Their part of a schema. */
export const APT_ARGUMENTS = {
  name: {
    type: 'array',
    items: { type: 'string' },
    default: [],
    aliases: ['package', 'pkg'],
    description:
      'Packages; name=version pins one, and the version may hold *. With latest, "*" is all that is installed.',
    examples: [['nginx', 'curl=7.88*']],
  },
  state: {
    type: 'string',
    enum: ['present', 'installed', 'absent', 'removed', 'latest'],
    default: 'present',
    description: 'Whether they should be there.',
  },
  deb: { type: 'string', format: 'path', description: 'A .deb file on the host to install.' },
  update_cache: {
    type: 'boolean',
    aliases: ['update-cache'],
    description: 'Run apt-get update first, if something is to be installed and the cache is too old.',
  },
  cache_valid_time: {
    type: 'integer',
    default: 0,
    minimum: 0,
    description: 'Seconds for which the cache is fresh enough. Implies update_cache.',
  },
  upgrade: {
    type: 'string',
    enum: ['no', 'yes', 'safe', 'full', 'dist'],
    default: 'no',
    description: 'Upgrade all packages: safe removes none, full and dist may.',
  },
  install_recommends: {
    type: 'boolean',
    aliases: ['install-recommends'],
    description: 'Install what packages recommend. Default: as apt is set up.',
  },
  default_release: {
    type: 'string',
    aliases: ['default-release'],
    description: 'Release to take packages from.',
    examples: ['bookworm-backports'],
  },
  only_upgrade: no('Upgrade, but install nothing new.'),
  allow_downgrade: {
    ...no('Let a pinned version be lower than what is there.'),
    aliases: ['allow-downgrade', 'allow_downgrades', 'allow-downgrades'],
  },
  allow_change_held_packages: no('Change packages that are on hold.'),
  allow_unauthenticated: {
    ...no('Install what no known key has signed.'),
    aliases: ['allow-unauthenticated'],
  },
  force: no('Do it even where it harms: unsigned, older or held packages, and the removal of essential ones.'),
  fail_on_autoremove: no('Fail where packages would be removed.'),
  autoremove: no('Remove what nothing needs any more.'),
  autoclean: no('Without packages: remove archives of packages that can be had no more.'),
  clean: no('Remove the archives of packages. Without packages that counts as a change each time.'),
  purge: no('Remove configuration files too.'),
  policy_rc_d: {
    type: 'integer',
    description: 'What /usr/sbin/policy-rc.d answers meanwhile: with 101 packages start no service.',
  },
  dpkg_options: {
    type: 'string',
    default: 'force-confdef,force-confold',
    description: 'Options for dpkg, with commas between. The default keeps changed configuration files.',
  },
  lock_timeout: {
    type: 'integer',
    default: 60,
    minimum: 0,
    description: 'Seconds to wait while another package manager is at work.',
  },
} as const satisfies Record<string, Property>;

/** One of these must be asked for. */
export const APT_ONE_OF = [
  ['name', 'deb', 'update_cache', 'cache_valid_time', 'upgrade', 'autoremove', 'autoclean', 'clean'],
] as const satisfies (keyof AptArgs)[][];

const STATES: Record<string, AptWish['state']> = {
  installed: 'present',
  removed: 'absent',
  absent: 'absent',
  latest: 'latest',
};
const UPGRADES: Record<string, AptWish['upgrade']> = {
  yes: 'upgrade',
  safe: 'upgrade',
  full: 'dist-upgrade',
  dist: 'dist-upgrade',
};

/** What the arguments ask for. */
export function aptWish(args: AptArgs): AptWish {
  const state = STATES[args.state] ?? 'present';
  const all = state === 'latest' && args.name.length === 1 && args.name[0] === '*';
  const names = all ? [] : args.name;
  refuse(names);
  return {
    names,
    state,
    deb: args.deb,
    updateCache: args.update_cache ?? args.cache_valid_time > 0,
    cacheValidTime: args.cache_valid_time,
    upgrade: all ? 'upgrade' : UPGRADES[args.upgrade],
    autoremove: args.autoremove,
    autoclean: args.autoclean && names.length === 0,
    clean: args.clean,
    purge: args.purge,
    policy: args.policy_rc_d,
    lockTimeout: args.lock_timeout,
    flags: flagsOf(args),
  };
}

function refuse(names: readonly string[]): void {
  const glob = names.find((name) => /[*?[]/.test(name.split('=')[0] ?? ''));
  if (glob !== undefined)
    throw new Problem({ code: 'wrong-argument', what: `apt takes packages by their whole name, not "${glob}"` });
  const least = names.find((name) => name.includes('>='));
  if (least !== undefined)
    throw new Problem({
      code: 'wrong-argument',
      what: `apt takes no lowest version yet, as in "${least}"`,
      mend: 'write name=version, or state: latest',
    });
}

function flagsOf(args: AptArgs): string[] {
  const recommends = args.install_recommends;
  const flag = (given: boolean, ...words: string[]): string[] => (given ? words : []);
  return [
    ...args.dpkg_options
      .split(',')
      .filter(Boolean)
      .flatMap((option) => ['-o', `Dpkg::Options::=--${option.trim()}`]),
    ...(recommends === undefined ? [] : ['-o', `APT::Install-Recommends=${recommends ? 'yes' : 'no'}`]),
    ...(args.default_release === undefined ? [] : ['-t', args.default_release]),
    ...flag(args.only_upgrade, '--only-upgrade'),
    ...flag(args.allow_downgrade || args.force, '--allow-downgrades'),
    ...flag(args.allow_change_held_packages || args.force, '--allow-change-held-packages'),
    ...flag(args.allow_unauthenticated || args.force, '--allow-unauthenticated'),
    ...flag(args.force, '--allow-remove-essential'),
    ...flag(args.fail_on_autoremove, '--no-remove'),
  ];
}

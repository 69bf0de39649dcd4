import { type AptState, type AptWish, applyApt, defineModule, Problem, planApt, probeApt } from '../module.ts';

interface Args {
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
  autoremove: boolean;
  purge: boolean;
  dpkg_options: string;
  lock_timeout: number;
}

/** Keeps Debian packages installed, at their latest version, or away. */
export default defineModule<Args, AptState, AptWish>({
  name: 'apt',
  description: 'Keeps Debian packages installed, at their latest version, or away. All names go in one transaction.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      name: {
        type: 'array',
        items: { type: 'string' },
        default: [],
        aliases: ['package', 'pkg'],
        description: 'Packages; name=version pins one, and the version may hold *.',
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
      only_upgrade: { type: 'boolean', default: false, description: 'Upgrade, but install nothing new.' },
      allow_downgrade: {
        type: 'boolean',
        default: false,
        aliases: ['allow-downgrade', 'allow_downgrades', 'allow-downgrades'],
        description: 'Let a pinned version be lower than what is there.',
      },
      allow_change_held_packages: { type: 'boolean', default: false, description: 'Change packages that are on hold.' },
      autoremove: { type: 'boolean', default: false, description: 'Remove what nothing needs any more.' },
      purge: { type: 'boolean', default: false, description: 'Remove configuration files too.' },
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
    },
    requiredOneOf: [['name', 'deb', 'update_cache', 'cache_valid_time', 'upgrade', 'autoremove']],
  },
  examples: `- apt:
    name: [nginx, openssl]
    cache_valid_time: 3600

- apt:
    name: telnet
    state: absent
    purge: true
`,
  prepare: async (_controller, args) => wishOf(args),
  probe: probeApt,
  plan: planApt,
  apply: (host, changes, wish) => applyApt(host, changes, wish),
  returns: (_state, _wish, changes) => ({ cache_updated: changes.some(({ key }) => key === 'cache') }),
});

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

function wishOf(args: Args): AptWish {
  const glob = args.name.find((name) => /[*?[]/.test(name.split('=')[0] ?? ''));
  if (glob !== undefined)
    throw new Problem({ code: 'wrong-argument', what: `apt takes packages by their whole name, not "${glob}"` });
  const least = args.name.find((name) => name.includes('>='));
  if (least !== undefined)
    throw new Problem({
      code: 'wrong-argument',
      what: `apt takes no lowest version yet, as in "${least}"`,
      mend: 'write name=version, or state: latest',
    });
  return {
    names: args.name,
    state: STATES[args.state] ?? 'present',
    deb: args.deb,
    updateCache: args.update_cache ?? args.cache_valid_time > 0,
    cacheValidTime: args.cache_valid_time,
    upgrade: UPGRADES[args.upgrade],
    autoremove: args.autoremove,
    purge: args.purge,
    lockTimeout: args.lock_timeout,
    flags: flagsOf(args),
  };
}

function flagsOf(args: Args): string[] {
  const recommends = args.install_recommends;
  return [
    ...args.dpkg_options
      .split(',')
      .filter(Boolean)
      .flatMap((option) => ['-o', `Dpkg::Options::=--${option.trim()}`]),
    ...(recommends === undefined ? [] : ['-o', `APT::Install-Recommends=${recommends ? 'yes' : 'no'}`]),
    ...(args.default_release === undefined ? [] : ['-t', args.default_release]),
    ...(args.only_upgrade ? ['--only-upgrade'] : []),
    ...(args.allow_downgrade ? ['--allow-downgrades'] : []),
    ...(args.allow_change_held_packages ? ['--allow-change-held-packages'] : []),
  ];
}

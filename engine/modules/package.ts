import {
  APT_ARGUMENTS,
  APT_ONE_OF,
  type AptArgs,
  type AptState,
  type AptWish,
  applyApt,
  aptWish,
  defineModule,
  Problem,
  planApt,
  probeApt,
} from '../module.ts';

interface Args extends AptArgs {
  use: string;
  enablerepo?: string[];
  disablerepo?: string[];
  disable_plugin?: string[];
}

/** What roles for many distributions give to tasks that are for others than Debian. */
const OF_DNF = ['enablerepo', 'disablerepo', 'disable_plugin'] as const;
const ofDnf = {
  type: 'array',
  items: { type: 'string' },
  description: 'Of dnf: a task that gives it to apt fails.',
} as const;

/** Keeps packages installed or away, with the host's own package manager. */
export default defineModule<Args, AptState, AptWish>({
  name: 'package',
  description:
    'Keeps packages installed or away, with the host’s own package manager: apt, for now, whose arguments it takes too.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      ...APT_ARGUMENTS,
      use: { type: 'string', enum: ['auto', 'apt'], default: 'auto', description: 'The package manager.' },
      enablerepo: ofDnf,
      disablerepo: ofDnf,
      disable_plugin: ofDnf,
    },
    requiredOneOf: APT_ONE_OF,
  },
  examples: `- package:
    name: curl
    state: present
`,
  prepare: async (controller, args) => {
    const manager = controller.facts['pkg_mgr'];
    if (args.use === 'auto' && manager !== undefined && manager !== 'apt') {
      throw new Problem({
        code: 'no-package-manager',
        what: `package does not know the package manager of this host, ${String(manager)}`,
        why: 'only apt is supported so far',
      });
    }
    const foreign = OF_DNF.find((name) => args[name] !== undefined);
    if (foreign !== undefined)
      throw new Problem({
        code: 'unknown-argument',
        what: `apt has no argument "${foreign}"`,
        why: 'package hands its arguments to the package manager of the host, which is apt here',
      });
    return aptWish(args);
  },
  probe: probeApt,
  plan: planApt,
  apply: (host, changes, wish) => applyApt(host, changes, wish),
});

import { type AptState, type AptWish, applyApt, defineModule, Problem, planApt, probeApt } from '../module.ts';

interface Args {
  name: string[];
  state: string;
  use: string;
}

/** Keeps packages installed or away, with the host's own package manager. */
export default defineModule<Args, AptState, AptWish>({
  name: 'package',
  description: 'Keeps packages installed or away, with the host’s own package manager: apt, for now.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name', 'state'],
    properties: {
      name: { type: 'array', items: { type: 'string' }, description: 'Packages.', examples: [['curl']] },
      state: { type: 'string', enum: ['present', 'absent', 'latest'], description: 'Whether they should be there.' },
      use: { type: 'string', enum: ['auto', 'apt'], default: 'auto', description: 'The package manager.' },
    },
  },
  examples: `- package:
    name: curl
    state: present
`,
  prepare: async (controller, { name, state, use }) => {
    const manager = controller.facts['pkg_mgr'];
    if (use === 'auto' && manager !== undefined && manager !== 'apt') {
      throw new Problem({
        code: 'no-package-manager',
        what: `package does not know the package manager of this host, ${String(manager)}`,
        why: 'only apt is supported so far',
      });
    }
    return {
      names: name,
      state: state as AptWish['state'],
      updateCache: false,
      cacheValidTime: 0,
      autoremove: false,
      purge: false,
      flags: ['-o', 'Dpkg::Options::=--force-confdef', '-o', 'Dpkg::Options::=--force-confold'],
      lockTimeout: 60,
    };
  },
  probe: probeApt,
  plan: planApt,
  apply: (host, changes, wish) => applyApt(host, changes, wish),
});

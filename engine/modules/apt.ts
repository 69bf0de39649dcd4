import {
  APT_ARGUMENTS,
  APT_ONE_OF,
  type AptArgs,
  type AptState,
  type AptWish,
  applyApt,
  aptWish,
  defineModule,
  planApt,
  probeApt,
} from '../module.ts';

/** Keeps Debian packages installed, at their latest version, or away. */
export default defineModule<AptArgs, AptState, AptWish>({
  name: 'apt',
  description: 'Keeps Debian packages installed, at their latest version, or away. All names go in one transaction.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: APT_ARGUMENTS,
    requiredOneOf: APT_ONE_OF,
  },
  examples: `- apt:
    name: [nginx, openssl]
    cache_valid_time: 3600

- apt:
    name: telnet
    state: absent
    purge: true
`,
  prepare: async (_controller, args) => aptWish(args),
  probe: probeApt,
  plan: planApt,
  apply: (host, changes, wish) => applyApt(host, changes, wish),
  returns: (_state, _wish, changes) => ({ cache_updated: changes.some(({ key }) => key === 'cache') }),
});

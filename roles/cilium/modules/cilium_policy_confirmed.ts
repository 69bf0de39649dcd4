import { defineModule, Problem } from 'mesh-play';
import { confirm, type Guard, guardOf } from '../lib/guard.ts';

/** Says over a new connection that policies for hosts may stay. */
export default defineModule<Record<string, never>, Guard>({
  name: 'cilium_policy_confirmed',
  description: 'Says over a new connection that policies for hosts may stay, before the host takes them back.',
  schema: { type: 'object', additionalProperties: false, properties: {} },
  examples: `- meta: reset_connection
- cilium_policy_confirmed: {}
`,
  probe: async (host) => {
    const guard = await guardOf(host);
    if (guard !== 'restored') return guard;
    throw new Problem({
      code: 'policies-restored',
      what: `${host.host} took its policies back`,
      why: 'nobody confirmed them over a new connection in time: with them it could perhaps not be reached',
      mend: 'mend the policies, or give them more time by "confirm"',
    });
  },
  plan: (guard) =>
    guard === 'armed' ? [{ key: 'policies', before: 'awaiting confirmation', after: 'confirmed' }] : [],
  apply: (host) => confirm(host),
});

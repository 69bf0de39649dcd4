import { defineModule } from 'mesh-play';
import { confirm, type Guard, guardOf, notConfirmed } from '../lib/guard.ts';

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
    if (guard === 'restored') throw notConfirmed(host.host);
    return guard;
  },
  plan: (guard) =>
    guard === 'armed' ? [{ key: 'policies', before: 'awaiting confirmation', after: 'confirmed' }] : [],
  apply: (host) => confirm(host),
});

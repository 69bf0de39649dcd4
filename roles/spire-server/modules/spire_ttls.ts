import { defineController, secondsOf } from 'mesh-play';

interface Args {
  ca_ttl: string;
  x509_svid_ttl: string;
  jwt_svid_ttl?: string;
  agent_ttl: string;
  svid_ttls: Record<string, string>;
}

/** Checks lifetimes against the rule of SPIRE's server before any host is touched (pkg/server/ca/manager/manager.go). */
export default defineController<Args>({
  name: 'spire_ttls',
  description: 'Checks lifetimes against SPIRE’s rule: an SVID’s is at most a sixth of the CA’s, and at most 7 days.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['ca_ttl', 'x509_svid_ttl', 'agent_ttl'],
    properties: {
      ca_ttl: { type: 'string', description: 'Lifetime of the CA.', examples: ['1008h'] },
      x509_svid_ttl: { type: 'string', description: 'Lifetime of workloads’ SVIDs.', examples: ['1h'] },
      jwt_svid_ttl: { type: 'string', description: 'Lifetime of workloads’ tokens.', examples: ['5m'] },
      agent_ttl: { type: 'string', description: 'Lifetime of agents’ SVIDs.', examples: ['168h'] },
      svid_ttls: {
        type: 'object',
        default: {},
        description: 'Lifetimes of single workloads’ SVIDs, by what they are called.',
        examples: [{ 'ttl of service2': '2h' }],
      },
    },
  },
  evaluate: async (args) => {
    const ca = secondsOf('ca_ttl', args.ca_ttl);
    const most = Math.min(ca / 6, 7 * 24 * 3600);
    const { x509_svid_ttl, jwt_svid_ttl, agent_ttl, svid_ttls } = args;
    const given = { x509_svid_ttl, ...(jwt_svid_ttl === undefined ? {} : { jwt_svid_ttl }), agent_ttl, ...svid_ttls };
    for (const [name, ttl] of Object.entries(given)) {
      if (secondsOf(name, ttl) <= most) continue;
      return {
        failed: `${name} ${ttl} is too long for a ca_ttl of ${args.ca_ttl}: at most ${Math.floor(most / 60)}m fits`,
      };
    }
    return {};
  },
});

import { defineController, Problem } from 'mesh-play';

interface Args {
  ca_ttl: string;
  x509_svid_ttl: string;
  agent_ttl: string;
}

const UNITS: Record<string, number> = { h: 3600, m: 60, s: 1 };

/** Seconds of a duration as Go writes it: `1h30m`. */
function secondsOf(name: string, text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([hms])/g)];
  if (parts.length > 0 && parts.map(([part]) => part).join('') === text)
    return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (UNITS[unit ?? 's'] ?? 1), 0);
  throw new Problem({
    code: 'bad-duration',
    what: `${name} is "${text}", which is no duration`,
    mend: 'write hours, minutes and seconds, such as 168h or 1h30m; days are not known',
  });
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
      agent_ttl: { type: 'string', description: 'Lifetime of agents’ SVIDs.', examples: ['168h'] },
    },
  },
  evaluate: async (args) => {
    const ca = secondsOf('ca_ttl', args.ca_ttl);
    const most = Math.min(ca / 6, 7 * 24 * 3600);
    for (const name of ['x509_svid_ttl', 'agent_ttl'] as const) {
      if (secondsOf(name, args[name]) <= most) continue;
      return {
        failed: `${name} ${args[name]} is too long for a ca_ttl of ${args.ca_ttl}: at most ${Math.floor(most / 60)}m fits`,
      };
    }
    return {};
  },
});

import { defineQuery, type Mapping } from 'mesh-play';
import { SERVER, type Server } from '../../spire/lib/server.ts';
import type { Agent, Entry, Spire } from '../lib/spire.ts';

interface Id {
  trust_domain: string;
  path: string;
}

const idOf = ({ trust_domain: domain, path }: Id): string => `spiffe://${domain}${path}`;

interface ShownEntry extends Omit<Entry, 'spiffe_id' | 'parent_id' | 'selectors'> {
  spiffe_id: Id;
  parent_id: Id;
  selectors: { type: string; value: string }[];
}

const entriesOf = (json: string): Entry[] =>
  ((JSON.parse(json) as { entries?: ShownEntry[] }).entries ?? []).map((entry) => ({
    id: entry.id,
    spiffe_id: idOf(entry.spiffe_id),
    parent_id: idOf(entry.parent_id),
    selectors: entry.selectors.map(({ type, value }) => `${type}:${value}`),
    x509_svid_ttl: Number(entry.x509_svid_ttl),
    admin: entry.admin,
    downstream: entry.downstream,
    store_svid: entry.store_svid,
  }));

const agentsOf = (json: string): Agent[] =>
  ((JSON.parse(json) as { agents?: { id: Id; banned: boolean; x509svid_expires_at: string }[] }).agents ?? []).map(
    (agent) => ({ id: idOf(agent.id), banned: agent.banned, expires_at: Number(agent.x509svid_expires_at) }),
  );

/** Each entry once, whichever of the two lists it is in. */
const once = (entries: readonly Entry[]): Entry[] => [...new Map(entries.map((entry) => [entry.id, entry])).values()];

/** Reads what a SPIRE server knows: entries, agents, authorities. */
export default defineQuery<Server>({
  name: 'audit_spire',
  description: 'Reads what a SPIRE server knows: entries, agents, authorities.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['program', 'socket'],
    properties: SERVER,
  },
  ask: async (host, { socket, program }) => {
    const ask = async (...words: string[]): Promise<string> =>
      (await host.query([program, ...words, '-output', 'json', '-socketPath', socket])).stdout;
    // Without -downstream some versions of the CLI hide downstream entries; with it they hide all others.
    const [entries, downstream, agents, x509, jwt, bundle] = await Promise.all([
      ask('entry', 'show'),
      ask('entry', 'show', '-downstream'),
      ask('agent', 'list'),
      ask('localauthority', 'x509', 'show'),
      ask('localauthority', 'jwt', 'show'),
      ask('bundle', 'show'),
    ]);
    const { x509_authorities = [], jwt_authorities = [] } = JSON.parse(bundle) as Record<
      string,
      { tainted: boolean }[]
    >;
    const tainted = (all: { tainted: boolean }[]) => all.map((one) => ({ tainted: one.tainted }));
    const spire: Spire = {
      entries: once([...entriesOf(entries), ...entriesOf(downstream)]),
      agents: agentsOf(agents),
      x509: JSON.parse(x509),
      jwt: JSON.parse(jwt),
      bundle: { x509: tainted(x509_authorities), jwt: tainted(jwt_authorities) },
    };
    return { returns: { spire: spire as unknown as Mapping } };
  },
});

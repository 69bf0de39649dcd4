import { type Change, defineModule, Problem, type Reader, type Writer } from 'mesh-play';
import { SERVER, type Server } from '../../spire/lib/server.ts';

interface Args extends Server {
  trust_domain: string;
  services: string[];
  hosts: string[];
}

/** What SPIRE still has of what is revoked. */
interface State {
  entries: { id: string; spiffe_id: string }[];
  agents: string[];
}

interface Id {
  trust_domain: string;
  path: string;
}

interface Entry {
  id: string;
  spiffe_id: Id;
  parent_id: Id;
}

const idOf = ({ trust_domain: domain, path }: Id): string => `spiffe://${domain}${path}`;
const ending = ({ socket }: Args): string[] => ['-output', 'json', '-socketPath', socket];

async function probe(host: Reader, args: Args): Promise<State> {
  const ask = async (...words: string[]): Promise<string> =>
    (await host.query([args.program, ...words, ...ending(args)])).stdout;
  const [shown, downstream, listed] = await Promise.all([
    ask('entry', 'show'),
    ask('entry', 'show', '-downstream'),
    ask('agent', 'list'),
  ]);
  // Without -downstream some versions of the CLI hide downstream entries, others list them twice.
  const all = new Map(
    [shown, downstream]
      .flatMap((json) => (JSON.parse(json) as { entries?: Entry[] }).entries ?? [])
      .map((entry) => [entry.id, entry]),
  );
  const services = args.services.map((name) => `spiffe://${args.trust_domain}/${name}`);
  const nodes = args.hosts.map((name) => `spiffe://${args.trust_domain}/node/${name}`);
  const aliases = [...all.values()].filter((entry) => nodes.includes(idOf(entry.spiffe_id)));
  const agents = (JSON.parse(listed) as { agents?: { id: Id; banned: boolean }[] }).agents ?? [];
  // By token an entry tells whose an agent is; by certificate its own name does.
  const byCertificate = args.hosts.map((name) => `spiffe://${args.trust_domain}/spire/agent/x509pop/cn/${name}`);
  const own = [...aliases.map((entry) => idOf(entry.parent_id)), ...byCertificate];
  return {
    entries: [...all.values()]
      .filter(({ spiffe_id, parent_id }) => services.includes(idOf(spiffe_id)) || nodes.includes(idOf(parent_id)))
      .map(({ id, spiffe_id }) => ({ id, spiffe_id: idOf(spiffe_id) })),
    agents: agents
      .filter(({ banned }) => !banned)
      .map(({ id }) => idOf(id))
      .filter((id) => own.includes(id)),
  };
}

/**
 * A ban keeps an agent from coming back; eviction would let it join again. Its alias entry stays: by it an audit tells
 * whose the banned agent was.
 */
const plan = ({ entries, agents }: State): Change[] => [
  ...agents.map((id) => ({ key: `agent ${id}`, before: 'trusted', after: 'banned' })),
  ...entries.map(({ id, spiffe_id }) => ({ key: `entry ${id}`, before: spiffe_id, after: null })),
];

async function apply(host: Writer, _changes: readonly Change[], args: Args, { entries, agents }: State): Promise<void> {
  for (const id of agents) await host.run([args.program, 'agent', 'ban', '-spiffeID', id, ...ending(args)]);
  if (entries.length === 0) return;
  const ids = entries.map(({ id }) => id);
  const { stdout } = await host.run([args.program, 'entry', 'delete', '-file', '-', ...ending(args)], {
    stdin: JSON.stringify({ ids }),
  });
  // The CLI ends with status 0 although items failed; 5 is gRPC's NotFound: it is gone already.
  const { results } = JSON.parse(stdout) as { results: { status: { code: number; message: string } }[] };
  const failed = results.flatMap(({ status }, index) =>
    [0, 5].includes(status.code) ? [] : [`${ids[index]}: ${status.message}`],
  );
  if (failed.length > 0)
    throw new Problem({ code: 'entries-refused', what: 'SPIRE refused to delete entries', details: failed });
}

/** Keeps SPIRE from giving an identity to what is revoked. */
export default defineModule<Args, State>({
  name: 'spire_revoked',
  description:
    'Keeps SPIRE from giving identities to services and on hosts that are revoked: entries gone, agents banned.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['program', 'socket', 'trust_domain', 'services', 'hosts'],
    properties: {
      ...SERVER,
      trust_domain: { type: 'string', description: 'Trust domain of the mesh.' },
      services: { type: 'array', items: { type: 'string' }, description: 'Services that are revoked.' },
      hosts: { type: 'array', items: { type: 'string' }, description: 'Hosts that are revoked.' },
    },
  },
  probe,
  plan,
  apply: (host, changes, args, _controller, state) => apply(host, changes, args, state),
});

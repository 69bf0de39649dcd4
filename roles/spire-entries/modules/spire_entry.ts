import { type Change, defineModule, Problem, type Reader, type Writer } from 'mesh-play';
import { SERVER, type Server } from '../../spire/lib/server.ts';
import { type Entry, inputOf, likeness, parseEntries, shownEntry } from '../lib/entry.ts';

interface Given extends Partial<Omit<Entry, 'id'>> {
  id?: string;
  state?: 'present' | 'absent';
}

interface Args extends Given, Server {
  trust_domain: string;
  prefix: string;
  prune: boolean;
  entries?: Given[];
}

interface Ready {
  args: Args;
  wanted: (Entry & { state: 'present' | 'absent' })[];
  check: boolean;
}

const LIST = { type: 'array', items: { type: 'string' } } as const;

/** Keeps SPIRE registration entries. */
export default defineModule<Args, Entry[], Ready>({
  name: 'spire_entry',
  description:
    'Keeps SPIRE registration entries: one read, and at most one create, one update and one delete for all of them.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['program', 'socket', 'trust_domain'],
    properties: {
      ...SERVER,
      trust_domain: { type: 'string', description: 'Completes ids that begin with a slash.' },
      prefix: {
        type: 'string',
        default: 'mp.',
        pattern: '^[A-Za-z0-9._-]+$',
        description: 'Ids of owned entries begin so.',
      },
      prune: { type: 'boolean', default: false, description: 'Remove owned entries that are not among those given.' },
      entries: {
        type: 'array',
        items: { type: 'object' },
        description: 'Several at once, each with the arguments of one.',
      },
      id: { type: 'string', description: 'Its id, after the prefix. Default: made of parent and SPIFFE ID.' },
      spiffe_id: { type: 'string', description: 'The workload’s identity.', examples: ['/service1'] },
      parent_id: { type: 'string', description: 'The agent that may hand it out.', examples: ['/node/vm1'] },
      selectors: { ...LIST, description: 'What the workload must be, all of it.', examples: [['unix:user:service1']] },
      x509_svid_ttl: { type: 'integer', minimum: 0, description: 'Seconds; 0 is the server’s own.' },
      jwt_svid_ttl: { type: 'integer', minimum: 0, description: 'Seconds; 0 is the server’s own.' },
      dns_names: { ...LIST, description: 'DNS names in the certificate, the first as its subject.' },
      federates_with: { ...LIST, description: 'Trust domains whose bundles the workload gets.' },
      hint: { type: 'string', description: 'How the workload tells its identities apart.' },
      admin: { type: 'boolean', description: 'May use the server’s admin API.' },
      downstream: { type: 'boolean', description: 'Is a nested server.' },
      state: {
        type: 'string',
        enum: ['present', 'absent'],
        description: 'Whether it should be there. Default: present.',
      },
    },
    requiredOneOf: [['entries', 'spiffe_id']],
    mutuallyExclusive: [['entries', 'spiffe_id']],
  },
  examples: `- spire_entry:
    socket: /run/spire/server/private/api.sock
    trust_domain: mesh.internal
    spiffe_id: /service1
    parent_id: /node/vm1
    selectors: [unix:user:service1]
`,
  prepare: async (controller, args) => ({ args, wanted: wantedOf(args), check: controller.check }),
  probe,
  plan,
  apply,
  returns: (entries, { args }) => ({ count: entries.filter(({ id }) => id.startsWith(args.prefix)).length }),
});

function wantedOf(args: Args): Ready['wanted'] {
  const { trust_domain: domain, prefix } = args;
  const full = (id: string): string => (id.startsWith('/') ? `spiffe://${domain}${id}` : id);
  return (args.entries ?? [args]).map((given) => {
    const { spiffe_id: id, parent_id: parent, selectors } = given;
    if (!id || !parent || !selectors || selectors.length === 0) {
      throw new Problem({
        code: 'missing-argument',
        what: `spire_entry needs spiffe_id, parent_id and selectors${id ? ` for "${id}"` : ''}`,
      });
    }
    const bad = selectors.find((selector) => !/^[^:]+:.+$/.test(selector));
    if (bad !== undefined)
      throw new Problem({ code: 'wrong-argument', what: `"${bad}" is no selector, which is type:value` });
    const name = given.id ?? `${parent}.${id}`.replace(/spiffe:\/\//g, '').replace(/[^A-Za-z0-9._-]+/g, '-');
    return {
      id: prefix + name,
      spiffe_id: full(id),
      parent_id: full(parent),
      selectors: [...selectors].sort(),
      x509_svid_ttl: given.x509_svid_ttl ?? 0,
      jwt_svid_ttl: given.jwt_svid_ttl ?? 0,
      dns_names: given.dns_names ?? [],
      federates_with: [...(given.federates_with ?? [])].sort(),
      hint: given.hint ?? '',
      admin: given.admin ?? false,
      downstream: given.downstream ?? false,
      state: given.state ?? 'present',
    };
  });
}

/** Two reads: without -downstream the CLI hides downstream entries, with it all others. */
async function probe(host: Reader, { args, check }: Ready): Promise<Entry[]> {
  const words = [args.program, 'entry', 'show', '-output', 'json', '-socketPath', args.socket];
  // In check mode the server may be one that an earlier task would have made.
  const options = check ? { ok: 'any' as const } : {};
  const answers = await Promise.all([host.query(words, options), host.query([...words, '-downstream'], options)]);
  return answers.flatMap(({ stdout, status }) => (status === 0 ? parseEntries(stdout) : []));
}

function plan(entries: Entry[], { args, wanted }: Ready): Change[] {
  const changes: Change[] = [];
  for (const { state, ...entry } of wanted) {
    const found = counterpart(entry, entries);
    if (state === 'absent') {
      if (found) changes.push({ key: found.id, before: shownEntry(found), after: null });
    } else if (!found || JSON.stringify(shownEntry(found)) !== JSON.stringify(shownEntry(entry)))
      changes.push({ key: found?.id ?? entry.id, before: found ? shownEntry(found) : null, after: shownEntry(entry) });
  }
  if (!args.prune) return changes;
  const kept = new Set(wanted.map((entry) => counterpart(entry, entries)?.id));
  for (const entry of entries)
    if (entry.id.startsWith(args.prefix) && !kept.has(entry.id))
      changes.push({ key: entry.id, before: shownEntry(entry), after: null });
  return changes;
}

/** The entry of that id, or one that SPIRE would take for the same. */
const counterpart = (wanted: Entry, entries: readonly Entry[]): Entry | undefined =>
  entries.find(({ id }) => id === wanted.id) ?? entries.find((entry) => likeness(entry) === likeness(wanted));

async function apply(host: Writer, changes: readonly Change[], { args }: Ready): Promise<void> {
  const entryOf = ({ key, after }: Change): Entry => ({ id: key, ...(after as unknown as Omit<Entry, 'id'>) });
  const made = changes.filter(({ before, after }) => before === null && after !== null).map(entryOf);
  const altered = changes.filter(({ before, after }) => before !== null && after !== null).map(entryOf);
  const gone = changes.filter(({ after }) => after === null).map(({ key }) => key);
  // What goes makes room first: an entry like a new one would be in its way.
  if (gone.length > 0) await batch(host, args, ['delete', '-file', '-'], JSON.stringify({ ids: gone }), gone, [0, 5]);
  if (altered.length > 0)
    await batch(
      host,
      args,
      ['update', '-data', '-'],
      inputOf(altered),
      altered.map(({ id }) => id),
      [0],
    );
  if (made.length > 0)
    await batch(
      host,
      args,
      ['create', '-data', '-'],
      inputOf(made),
      made.map(({ id }) => id),
      [0],
    );
}

/** The CLI ends with status 0 although items failed; each item's own code says what became of it (gRPC's codes). */
async function batch(host: Writer, args: Args, verb: string[], stdin: string, ids: string[], fine: number[]) {
  const words = [args.program, 'entry', ...verb, '-output', 'json', '-socketPath', args.socket];
  const { stdout } = await host.run(words, { stdin });
  const { results } = JSON.parse(stdout) as { results: { status: { code: number; message: string } }[] };
  const failed = results.flatMap(({ status }, index) =>
    fine.includes(status.code) ? [] : [`${ids[index]}: ${status.message}`],
  );
  if (failed.length === 0) return;
  throw new Problem({
    code: 'entries-refused',
    what: `SPIRE refused to ${verb[0]} ${failed.length} of ${ids.length} entries`,
    details: failed,
  });
}

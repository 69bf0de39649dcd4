import { type Change, defineModule, type Mapping, Problem, type Reader, type Writer } from 'mesh-play';
import { type Allocation, allocate, type Needs, poolFault } from '../lib/addresses.ts';

interface Args {
  pool: string;
  needs: Needs;
  host_addresses: string[];
  prune: 'no' | 'yes' | 'only';
  keep: string[];
  program: string;
}

interface State extends Allocation {
  /** etcd's revision of what was read: a write that finds another one is refused. */
  revision: number;
}

interface Ready {
  args: Args;
  check: boolean;
}

const PREFIX = 'mesh-play/';
/** Written with every change, so that one comparison guards all keys. */
const GUARD = 'mesh-play/guard';

interface Answer {
  kvs?: { key: string; value: string; mod_revision: number }[];
  succeeded?: boolean;
}

const text = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');

async function probe(host: Reader, { args, check }: Ready): Promise<State> {
  const words = [args.program, 'get', '--prefix', PREFIX, '-w', 'json'];
  // In check mode etcd may be one that an earlier task would have made.
  const { stdout, status } = await host.query(words, check ? { ok: 'any' } : {});
  const state: State = { ranges: {}, addresses: {}, last: {}, revision: 0 };
  if (status !== 0) return state;
  for (const { key, value, mod_revision: revision } of (JSON.parse(stdout) as Answer).kvs ?? []) {
    const [, kind, at = '', service = ''] = text(key).split('/');
    if (text(key) === GUARD) state.revision = revision;
    else if (kind === 'ranges') state.ranges[at] = text(value);
    else if (kind === 'last') state.last[at] = text(value);
    else if (kind === 'addresses') state.addresses[at] = { ...state.addresses[at], [service]: text(value) };
  }
  return state;
}

/** Every key of an allocation with its value. */
const keysOf = ({ ranges, addresses, last }: Allocation): Map<string, string> =>
  new Map([
    ...Object.entries(ranges).map(([host, range]) => [`ranges/${host}`, range] as const),
    ...Object.entries(last).map(([host, one]) => [`last/${host}`, one] as const),
    ...Object.entries(addresses).flatMap(([host, services]) =>
      Object.entries(services).map(([service, address]) => [`addresses/${host}/${service}`, address] as const),
    ),
  ]);

const allocated = (state: State, { pool, needs, prune, keep }: Args): Allocation =>
  allocate(pool, state, needs, (host) => prune === 'no' || keep.includes(host));

function plan(state: State, { args }: Ready): Change[] {
  const [is, wanted] = [keysOf(state), keysOf(allocated(state, args))];
  const taken = [...is].filter(([key]) => !wanted.has(key)).map(([key, before]) => ({ key, before, after: null }));
  if (args.prune === 'only') return taken;
  const given = [...wanted].filter(([key, after]) => is.get(key) !== after);
  return [...taken, ...given.map(([key, after]) => ({ key, before: is.get(key) ?? null, after }))];
}

/** etcd takes 128 operations in a transaction (--max-txn-ops), the guard's among them. */
const MOST = 120;
const TRIES = 5;

/**
 * One transaction, or several for a large mesh. When somebody else wrote since the read, what is missing is planned again
 * on what they made.
 */
async function apply(host: Writer, ready: Ready, state: State): Promise<void> {
  let [known, refused] = [state, 0];
  for (let changes = plan(known, ready); changes.length > 0; changes = plan(known, ready)) {
    if (!(await written(host, changes.slice(0, MOST), ready, known.revision))) refused += 1;
    if (refused === TRIES)
      throw new Problem({
        code: 'addresses-changed',
        what: `somebody else handed out addresses at the same moment, ${TRIES} times`,
        mend: 'run the playbook again',
      });
    known = await probe(host, ready);
  }
}

/** Whether etcd took the changes (etcdctl txn reads comparisons, then what to do, then what to do otherwise). */
async function written(host: Writer, changes: readonly Change[], { args }: Ready, revision: number): Promise<boolean> {
  const does = changes.map(({ key, after }) =>
    after === null ? `del ${PREFIX}${key}` : `put ${PREFIX}${key} ${String(after)}`,
  );
  const stdin = [`mod("${GUARD}") = "${revision}"`, '', ...does, `put ${GUARD} mesh-play`, '', '', ''].join('\n');
  const { stdout } = await host.run([args.program, 'txn', '-w', 'json'], { stdin });
  return (JSON.parse(stdout) as Answer).succeeded === true;
}

/** Hands out addresses for the services of the mesh, remembered in etcd. */
export default defineModule<Args, State, Ready>({
  name: 'cilium_addresses',
  description: 'Hands out a range for each host and an address for each service on it, remembered in etcd.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['pool', 'needs'],
    properties: {
      pool: {
        type: 'string',
        pattern: '^\\d+\\.\\d+\\.\\d+\\.\\d+/(?:[89]|1\\d|2[0-3])$',
        description: 'Where ranges are taken from.',
        examples: ['10.200.0.0/16'],
      },
      needs: {
        type: 'object',
        description: 'Services by host; a host without services still gets a range.',
        examples: [{ vm1: ['service1'], control: [] }],
      },
      host_addresses: {
        type: 'array',
        items: { type: 'string' },
        default: [],
        description: 'Addresses hosts have themselves, which the pool must not hold.',
      },
      prune: {
        type: 'string',
        enum: ['no', 'yes', 'only'],
        default: 'no',
        description: 'Take back what nobody needs; only: and hand out nothing.',
      },
      keep: {
        type: 'array',
        items: { type: 'string' },
        default: [],
        description: 'Hosts that nothing is taken back from: they may still run what nobody needs.',
      },
      program: { type: 'string', default: '/usr/local/bin/mesh-etcdctl', description: 'etcdctl, ready to use.' },
    },
  },
  examples: `- cilium_addresses:
    pool: 10.200.0.0/16
    needs: {control: [], vm1: [service1], vm2: [service1, service2]}
`,
  prepare: async (controller, args) => {
    const fault = poolFault(args.pool, args.host_addresses);
    if (fault !== undefined)
      throw new Problem({ code: 'pool-overlaps', what: fault, mend: 'choose another cilium_pool' });
    return { args, check: controller.check };
  },
  probe,
  plan,
  apply: (host, _changes, ready, _controller, state) => apply(host, ready, state),
  returns: (state, { args }) => {
    const { ranges, addresses } = allocated(state, args);
    return { ranges, addresses } as unknown as Mapping;
  },
});

import { type Change, type Content, defineModule, Problem, shellWords } from 'mesh-play';
import { parseZone, type RecordSet, renderZone, setKey, type Zone } from '../lib/zone.ts';

interface Args {
  path: string;
  zone: string;
  name?: string;
  type?: RecordSet['type'];
  values?: string[];
  state: 'present' | 'absent';
  records?: { name: string; type: RecordSet['type']; values: string[]; ttl?: number; state?: 'present' | 'absent' }[];
  prune: 'no' | 'yes' | 'only';
  keep: string[];
  ttl: number;
  owner?: string;
  group?: string;
  validate?: string;
}

interface State {
  zone: Zone | undefined;
}

interface Ready extends Args {
  wanted: (RecordSet & { state: 'present' | 'absent' })[];
  text(text: string): Content;
}

/** Keeps records in a zone file, and moves its serial only when a record changed. */
export default defineModule<Args, State, Ready>({
  name: 'dns_record',
  description:
    'Keeps records in a zone file that mesh-play wrote, and moves the SOA serial only when a record changed.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['path', 'zone'],
    properties: {
      path: { type: 'string', format: 'path', description: 'The zone file. Made when it is not there.' },
      zone: { type: 'string', description: 'Name of the zone.', examples: ['mesh.internal'] },
      name: {
        type: 'string',
        description: 'Name of the record below the zone; @ is the zone itself.',
        examples: ['web1'],
      },
      type: { type: 'string', enum: ['A', 'AAAA', 'CNAME', 'SRV', 'TXT', 'PTR', 'NS'], description: 'Its type.' },
      values: {
        type: 'array',
        items: { type: 'string' },
        aliases: ['value'],
        description: 'Its values, as in a zone file.',
      },
      state: {
        type: 'string',
        enum: ['present', 'absent'],
        default: 'present',
        description: 'Whether it should be there.',
      },
      records: {
        type: 'array',
        items: { type: 'object' },
        description: 'Several at once: name, type, values, and if wanted ttl and state.',
      },
      prune: {
        type: 'string',
        enum: ['no', 'yes', 'only'],
        default: 'no',
        description: 'Remove records that are not among those given; only: and do nothing else.',
      },
      keep: {
        type: 'array',
        items: { type: 'string' },
        default: [],
        description: 'Names whose records stay, given or not.',
      },
      ttl: { type: 'integer', default: 60, minimum: 0, description: 'Seconds that an answer may be kept.' },
      owner: { type: 'string', description: 'User that owns the file.' },
      group: { type: 'string', description: 'Group that owns the file.' },
      validate: {
        type: 'string',
        description: 'A command that must accept the new file, %s, before it takes its place.',
      },
    },
    requiredOneOf: [['name', 'records']],
    mutuallyExclusive: [['name', 'records']],
  },
  examples: `- dns_record:
    path: /etc/coredns/zones/db.mesh.internal
    zone: mesh.internal
    name: service1
    type: A
    values: [10.0.0.5]
`,
  prepare: async (controller, args) => ({ ...args, wanted: wantedOf(args), text: (text) => controller.text(text) }),
  probe: async (host, { path, zone }) => {
    const bytes = await host.readFile(path);
    return { zone: bytes === undefined ? undefined : parseZone(bytes.toString('utf8'), zone, path) };
  },
  plan,
  apply: async (host, changes, ready, _controller, { zone }) => {
    const before = zone ?? { serial: 0, sets: [] };
    const gone = new Set(changes.filter(({ after }) => after === null).map(({ key }) => key));
    const written = ready.prune === 'only' ? [] : ready.wanted.filter(({ state }) => state === 'present');
    const keys = new Set(written.map(setKey));
    const sets = [...before.sets.filter((set) => !gone.has(setKey(set)) && !keys.has(setKey(set))), ...written];
    const now = Math.floor(Date.now() / 1000);
    const text = renderZone(ready.zone, { serial: Math.max(before.serial + 1, now), sets });
    await host.write(ready.path, ready.text(text), {
      mode: '0640',
      ...(ready.owner === undefined ? {} : { owner: ready.owner }),
      ...(ready.group === undefined ? {} : { group: ready.group }),
      ...(ready.validate === undefined ? {} : { validate: shellWords(ready.validate) }),
    });
  },
  returns: ({ zone }) => ({ serial: zone?.serial ?? 0 }),
});

function plan({ zone }: State, { wanted, prune, keep }: Ready): Change[] {
  const there = new Map((zone?.sets ?? []).map((set) => [setKey(set), set]));
  const changes: Change[] = [];
  for (const set of prune === 'only' ? [] : wanted) {
    const before = there.get(setKey(set));
    if (set.state === 'absent') {
      if (before) changes.push({ key: setKey(set), before: shown(before), after: null });
    } else if (!before || shown(before) !== shown(set))
      changes.push({ key: setKey(set), before: before ? shown(before) : null, after: shown(set) });
  }
  const named = new Set(wanted.map(setKey));
  const pruned = ({ name }: RecordSet): boolean => prune !== 'no' && !keep.includes(name);
  for (const [key, set] of there)
    if (!named.has(key) && (pruned(set) || wanted.some((one) => excludes(one, set))))
      changes.push({ key, before: shown(set), after: null });
  return changes;
}

/** A name that is an alias has nothing else (RFC 1034, section 3.6.2). */
const excludes = (wanted: Ready['wanted'][number], other: RecordSet): boolean =>
  wanted.state === 'present' && wanted.name === other.name && (wanted.type === 'CNAME') !== (other.type === 'CNAME');

const shown = ({ ttl, values }: RecordSet): string => `${ttl} ${[...values].sort().join(' ')}`;

function wantedOf(args: Args): Ready['wanted'] {
  const { name, type, values = [], state, ttl } = args;
  const given = args.records ?? [{ name: name ?? '@', type: type as RecordSet['type'], values, state }];
  return given.map((record) => {
    if (record.type === undefined)
      throw new Problem({ code: 'missing-argument', what: `dns_record needs "type" for the record "${record.name}"` });
    if (record.values.length === 0 && record.state !== 'absent')
      throw new Problem({
        code: 'missing-argument',
        what: `dns_record needs "values" for the record "${record.name}"`,
      });
    return {
      name: record.name,
      type: record.type,
      values: record.values,
      ttl: record.ttl ?? ttl,
      state: record.state ?? 'present',
    };
  });
}

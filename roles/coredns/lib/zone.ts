import { Problem } from 'mesh-play';

/** All records of one name and type. */
export interface RecordSet {
  name: string;
  type: 'A' | 'AAAA' | 'CNAME' | 'SRV' | 'TXT' | 'PTR' | 'NS';
  /** Seconds. */
  ttl: number;
  /** As in a zone file: names relative to the zone unless they end in a dot. */
  values: string[];
}

export interface Zone {
  serial: number;
  sets: RecordSet[];
}

/** First line of every zone mesh-play writes. A file without it is not edited. */
const MARK = '; Kept by mesh-play; changes made here are lost.';

export const setKey = ({ name, type }: Pick<RecordSet, 'name' | 'type'>): string => `${name} ${type}`;

/** Reads back what `renderZone` wrote: one record a line. Throws a Problem for a file of somebody else's. */
export function parseZone(text: string, zone: string, path: string): Zone {
  const lines = text.split('\n');
  if (lines[0] !== MARK) {
    throw new Problem({
      code: 'foreign-zone',
      what: `${path} was not written by mesh-play`,
      why: 'a zone of somebody else’s may hold what would be lost',
      mend: `move it away, and give its records to dns_record for the zone ${zone}`,
    });
  }
  const sets = new Map<string, RecordSet>();
  let serial = 0;
  for (const line of lines.slice(1)) {
    const [name = '', ttl = '', , type = '', ...rest] = line.split(' ');
    if (type === 'SOA') serial = Number(rest[2]);
    if (type === '' || type === 'SOA' || name.startsWith('$')) continue;
    const value = line.slice(line.indexOf(` ${type} `) + type.length + 2);
    const set = { name, type: type as RecordSet['type'], ttl: Number(ttl), values: [value] };
    const known = sets.get(setKey(set));
    if (known) known.values.push(value);
    else sets.set(setKey(set), set);
  }
  return { serial, sets: [...sets.values()] };
}

/** Refresh, retry, expire and the time for which an answer "no such name" may be kept. */
const TIMERS = '60 30 604800 30';

/** The zone as a file (RFC 1035, section 5), records in order of name and type. */
export function renderZone(zone: string, { serial, sets }: Zone): string {
  const order = (a: RecordSet, b: RecordSet): number => (setKey(a) < setKey(b) ? -1 : 1);
  const records = [...sets]
    .sort(order)
    .flatMap(({ name, ttl, type, values }) => [...values].sort().map((value) => `${name} ${ttl} IN ${type} ${value}`));
  const soa = `@ 60 IN SOA ns1 hostmaster ${serial} ${TIMERS}`;
  return `${[MARK, `$ORIGIN ${zone}.`, soa, ...records].join('\n')}\n`;
}

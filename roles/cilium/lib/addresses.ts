import { Problem } from 'mesh-play';

/** What is handed out: a /24 for each host, and in it an address for each service there. */
export interface Allocation {
  ranges: Record<string, string>;
  addresses: Record<string, Record<string, string>>;
  /** What was handed out last, by host; under POOL the range. The search goes on from there. */
  last: Record<string, string>;
}

/** Where the last range is remembered: no host has this name. */
const POOL = '';

/** Who needs what: services by host; a host without any still needs its range. */
export type Needs = Record<string, readonly string[]>;

/** The first addresses of a range are the agent's own and kept for what else a host may need. */
const FIRST = 10;
const LAST = 254;

/**
 * The allocation with what is missing added, and what nobody needs taken away from hosts that do not keep it. What was handed
 * out stays. The search for a free one goes round, so that one that was freed is taken last: caches may still hold it.
 */
export function allocate(
  pool: string,
  known: Allocation,
  needs: Needs,
  keeps: (host: string) => boolean = () => false,
): Allocation {
  refuseBroken(known);
  const { ranges, addresses, last } = structuredClone(known);
  forget(ranges, addresses, needs, keeps);
  for (const host of Object.keys(needs).sort()) {
    if (ranges[host] === undefined) {
      ranges[host] = freeRange(pool, Object.values(ranges), last[POOL], host);
      last[POOL] = ranges[host];
    }
    const here = addresses[host] ?? {};
    addresses[host] = here;
    for (const service of [...(needs[host] ?? [])].sort())
      if (here[service] === undefined) {
        const free = freeAddress(ranges[host], Object.values(here), last[host]);
        if (free === undefined) throw hostFull(host, service, Object.keys(here), needs[host]);
        here[service] = free;
        last[host] = free;
      }
  }
  return { ranges, addresses, last };
}

/** What was changed by hand, or by two etcds made one, may hold one thing twice. */
function refuseBroken({ ranges, addresses }: Allocation): void {
  const owners = new Map<string, string>();
  const all = [
    ...Object.entries(ranges),
    ...Object.entries(addresses).flatMap(([host, services]) =>
      Object.entries(services).map(([service, address]) => [`${service} on ${host}`, address] as const),
    ),
  ];
  for (const [owner, value] of all) {
    const other = owners.get(value);
    if (other !== undefined)
      throw new Problem({
        code: 'addresses-broken',
        what: `${value} is handed out twice, to ${other} and to ${owner}`,
        mend: 'delete one of the two keys under mesh-play/ in etcd',
      });
    owners.set(value, owner);
  }
}

function forget(
  ranges: Allocation['ranges'],
  addresses: Allocation['addresses'],
  needs: Needs,
  keeps: (host: string) => boolean,
): void {
  for (const host of Object.keys(ranges)) if (!(host in needs) && !keeps(host)) delete ranges[host];
  for (const [host, services] of Object.entries(addresses)) {
    if (keeps(host)) continue;
    if (!(host in needs)) delete addresses[host];
    else for (const service of Object.keys(services)) if (!needs[host]?.includes(service)) delete services[service];
  }
}

const bytesOf = (address: string): number => address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
const dotted = (number: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');

/** First and last address of a range, as numbers. */
export function bounds(cidr: string): [number, number] {
  const [address = '', bits = '32'] = cidr.split('/');
  const size = 2 ** (32 - Number(bits));
  const first = Math.floor(bytesOf(address) / size) * size;
  return [first, first + size - 1];
}

/** Those after the last one, then those before it. */
function rotated(all: readonly string[], last: string | undefined): string[] {
  const start = last === undefined ? 0 : all.indexOf(last) + 1;
  return [...all.slice(start), ...all.slice(0, start)];
}

/** The first /24 is left out, as its name is too easily taken for the pool's. */
function freeRange(pool: string, taken: readonly string[], last: string | undefined, host: string): string {
  const [first, end] = bounds(pool);
  const count = Math.floor((end + 1 - first) / 256) - 1;
  const all = Array.from({ length: count }, (_, index) => `${dotted(first + (index + 1) * 256)}/24`);
  const free = rotated(all, last).find((range) => !taken.includes(range));
  if (free !== undefined) return free;
  throw new Problem({
    code: 'addresses-exhausted',
    what: `${pool} has no room left for ${host}`,
    mend: 'give cilium_pool a larger range; what was handed out stays',
  });
}

function freeAddress(range: string, taken: readonly string[], last: string | undefined): string | undefined {
  const [first] = bounds(range);
  const all = Array.from({ length: LAST - FIRST + 1 }, (_, index) => dotted(first + FIRST + index));
  return rotated(all, last).find((address) => !taken.includes(address));
}

function hostFull(host: string, service: string, here: readonly string[], needed: readonly string[] = []): Problem {
  const gone = here.filter((name) => !needed.includes(name)).length;
  return new Problem({
    code: 'addresses-exhausted',
    what: `${host} has no address left for ${service}`,
    why: `a host has ${here.length}${gone === 0 ? '' : `; ${gone} of them of what is gone, until ${host} has removed it`}`,
    mend: gone === 0 ? 'put it on another host' : `run this without what is new on ${host} first, then with it`,
  });
}

/** The pool must be apart from the addresses hosts have themselves, or those would be looked for in the mesh. */
export function poolFault(pool: string, hostAddresses: readonly string[]): string | undefined {
  const [first, last] = bounds(pool);
  const inside = hostAddresses.find((address) => bytesOf(address) >= first && bytesOf(address) <= last);
  return inside === undefined ? undefined : `the address ${inside} of a host is in the pool ${pool}`;
}

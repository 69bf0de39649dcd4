import { Problem } from 'mesh-play';

/** What is handed out: a /24 for each host, and in it an address for each service there. */
export interface Allocation {
  ranges: Record<string, string>;
  addresses: Record<string, Record<string, string>>;
}

/** Who needs what: services by host; a host without any still needs its range. */
export type Needs = Record<string, readonly string[]>;

/** The first addresses of a range are the agent's own and kept for what else a host may need. */
const FIRST = 10;
const LAST = 254;

/**
 * The allocation with what is missing added, and, with `prune`, what nobody needs taken away. What was handed out stays. A
 * free address that somebody had before is taken only when no other is left: caches may still hold it.
 */
export function allocate(pool: string, known: Allocation, needs: Needs, prune: boolean): Allocation {
  const ranges = { ...known.ranges };
  const addresses = structuredClone(known.addresses);
  if (prune) forget(ranges, addresses, needs);
  const free = freeRanges(pool, [...Object.values(known.ranges), ...Object.values(ranges)]);
  for (const host of Object.keys(needs).sort()) {
    ranges[host] ??= free.next().value ?? exhausted(pool, host);
    const here = addresses[host] ?? {};
    addresses[host] = here;
    const before = Object.values(known.addresses[host] ?? {});
    for (const service of [...(needs[host] ?? [])].sort())
      here[service] ??= freeAddress(ranges[host] as string, Object.values(here), before, host);
  }
  return { ranges, addresses };
}

function forget(ranges: Allocation['ranges'], addresses: Allocation['addresses'], needs: Needs): void {
  for (const host of Object.keys(ranges)) if (!(host in needs)) delete ranges[host];
  for (const [host, services] of Object.entries(addresses)) {
    if (!(host in needs)) delete addresses[host];
    for (const service of Object.keys(services)) if (!needs[host]?.includes(service)) delete services[service];
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

/** The /24s of the pool that nobody has; the first is left out, as its name is too easily taken for the pool's. */
function* freeRanges(pool: string, taken: readonly string[]): Generator<string, undefined> {
  const [first, last] = bounds(pool);
  for (let start = first + 256; start + 255 <= last; start += 256) {
    const range = `${dotted(start)}/24`;
    if (!taken.includes(range)) yield range;
  }
  return undefined;
}

function freeAddress(range: string, taken: readonly string[], before: readonly string[], host: string): string {
  const [first] = bounds(range);
  const all = Array.from({ length: LAST - FIRST + 1 }, (_, index) => dotted(first + FIRST + index));
  const free = all.filter((address) => !taken.includes(address));
  return free.find((address) => !before.includes(address)) ?? free[0] ?? exhausted(range, host);
}

function exhausted(range: string, host: string): never {
  throw new Problem({
    code: 'addresses-exhausted',
    what: `${range} has no room left for ${host}`,
    mend: 'give cilium_pool a larger range; what was handed out stays',
  });
}

/** The pool must be apart from the addresses hosts have themselves, or those would be looked for in the mesh. */
export function poolFault(pool: string, hostAddresses: readonly string[]): string | undefined {
  const [first, last] = bounds(pool);
  const inside = hostAddresses.find((address) => bytesOf(address) >= first && bytesOf(address) <= last);
  return inside === undefined ? undefined : `the address ${inside} of a host is in the pool ${pool}`;
}

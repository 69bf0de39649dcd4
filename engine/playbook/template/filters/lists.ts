import { filter, type Use } from '../environment.ts';
import { binary } from '../operators.ts';
import { isNumber, iterate, numberOf, order, repr, str, truthy, UseProblem } from '../python.ts';
import { attributeOf } from './attribute.ts';

/** Whether a value was seen before, in constant time for what has a text of its own. */
function seen(): (value: unknown) => boolean {
  const known = new Set<string>();
  return (value) => {
    const key = repr(isNumber(value) ? numberOf(value) : value);
    if (known.has(key)) return true;
    known.add(key);
    return false;
  };
}

const unique = (items: readonly unknown[]): unknown[] => {
  const before = seen();
  return items.filter((item) => !before(item));
};

const within = (items: readonly unknown[]) => {
  const known = new Set(items.map((item) => repr(isNumber(item) ? numberOf(item) : item)));
  return (item: unknown): boolean => known.has(repr(isNumber(item) ? numberOf(item) : item));
};

function flatten(value: unknown[], levels: number, skipNulls: boolean): unknown[] {
  return value.flatMap((item) => {
    if (item === null && skipNulls) return [];
    return Array.isArray(item) && levels !== 0 ? flatten(item, levels - 1, skipNulls) : [item];
  });
}

function batch(items: unknown[], size: number, fill: unknown): unknown[][] {
  const rows: unknown[][] = [];
  for (let at = 0; at < items.length; at += size) {
    const row = items.slice(at, at + size);
    if (fill !== undefined) while (row.length < size) row.push(fill);
    rows.push(row);
  }
  return rows;
}

function slices(items: unknown[], count: number, fill: unknown): unknown[][] {
  const [short, longer] = [Math.floor(items.length / count), items.length % count];
  let at = 0;
  return Array.from({ length: count }, (_, index) => {
    const size = short + (index < longer ? 1 : 0);
    const row = items.slice(at, at + size);
    at += size;
    if (fill !== undefined && index >= longer && longer > 0) row.push(fill);
    return row;
  });
}

function zip(lists: unknown[][], fill?: unknown): unknown[][] {
  const lengths = lists.map((list) => list.length);
  const length = fill === undefined ? Math.min(...lengths) : Math.max(...lengths);
  return Array.from({ length }, (_, index) => lists.map((list) => (index < list.length ? list[index] : fill)));
}

function product(lists: unknown[][]): unknown[][] {
  return lists.reduce<unknown[][]>((rows, list) => rows.flatMap((row) => list.map((item) => [...row, item])), [[]]);
}

function combinations(items: unknown[], size: number): unknown[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, index) => combinations(items.slice(index + 1), size - 1).map((rest) => [item, ...rest]));
}

function permutations(items: unknown[], size: number): unknown[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)], size - 1).map((rest) => [item, ...rest]),
  );
}

/** The items in an order that a seed fixes: a seeded xorshift, since the point is that it is the same each time. */
function shuffle(items: unknown[], seed: string | undefined): unknown[] {
  let state =
    [...(seed ?? String(Math.random()))].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7) || 1;
  const next = (): number => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
  const shuffled = [...items];
  for (let at = shuffled.length - 1; at > 0; at--) {
    const other = Math.floor(next() * (at + 1));
    [shuffled[at], shuffled[other]] = [shuffled[other], shuffled[at]];
  }
  return shuffled;
}

function range(value: unknown[], wanted: 1 | -1): unknown {
  if (value.length === 0) throw new UseProblem('an empty list has no least or greatest item');
  return value.reduce((best, item) => (order(item, best) * wanted > 0 ? item : best));
}

/** Filters of whole lists. */
export const LISTS = {
  list: filter('', (value) => (typeof value === 'string' ? [...value] : [...iterate(value)])),
  unique: filter('case_sensitive attribute', (value, { attribute, case_sensitive: sensitive }, use) => {
    const before = seen();
    return iterate(value).filter((item) => {
      const key = attribute === undefined ? item : use.member(item, attribute);
      return !before(sensitive === false && typeof key === 'string' ? key.toLowerCase() : key);
    });
  }),
  union: filter('other', (value, { other }) => unique([...iterate(value), ...iterate(other)])),
  difference: filter('other', (value, { other }) => {
    const there = within(iterate(other));
    return unique(iterate(value).filter((item) => !there(item)));
  }),
  intersect: filter('other', (value, { other }) => unique(iterate(value).filter(within(iterate(other))))),
  symmetric_difference: filter('other', (value, { other }) => {
    const [inLeft, inRight] = [within(iterate(value)), within(iterate(other))];
    return unique([
      ...iterate(value).filter((item) => !inRight(item)),
      ...iterate(other).filter((item) => !inLeft(item)),
    ]);
  }),
  flatten: filter('levels skip_nulls', (value, { levels, skip_nulls: skip = true }) =>
    flatten(iterate(value), levels === undefined || levels === null ? -1 : numberOf(levels), truthy(skip)),
  ),
  zip: filter('*', (value, { rest }) => zip([iterate(value), ...rest.map(iterate)])),
  zip_longest: filter('* **', (value, { rest, fillvalue = null }) =>
    zip([iterate(value), ...rest.map(iterate)], fillvalue),
  ),
  product: filter('* **', (value, { rest, repeat = 1 }) => {
    const lists = [iterate(value), ...rest.map(iterate)];
    return product(Array.from({ length: numberOf(repeat) }, () => lists).flat());
  }),
  combinations: filter('size', (value, { size }) => combinations(iterate(value), numberOf(size))),
  permutations: filter('size', (value, { size }) =>
    permutations(iterate(value), size === undefined ? iterate(value).length : numberOf(size)),
  ),
  batch: filter('linecount fill_with', (value, { linecount, fill_with: fill }) =>
    batch(iterate(value), numberOf(linecount), fill),
  ),
  slice: filter('slices fill_with', (value, { slices: count, fill_with: fill }) =>
    slices(iterate(value), numberOf(count), fill),
  ),
  shuffle: filter('seed', (value, { seed }) => shuffle(iterate(value), seed === undefined ? undefined : str(seed))),
  random: filter('start step seed', (value, { start = 0, step = 1, seed }) => {
    const items = isNumber(value)
      ? Array.from(
          { length: Math.ceil((numberOf(value) - numberOf(start)) / numberOf(step)) },
          (_, index) => numberOf(start) + index * numberOf(step),
        )
      : iterate(value);
    return shuffle(items, seed === undefined ? undefined : str(seed))[0] ?? null;
  }),
  reverse: filter('', (value) =>
    typeof value === 'string' ? [...value].reverse().join('') : [...iterate(value)].reverse(),
  ),
  first: filter('', (value) => iterate(value)[0] ?? none('first')),
  last: filter('', (value) => iterate(value).at(-1) ?? none('last')),
  min: filter('attribute case_sensitive', (value, { attribute }, use) =>
    attribute === undefined ? range(iterate(value), -1) : byMember(iterate(value), attribute, -1, use),
  ),
  max: filter('attribute case_sensitive', (value, { attribute }, use) =>
    attribute === undefined ? range(iterate(value), 1) : byMember(iterate(value), attribute, 1, use),
  ),
  sum: filter('attribute start', (value, { attribute, start = 0 }, use) =>
    iterate(value).reduce(
      (sum, item) => binary('+', sum, attribute === undefined ? item : attributeOf(item, attribute, use)),
      start,
    ),
  ),
};

function none(what: string): never {
  throw new UseProblem(`an empty list has no ${what} item`);
}

function byMember(items: unknown[], attribute: unknown, wanted: 1 | -1, use: Use): unknown {
  if (items.length === 0) return none(wanted === 1 ? 'greatest' : 'least');
  return items.reduce((best, item) =>
    order(attributeOf(item, attribute, use), attributeOf(best, attribute, use)) * wanted > 0 ? item : best,
  );
}

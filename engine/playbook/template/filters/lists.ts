import { type Args, filter, type Use } from '../environment.ts';
import { binary } from '../operators.ts';
import {
  entriesOf,
  Float,
  isNumber,
  iterate,
  numberOf,
  order,
  repr,
  str,
  truthy,
  typeName,
  Undefined,
  UseProblem,
} from '../python.ts';
import { SeededRandom } from '../random.ts';
import { attributeOf } from './attribute.ts';

/** A text that equal values share: 1, 1.0 and True are equal. */
const identity = (value: unknown): string =>
  repr(value instanceof Float ? value.number : typeof value === 'boolean' ? Number(value) : value);

/** Whether a value was seen before, in constant time for what has a text of its own. */
function seen(caseSensitive = true): (value: unknown) => boolean {
  const known = new Set<string>();
  return (value) => {
    const key = identity(caseSensitive || typeof value !== 'string' ? value : value.toLowerCase());
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
  const known = new Set(items.map(identity));
  return (item: unknown): boolean => known.has(identity(item));
};

function flatten(value: unknown[], levels: number, skipNulls: boolean): unknown[] {
  return value.flatMap((item) => {
    if (skipNulls && (item === null || item === 'None' || item === 'null')) return [];
    return Array.isArray(item) && levels !== 0 ? flatten(item, levels - 1, skipNulls) : [item];
  });
}

/** As Jinja has it: a row is full when it has exactly that many items. */
function batch(items: unknown[], size: number, fill: unknown): unknown[][] {
  const rows: unknown[][] = [];
  let row: unknown[] = [];
  for (const item of items) {
    if (row.length === size) {
      rows.push(row);
      row = [];
    }
    row.push(item);
  }
  if (fill !== undefined && fill !== null) while (row.length < size) row.push(fill);
  return row.length > 0 ? [...rows, row] : rows;
}

function slices(items: unknown[], count: number, fill: unknown): unknown[][] {
  if (count === 0) throw new UseProblem('slice needs at least one column');
  if (count < 0) return [];
  const [short, longer] = [Math.floor(items.length / count), items.length % count];
  let at = 0;
  return Array.from({ length: count }, (_, index) => {
    const size = short + (index < longer ? 1 : 0);
    const row = items.slice(at, at + size);
    at += size;
    if (fill !== undefined && index >= longer) row.push(fill);
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

const seedOf = (seed: unknown): string | number => (isNumber(seed) ? numberOf(seed) : str(seed));

/** Picks a number below a limit: as the seed has it, or any. */
const below = (seed: unknown): ((limit: number) => number) => {
  if (seed === undefined || seed === null) return (limit) => Math.floor(Math.random() * limit);
  const seeded = new SeededRandom(seedOf(seed));
  return (limit) => seeded.below(limit);
};

const shuffled = (items: readonly unknown[]): unknown[] =>
  items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);

function random(value: unknown, start: unknown, step: unknown, pick: (limit: number) => number): unknown {
  if (value instanceof Float || (typeof value === 'object' && !Array.isArray(value) && entriesOf(value)))
    throw new UseProblem(`random goes by whole numbers and lists, and this is ${typeName(value)}`);
  if (typeof value === 'boolean') return random(Number(value), start, step, pick);
  if (!isNumber(value)) {
    const items = iterate(value);
    if (items.length === 0) throw new UseProblem('an empty list has no random item');
    return items[pick(items.length)];
  }
  const [from, by] = [isNumber(start) ? numberOf(start) : 0, isNumber(step) ? numberOf(step) || 1 : 1];
  const count = Math.ceil((numberOf(value) - from) / by);
  if (count <= 0) throw new UseProblem(`there is no number from ${from} to below ${numberOf(value)}`);
  return from + pick(count) * by;
}

const nothing = (what: string): Undefined => new Undefined(what, () => [], 0);

const edge = (items: readonly unknown[], index: 0 | -1): unknown =>
  items.length === 0 ? nothing(`the ${index === 0 ? 'first' : 'last'} item of an empty list`) : items.at(index);

function extreme(items: readonly unknown[], args: Args, wanted: 1 | -1, use: Use): unknown {
  const { attribute, case_sensitive: sensitive = false } = args;
  if (items.length === 0) return nothing('the least or greatest item of an empty list');
  const keyOf = (item: unknown): unknown => {
    const key = attribute === undefined || attribute === null ? item : attributeOf(item, attribute, use);
    return typeof key === 'string' && !truthy(sensitive) ? key.toLowerCase() : key;
  };
  return items.reduce((best, item) => (order(keyOf(item), keyOf(best)) * wanted > 0 ? item : best));
}

/** Filters of whole lists. */
export const LISTS = {
  list: filter('', (value) => (typeof value === 'string' ? [...value] : [...iterate(value)])),
  unique: filter('case_sensitive attribute', (value, { attribute, case_sensitive: sensitive }, use) => {
    const before = seen(truthy(sensitive ?? false));
    return iterate(value).filter((item) => !before(attribute === undefined ? item : use.member(item, attribute)));
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
  shuffle: filter('seed', (value, { seed }) =>
    truthy(seed ?? null) ? new SeededRandom(seedOf(seed)).shuffled(iterate(value)) : shuffled(iterate(value)),
  ),
  random: filter('start step seed', (value, { start, step, seed }) => random(value, start, step, below(seed))),
  reverse: filter('', (value) =>
    typeof value === 'string' ? [...value].reverse().join('') : [...iterate(value)].reverse(),
  ),
  first: filter('', (value) => edge(iterate(value), 0)),
  last: filter('', (value) => edge(iterate(value), -1)),
  min: filter('case_sensitive attribute', (value, args, use) => extreme(iterate(value), args, -1, use)),
  max: filter('case_sensitive attribute', (value, args, use) => extreme(iterate(value), args, 1, use)),
  sum: filter('attribute start', (value, { attribute, start = 0 }, use) =>
    iterate(value).reduce(
      (sum, item) =>
        binary('+', sum, attribute === undefined || attribute === null ? item : attributeOf(item, attribute, use)),
      start,
    ),
  ),
};

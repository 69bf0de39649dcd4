/** A key of a dictionary as it was written: text, or a whole number. */
export type Key = string | number;

type Members<V> = Record<string, V>;

/** JavaScript puts keys that are whole numbers first, in their order; here is how those of a mapping were written. */
const written = new WeakMap<object, readonly Key[]>();

const isIndex = (name: string): boolean => name.charCodeAt(0) <= 57 && /^(?:0|[1-9]\d{0,9})$/.test(name);

/** The key that a number or a text stands for: numbers that JavaScript would put first stay numbers. */
export const keyOf = (value: unknown, text: string): Key => (typeof value === 'number' && isIndex(text) ? value : text);

function hasIndex(mapping: object): boolean {
  for (const first in mapping) return isIndex(first);
  return false;
}

/** Remembers in which order the keys of a mapping were written. Costs nothing where none is a whole number. */
export function keepOrder<M extends object>(mapping: M, keys: () => Iterable<Key>): M {
  if (!hasIndex(mapping)) return mapping;
  const seen = new Map<string, Key>();
  for (const key of keys()) if (!seen.has(String(key)) && Object.hasOwn(mapping, key)) seen.set(String(key), key);
  written.set(mapping, [...seen.values()]);
  return mapping;
}

/** The keys of a mapping in the order in which they were written. */
export function keysOf(mapping: object): readonly Key[] {
  const names = Object.keys(mapping);
  const kept = names[0] !== undefined && isIndex(names[0]) ? written.get(mapping) : undefined;
  if (!kept) return names;
  // What was added since comes last, and what was taken away is gone.
  const still = kept.filter((key) => Object.hasOwn(mapping, key));
  if (still.length === names.length) return still;
  const known = new Set(still.map(String));
  return [...still, ...names.filter((name) => !known.has(name))];
}

/** The members of a mapping in the order in which they were written. */
export const membersOf = <V>(mapping: Members<V>): [Key, V][] => keysOf(mapping).map((key) => [key, mapping[key] as V]);

/** A mapping whose keys keep the order of these members. */
export function mappingOf<V>(members: readonly (readonly [Key, V])[]): Members<V> {
  return keepOrder(Object.fromEntries(members) as Members<V>, () => members.map(([key]) => key));
}

import { type Mapping, nearest, type Value } from 'mesh-play';

/** Says what is wrong with a value, each fault with its place. */
export type Check = (value: Value, at: string) => Iterable<string>;

/** A mapping with these fields and no others. Go takes any spelling of a field's case and drops what it does not know. */
export const fields = (known: Readonly<Record<string, Check>>, required: readonly string[] = []): Check =>
  function* (value, at) {
    if (!isMapping(value)) return yield `${at}: is no mapping`;
    for (const [key, inner] of Object.entries(value)) {
      const check = Object.hasOwn(known, key) ? known[key] : undefined;
      if (check) yield* check(inner, `${at}.${key}`);
      else yield `${at}: "${key}" is not taken${meant(key, Object.keys(known))}`;
    }
    for (const key of required) if (!(key in value)) yield `${at}: ${key} is missing`;
  };

/** A list. An empty one is refused where it would be read as something else than its author meant. */
export const list = (check: Check, { least = 1, most = Number.POSITIVE_INFINITY } = {}): Check =>
  function* (value, at) {
    if (!Array.isArray(value)) return yield `${at}: is no list`;
    if (value.length < least) yield `${at}: is empty`;
    if (value.length > most) yield `${at}: has ${value.length} items, and ${most} are the most`;
    for (const [index, item] of value.entries()) yield* check(item, `${at}[${index}]`);
  };

/** One of some words. */
export const word = (known: readonly string[]): Check =>
  function* (value, at) {
    if (typeof value === 'string' && known.includes(value)) return;
    yield `${at}: ${JSON.stringify(value)} is not taken${typeof value === 'string' ? meant(value, known) : ''}`;
  };

export const text: Check = function* (value, at) {
  if (typeof value !== 'string') yield `${at}: is no text`;
};

/** Both, in this order. */
export const both = (first: Check, second: Check): Check =>
  function* (value, at) {
    yield* first(value, at);
    yield* second(value, at);
  };

export const isMapping = (value: Value | undefined): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function meant(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? '' : `; did you mean "${near}"?`;
}

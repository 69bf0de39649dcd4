import { Lookup } from '../../value.ts';
import { type Callable, entriesOf, equal, isNumber, numberOf, order, repr, str, UseProblem } from './python.ts';

type Method<T> = (self: T, args: unknown[], named: Record<string, unknown>) => unknown;

const text = (value: unknown, usual = ''): string => (value === undefined || value === null ? usual : str(value));
const count = (value: unknown, usual: number): number => (isNumber(value) ? numberOf(value) : usual);

function stripped(self: string, letters: unknown, side: 'both' | 'left' | 'right'): string {
  const set = letters === undefined || letters === null ? undefined : new Set(str(letters));
  const gone = (letter: string | undefined): boolean =>
    letter !== undefined && (set ? set.has(letter) : /\s/.test(letter));
  let [start, end] = [0, self.length];
  if (side !== 'right') while (start < end && gone(self[start])) start++;
  if (side !== 'left') while (end > start && gone(self[end - 1])) end--;
  return self.slice(start, end);
}

function split(self: string, separator: unknown, limit: number, fromRight: boolean): string[] {
  if (separator === undefined || separator === null) {
    const words = self.trim() === '' ? [] : self.trim().split(/\s+/);
    if (limit < 0 || words.length <= limit + 1) return words;
    const found = fromRight
      ? new RegExp(`^(.*?)${'\\s+(\\S+)'.repeat(limit)}$`, 's').exec(self.trim())
      : new RegExp(`^${'(\\S+)\\s+'.repeat(limit)}(.*)$`, 's').exec(self.trim());
    return found ? found.slice(1) : words;
  }
  const by = str(separator);
  if (by === '') throw new UseProblem('split needs a separator that is not empty');
  const parts = self.split(by);
  if (limit < 0 || parts.length <= limit + 1) return parts;
  return fromRight
    ? [parts.slice(0, parts.length - limit).join(by), ...parts.slice(parts.length - limit)]
    : [...parts.slice(0, limit), parts.slice(limit).join(by)];
}

const all = (pattern: RegExp) => (self: string) => pattern.test(self);
const affixes = (value: unknown): string[] => (Array.isArray(value) ? value.map(str) : [str(value)]);

/** str.format with positions, names and a plain width or precision. */
export function formatBraces(self: string, args: unknown[], named: Record<string, unknown>): string {
  let next = 0;
  return self.replace(
    /\{\{|\}\}|\{([^{}:!]*)(?:!([rs]))?(?::([^{}]*))?\}/g,
    (found, field: string, conversion: string, spec: string) => {
      if (found === '{{' || found === '}}') return found[0] ?? '';
      const [head = '', ...path] = field.split(/[.[\]]+/).filter((part, index) => part !== '' || index === 0);
      let value = head === '' ? args[next++] : /^\d+$/.test(head) ? args[Number(head)] : named[head];
      for (const part of path)
        value = Array.isArray(value)
          ? value[Number(part)]
          : (entriesOf(value) ?? []).find(([key]) => key === part)?.[1];
      if (value === undefined) throw new UseProblem(`format has no value for {${field}}`);
      return aligned(conversion === 'r' ? repr(value) : value, spec ?? '');
    },
  );
}

function aligned(value: unknown, spec: string): string {
  const found = /^(?:(.)?([<>^]))?(0)?(\d+)?(,)?(?:\.(\d+))?([sdfxXob%])?$/.exec(spec);
  if (!found) throw new UseProblem(`format does not know ":${spec}"`);
  const [, fill, align, zero, width, comma, precision, kind] = found;
  let shown = str(value);
  if (isNumber(value)) {
    const number = numberOf(value);
    if (kind === 'x' || kind === 'X' || kind === 'o' || kind === 'b')
      shown = number.toString({ x: 16, X: 16, o: 8, b: 2 }[kind]);
    else if (kind === 'f' || precision !== undefined) shown = number.toFixed(Number(precision ?? 6));
    if (comma) shown = shown.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  } else if (precision !== undefined) shown = shown.slice(0, Number(precision));
  const size = Number(width ?? 0);
  const letter = fill ?? (zero ? '0' : ' ');
  const side = align ?? (isNumber(value) ? '>' : '<');
  if (side === '>') return shown.padStart(size, letter);
  if (side === '<') return shown.padEnd(size, letter);
  return shown.padStart(shown.length + Math.floor((size - shown.length) / 2), letter).padEnd(size, letter);
}

const TEXT: Record<string, Method<string>> = {
  split: (self, [separator, limit], named) =>
    split(self, separator ?? named['sep'], count(limit ?? named['maxsplit'], -1), false),
  rsplit: (self, [separator, limit], named) =>
    split(self, separator ?? named['sep'], count(limit ?? named['maxsplit'], -1), true),
  splitlines: (self) => (self === '' ? [] : self.replace(/\r?\n$/, '').split(/\r\n|\n|\r/)),
  strip: (self, [letters]) => stripped(self, letters, 'both'),
  lstrip: (self, [letters]) => stripped(self, letters, 'left'),
  rstrip: (self, [letters]) => stripped(self, letters, 'right'),
  replace: (self, [from, to, limit]) => {
    const times = count(limit, -1);
    return times < 0 ? self.replaceAll(text(from), () => text(to)) : split(self, from, times, false).join(text(to));
  },
  startswith: (self, [prefix]) => affixes(prefix).some((one) => self.startsWith(one)),
  endswith: (self, [suffix]) => affixes(suffix).some((one) => self.endsWith(one)),
  removeprefix: (self, [prefix]) => (self.startsWith(text(prefix)) ? self.slice(text(prefix).length) : self),
  removesuffix: (self, [suffix]) =>
    self.endsWith(text(suffix)) ? self.slice(0, self.length - text(suffix).length) : self,
  lower: (self) => self.toLowerCase(),
  upper: (self) => self.toUpperCase(),
  casefold: (self) => self.toLowerCase(),
  swapcase: (self) =>
    [...self].map((one) => (one === one.toUpperCase() ? one.toLowerCase() : one.toUpperCase())).join(''),
  title: (self) =>
    self
      .toLowerCase()
      .replace(/(^|[^\p{L}])(\p{L})/gu, (_found, before: string, letter: string) => before + letter.toUpperCase()),
  capitalize: (self) => self.slice(0, 1).toUpperCase() + self.slice(1).toLowerCase(),
  join: (self, [items]) => (Array.isArray(items) ? items : [...text(items)]).map(str).join(self),
  format: (self, args, named) => formatBraces(self, args, named),
  find: (self, [part, start]) => self.indexOf(text(part), count(start, 0)),
  rfind: (self, [part]) => self.lastIndexOf(text(part)),
  index: (self, [part]) => found(self.indexOf(text(part))),
  rindex: (self, [part]) => found(self.lastIndexOf(text(part))),
  count: (self, [part]) => self.split(text(part)).length - 1,
  zfill: (self, [width]) =>
    /^[-+]/.test(self)
      ? self.slice(0, 1) + self.slice(1).padStart(count(width, 0) - 1, '0')
      : self.padStart(count(width, 0), '0'),
  ljust: (self, [width, fill]) => self.padEnd(count(width, 0), text(fill, ' ')),
  rjust: (self, [width, fill]) => self.padStart(count(width, 0), text(fill, ' ')),
  center: (self, [width, fill]) =>
    self
      .padStart(self.length + Math.floor((count(width, 0) - self.length) / 2), text(fill, ' '))
      .padEnd(count(width, 0), text(fill, ' ')),
  partition: (self, [by]) => {
    const at = self.indexOf(text(by));
    return at === -1 ? [self, '', ''] : [self.slice(0, at), text(by), self.slice(at + text(by).length)];
  },
  rpartition: (self, [by]) => {
    const at = self.lastIndexOf(text(by));
    return at === -1 ? ['', '', self] : [self.slice(0, at), text(by), self.slice(at + text(by).length)];
  },
  isdigit: all(/^\p{Nd}+$/u),
  isdecimal: all(/^\p{Nd}+$/u),
  isnumeric: all(/^\p{N}+$/u),
  isalpha: all(/^\p{L}+$/u),
  isalnum: all(/^[\p{L}\p{N}]+$/u),
  isspace: all(/^\s+$/),
  isupper: (self) => self !== self.toLowerCase() && self === self.toUpperCase(),
  islower: (self) => self !== self.toUpperCase() && self === self.toLowerCase(),
  expandtabs: (self, [size]) => self.replaceAll('\t', ' '.repeat(count(size, 8))),
};

function found(index: number): number {
  if (index === -1) throw new UseProblem('the text looked for is not there');
  return index;
}

const LIST: Record<string, Method<unknown[]>> = {
  append: (self, [item]) => {
    self.push(item);
    return null;
  },
  extend: (self, [items]) => {
    self.push(...(items as unknown[]));
    return null;
  },
  insert: (self, [index, item]) => {
    self.splice(count(index, 0), 0, item);
    return null;
  },
  pop: (self, [index]) => self.splice(count(index, self.length - 1), 1)[0],
  remove: (self, [item]) => {
    self.splice(found(self.findIndex((one) => equal(one, item))), 1);
    return null;
  },
  index: (self, [item]) => found(self.findIndex((one) => equal(one, item))),
  count: (self, [item]) => self.filter((one) => equal(one, item)).length,
  copy: (self) => [...self],
  reverse: (self) => {
    self.reverse();
    return null;
  },
  sort: (self, _args, named) => {
    self.sort(order);
    if (named['reverse']) self.reverse();
    return null;
  },
};

type Members = Record<string, unknown>;
const DICT: Record<string, Method<Members | Lookup>> = {
  items: (self) => (entriesOf(self) ?? []).map(([key, value]) => [key, value]),
  keys: (self) => (entriesOf(self) ?? []).map(([key]) => key),
  values: (self) => (entriesOf(self) ?? []).map(([, value]) => value),
  get: (self, [key, usual]) => (self instanceof Lookup ? self.get(str(key)) : own(self, str(key))) ?? usual ?? null,
  copy: (self) => Object.fromEntries(entriesOf(self) ?? []),
  update: (self, [other], named) => {
    Object.assign(self, Object.fromEntries(entriesOf(other) ?? []), named);
    return null;
  },
  pop: (self, [key, usual]) => {
    const name = str(key);
    const value = self instanceof Lookup ? undefined : own(self, name);
    if (value === undefined && usual === undefined) throw new UseProblem(`the dictionary has no "${name}"`);
    if (!(self instanceof Lookup)) delete self[name];
    return value ?? usual;
  },
  setdefault: (self, [key, usual]) => {
    if (self instanceof Lookup) return self.get(str(key)) ?? usual ?? null;
    self[str(key)] ??= usual ?? null;
    return self[str(key)];
  },
};

const own = (self: Members, key: string): unknown => (Object.hasOwn(self, key) ? self[key] : undefined);

/** A method of a value, bound to it, or undefined when it has none of that name. */
export function methodOf(value: unknown, name: string): Callable | undefined {
  const bind = <T>(table: Record<string, Method<T>>, self: T): Callable | undefined => {
    const method = Object.hasOwn(table, name) ? table[name] : undefined;
    return method && ((args, named) => method(self, args, named));
  };
  if (typeof value === 'string') return bind(TEXT, value);
  if (Array.isArray(value)) return bind(LIST, value as unknown[]);
  const dictionary = value instanceof Lookup || (typeof value === 'object' && value !== null && entriesOf(value));
  return dictionary ? bind(DICT, value as Members) : undefined;
}

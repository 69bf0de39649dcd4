import { type Key, keepOrder, keysOf, Lookup, mappingOf, membersOf } from '../../../value.ts';
import { entriesOf, iterate, keyIn, str, UseProblem } from '../python.ts';
import type { Methods } from './table.ts';

export type Members = Record<string, unknown>;

const entries = (self: Members | Lookup): [Key, unknown][] => entriesOf(self) ?? [];
const member = (self: Members | Lookup, key: string): unknown =>
  self instanceof Lookup ? self.get(key) : Object.hasOwn(self, key) ? self[key] : undefined;

function writable(self: Members | Lookup): Members {
  if (self instanceof Lookup) throw new UseProblem('this dictionary cannot be changed');
  return self;
}

/** What dict() and update() take: a dictionary, or a list of pairs. */
const pairsOf = (value: unknown): (readonly [Key, unknown])[] =>
  value === undefined
    ? []
    : (entriesOf(value) ?? iterate(value).map((pair) => [keyIn(iterate(pair)[0]), iterate(pair)[1]] as const));

function pop(self: Members, key: string, usual: unknown): unknown {
  const value = member(self, key);
  if (value === undefined && usual === undefined) throw new UseProblem(`the dictionary has no "${key}"`);
  delete self[key];
  return value === undefined ? usual : value;
}

function popLast(self: Members): unknown {
  const last = membersOf(self).at(-1);
  if (!last) throw new UseProblem('the dictionary is empty');
  delete self[last[0]];
  return last;
}

/** The methods of Python's dict. */
export const DICTIONARY: Methods<Members | Lookup> = {
  items: (self) => entries(self),
  keys: (self) => entries(self).map(([key]) => key),
  values: (self) => entries(self).map(([, value]) => value),
  get: (self, [key, usual], named) => {
    const value = member(self, str(key));
    return value === undefined ? (usual ?? named['default'] ?? null) : value;
  },
  copy: (self) => mappingOf(entries(self)),
  update: (self, [other], named) => {
    const [added, before] = [pairsOf(other), keysOf(self)];
    Object.assign(writable(self), Object.fromEntries(added), named);
    keepOrder(self, () => [...before, ...added.map(([key]) => key), ...Object.keys(named)]);
    return null;
  },
  pop: (self, [key, usual]) => pop(writable(self), str(key), usual),
  popitem: (self) => popLast(writable(self)),
  clear: (self) => {
    for (const key of Object.keys(writable(self))) delete writable(self)[key];
    return null;
  },
  setdefault: (self, [key, usual]) => {
    const value = member(self, str(key));
    if (value !== undefined) return value;
    const before = keysOf(self);
    writable(self)[str(key)] = usual ?? null;
    keepOrder(self, () => [...before, keyIn(key)]);
    return usual ?? null;
  },
  fromkeys: (_self, [keys, value]) => mappingOf(iterate(keys).map((key) => [keyIn(key), value ?? null] as const)),
};

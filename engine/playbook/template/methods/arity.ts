import { isInteger, type Numeral, numberOf, typeName, UseProblem } from '../python.ts';

/** How many arguments methods take, from and to; those that are not here take none. */
const TEXT = `split 0 2, rsplit 0 2, splitlines 0 1, strip 0 1, lstrip 0 1, rstrip 0 1, replace 2 3, startswith 1 3,
  endswith 1 3, removeprefix 1 1, removesuffix 1 1, join 1 1, format_map 1 1, find 1 3, rfind 1 3, index 1 3,
  rindex 1 3, count 1 3, zfill 1 1, ljust 1 2, rjust 1 2, center 1 2, partition 1 1, rpartition 1 1,
  expandtabs 0 1, translate 1 1, maketrans 1 3, format 0 99`;
const LIST = 'append 1 1, extend 1 1, insert 2 2, remove 1 1, sort 0 2, pop 0 1, index 1 3, count 1 1';
const DICTIONARY = 'get 1 2, pop 1 2, setdefault 1 2, update 0 99, fromkeys 1 2';
const NUMBER = '__and__ 1 1, __or__ 1 1, __xor__ 1 1, __lshift__ 1 1, __rshift__ 1 1';

const read = (table: string): ReadonlyMap<string, readonly [number, number]> =>
  new Map(
    table.split(/,\s*/).map((line) => {
      const [name = '', least, most] = line.split(' ');
      return [name, [Number(least), Number(most)]];
    }),
  );

export const ARITY = { text: read(TEXT), list: read(LIST), dictionary: read(DICTIONARY), number: read(NUMBER) };

/** Throws when a method is given more or fewer arguments than it takes. */
export function checkCount(kind: keyof typeof ARITY, name: string, given: number): void {
  const [least, most] = ARITY[kind].get(name) ?? [0, 0];
  if (given >= least && given <= most) return;
  const takes = most === 0 ? 'no arguments' : least === most ? `${least} arguments` : `${least} to ${most} arguments`;
  throw new UseProblem(`${name} takes ${takes}, not ${given}`);
}

/** A whole number as an argument, or what stands for it when it is left out. */
export function wholeOr(value: unknown, usual: number): number {
  if (value === undefined || value === null) return usual;
  if (isInteger(value) || typeof value === 'boolean') return numberOf(value as number | boolean | Numeral);
  throw new UseProblem(`a whole number is wanted here, and this is ${typeName(value)}`);
}

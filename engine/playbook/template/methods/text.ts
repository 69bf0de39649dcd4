import { entriesOf, isNumber, iterate, numberOf, str, typeName, UseProblem } from '../python.ts';
import { ANSWERS } from './answers.ts';
import { wholeOr } from './arity.ts';
import { formatBraces } from './braces.ts';
import { caseless, titled } from './case.ts';
import { partition, rpartition, split, splitlines, stripped } from './split.ts';
import type { Methods } from './table.ts';

const text = (value: unknown): string => {
  if (typeof value === 'string') return value;
  throw new UseProblem(`a text is wanted here, and this is ${typeName(value)}`);
};
const affixes = (value: unknown): string[] => (Array.isArray(value) ? value.map(text) : [text(value)]);

const separator = (value: unknown): string => {
  if (text(value) === '') throw new UseProblem('the separator is empty');
  return text(value);
};

/** The part of a text from one index to another, as Python counts them, and where it begins. */
function part(self: string, start: unknown, end: unknown): { at: number; piece: string } {
  const index = (value: unknown, usual: number): number => {
    const given = wholeOr(value, usual);
    return Math.max(0, given < 0 ? given + self.length : given);
  };
  const at = index(start, 0);
  return { at, piece: at > self.length ? '' : self.slice(at, index(end, self.length)) };
}

function find(self: string, wanted: unknown, start: unknown, end: unknown, last: boolean): number {
  const { at, piece } = part(self, start, end);
  const found = last ? piece.lastIndexOf(text(wanted)) : piece.indexOf(text(wanted));
  return found === -1 ? -1 : at + found;
}

function needed(index: number): number {
  if (index === -1) throw new UseProblem('the text looked for is not there');
  return index;
}

function counted(self: string, wanted: string, start: unknown, end: unknown): number {
  const { piece } = part(self, start, end);
  return wanted === '' ? [...piece].length + 1 : piece.split(wanted).length - 1;
}

function replaced(self: string, from: string, to: string, limit: number): string {
  if (limit < 0) return self.replaceAll(from, () => to);
  let left = limit;
  return self.replaceAll(from, (found) => (left-- > 0 ? to : found));
}

/** Python's center: the odd space goes left where the width is odd, else right. */
function centred(self: string, width: number, fill: string): string {
  const room = Math.max(0, width - self.length);
  const left = Math.floor(room / 2) + (room & width & 1);
  return fill.repeat(left) + self + fill.repeat(room - left);
}

function joined(self: string, items: unknown): string {
  return iterate(items)
    .map((item, index) => {
      if (typeof item === 'string') return item;
      throw new UseProblem(`join takes texts, and item ${index} is ${typeName(item)}`);
    })
    .join(self);
}

function zfilled(self: string, width: number): string {
  const sign = /^[-+]/.exec(self)?.[0] ?? '';
  return sign + self.slice(sign.length).padStart(width - sign.length, '0');
}

function expanded(self: string, size: number): string {
  return self
    .split('\n')
    .map((line) =>
      line.replace(/([^\t]*)\t/g, (_all, before: string) => before + ' '.repeat(size - (before.length % size))),
    )
    .join('\n');
}

function translated(self: string, table: unknown): string {
  const members = new Map((entriesOf(table) ?? []).map(([key, value]) => [String(key), value]));
  return [...self]
    .map((letter) => {
      const found = members.get(String(letter.codePointAt(0)));
      if (found === undefined) return letter;
      return found === null ? '' : isNumber(found) ? String.fromCodePoint(numberOf(found)) : str(found);
    })
    .join('');
}

function tableOf(from: unknown, to: unknown, gone: unknown): Record<string, unknown> {
  const code = (letter: string): string => String(letter.codePointAt(0));
  if (to === undefined)
    return Object.fromEntries((entriesOf(from) ?? []).map(([key, value]) => [code(String(key)), value]));
  const targets = [...text(to)];
  const pairs = [...text(from)].map((letter, index) => [code(letter), targets[index]?.codePointAt(0) ?? null]);
  const removed = [...text(gone ?? '')].map((letter) => [code(letter), null]);
  return Object.fromEntries([...pairs, ...removed]);
}

/** The methods of Python's str. */
export const TEXT: Methods<string> = {
  ...ANSWERS,
  split: (self, [sep, limit], named) =>
    split(self, sep ?? named['sep'], wholeOr(limit ?? named['maxsplit'], -1), false),
  rsplit: (self, [sep, limit], named) =>
    split(self, sep ?? named['sep'], wholeOr(limit ?? named['maxsplit'], -1), true),
  splitlines: (self, [keep], named) => splitlines(self, keep ?? named['keepends']),
  strip: (self, [letters]) => stripped(self, letters, 'both'),
  lstrip: (self, [letters]) => stripped(self, letters, 'left'),
  rstrip: (self, [letters]) => stripped(self, letters, 'right'),
  replace: (self, [from, to, limit]) => replaced(self, text(from), text(to), wholeOr(limit, -1)),
  startswith: (self, [prefix, start, end]) =>
    affixes(prefix).some((one) => part(self, start, end).piece.startsWith(one)),
  endswith: (self, [suffix, start, end]) => affixes(suffix).some((one) => part(self, start, end).piece.endsWith(one)),
  removeprefix: (self, [prefix]) => (self.startsWith(text(prefix)) ? self.slice(text(prefix).length) : self),
  removesuffix: (self, [suffix]) =>
    text(suffix) !== '' && self.endsWith(text(suffix)) ? self.slice(0, -text(suffix).length) : self,
  lower: (self) => self.toLowerCase(),
  upper: (self) => self.toUpperCase(),
  casefold: (self) => caseless(self),
  swapcase: (self) =>
    [...self].map((one) => (one === one.toUpperCase() ? one.toLowerCase() : one.toUpperCase())).join(''),
  title: (self) => titled(self),
  capitalize: (self) => self.slice(0, 1).toUpperCase() + self.slice(1).toLowerCase(),
  join: (self, [items]) => joined(self, items),
  format: (self, args, named) => formatBraces(self, args, named),
  format_map: (self, [map]) => formatBraces(self, [], Object.fromEntries(entriesOf(map) ?? [])),
  find: (self, [wanted, start, end]) => find(self, wanted, start, end, false),
  rfind: (self, [wanted, start, end]) => find(self, wanted, start, end, true),
  index: (self, [wanted, start, end]) => needed(find(self, wanted, start, end, false)),
  rindex: (self, [wanted, start, end]) => needed(find(self, wanted, start, end, true)),
  count: (self, [wanted, start, end]) => counted(self, text(wanted), start, end),
  zfill: (self, [width]) => zfilled(self, wholeOr(width, 0)),
  ljust: (self, [width, fill]) => self.padEnd(wholeOr(width, 0), str(fill ?? ' ')),
  rjust: (self, [width, fill]) => self.padStart(wholeOr(width, 0), str(fill ?? ' ')),
  center: (self, [width, fill]) => centred(self, wholeOr(width, 0), str(fill ?? ' ')),
  partition: (self, [by]) => partition(self, separator(by)),
  rpartition: (self, [by]) => rpartition(self, separator(by)),
  expandtabs: (self, [size], named) => expanded(self, wholeOr(size ?? named['tabsize'], 8)),
  translate: (self, [table]) => translated(self, table),
  maketrans: (_self, [from, to, gone]) => tableOf(from, to, gone),
};

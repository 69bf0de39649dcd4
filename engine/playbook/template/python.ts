import { BigInteger, Float, integerOf, Numeral, numberText } from '../../numeral.ts';
import { nearest as nearestName } from '../../problem.ts';
import { isMapping, type Key, keyOf, Lookup, type Mapping, mappingOf, membersOf, type Value } from '../../value.ts';
import { quoted } from './quoted.ts';

export { BigInteger, Float, integerOf, Numeral } from '../../numeral.ts';

/** A name or member that is not there. May be asked whether it is defined; any other use is an error. */
export class Undefined {
  /** As it was written: `user.nmae`. */
  readonly path: string;
  /** The names that are there, for the nearest one. */
  readonly candidates: () => Iterable<string>;
  readonly at: number;
  constructor(path: string, candidates: () => Iterable<string>, at: number) {
    this.path = path;
    this.candidates = candidates;
    this.at = at;
  }
}

/** What an `if` without an else is when it does not hold: it prints as nothing, and is undefined for all else. */
export class Nothing extends Undefined {
  constructor(at: number) {
    super('this if without an else', () => [], at);
  }
}

/** Something that can be called: a macro, a method, a global function. */
export type Callable = (args: unknown[], named: Record<string, unknown>) => unknown;

/** A namespace(): a dictionary whose members a loop can set. */
export class Namespace {
  readonly members: Record<string, unknown>;
  constructor(members: Record<string, unknown>) {
    this.members = members;
  }

  toString(): string {
    return `<Namespace ${repr(this.members)}>`;
  }
}

/** One group of groupby: a pair, whose parts have names too. */
export class Group extends Array<unknown> {
  readonly grouper: unknown;
  readonly list: unknown[];
  constructor(grouper: unknown, list: unknown[]) {
    super(2);
    this[0] = grouper;
    this[1] = list;
    this.grouper = grouper;
    this.list = list;
  }

  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }
}

/** An error in the use of a value. Whoever evaluates the expression around it notes where that stands. */
export class UseProblem extends Error {
  code = 'template-error';
  /** Offset into the template. */
  at: number | undefined;
  length: number | undefined;
  mend: string | undefined;
}

/** The value, which is used and so must be defined. */
export function defined(value: unknown): unknown {
  if (!(value instanceof Undefined)) return value;
  const problem = new UseProblem(`'${value.path}' is undefined`);
  const last = value.path.split('.').at(-1) ?? value.path;
  const near = nearestName(last, value.candidates());
  problem.code = 'undefined-variable';
  problem.at = value.at;
  problem.length = value.path.length;
  problem.mend = near && `did you mean "${near}"?`;
  throw problem;
}

export const isNumber = (value: unknown): value is number | Numeral =>
  typeof value === 'number' || value instanceof Numeral;

/** The number to calculate with. */
export function numberOf(value: number | boolean | Numeral): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  if (value instanceof BigInteger) throw new UseProblem(`${value} has more digits than this goes by`);
  if (value instanceof Float) return value.number;
  throw new UseProblem(`a number is wanted here, and this is ${typeName(value)}`);
}

/** Python's float(): the nearest number. */
export const nearest = (value: number | Numeral): number => (typeof value === 'number' ? value : value.number);

/** Whether a value is a Python int. */
export const isInteger = (value: unknown): value is number | BigInteger =>
  value instanceof BigInteger || (typeof value === 'number' && Number.isInteger(value));

/** A number that came out of float arithmetic: kept as a float when it is whole. */
export const float = (number: number): number | Float => (Number.isInteger(number) ? new Float(number) : number);

/** Python's int() of a number. */
export function truncated(value: number | Numeral): unknown {
  if (value instanceof BigInteger) return value;
  const number = Math.trunc(nearest(value));
  if (!Number.isFinite(number)) throw new UseProblem(`${str(value)} is no whole number`);
  return integerOf(BigInt(number));
}

/** Python's name of a value's type. */
export function typeName(value: unknown): string {
  if (value === null) return 'NoneType';
  if (typeof value === 'boolean') return 'bool';
  if (isNumber(value)) return isInteger(value) ? 'int' : 'float';
  if (typeof value === 'string') return 'str';
  if (Array.isArray(value)) return 'list';
  if (value instanceof Undefined) return 'Undefined';
  return typeof value === 'function' ? 'function' : 'dict';
}

/** Members of a dictionary of any kind, or undefined when it is none. */
export function entriesOf(value: unknown): [Key, unknown][] | undefined {
  if (value instanceof Lookup) return value.keys().map((key) => [key, value.get(key) ?? null]);
  if (value instanceof Namespace) return membersOf(value.members);
  return isMapping(value) && !(value instanceof Undefined) ? membersOf<unknown>(value) : undefined;
}

/** A value as the key of a dictionary. */
export const keyIn = (value: unknown): Key => (typeof value === 'string' ? value : keyOf(value, str(value)));

/** Python's truth: empty text, lists and dictionaries, zero and None are false. */
export function truthy(value: unknown): boolean {
  if (value === null || value === false || value === '' || value === 0) return false;
  if (value instanceof Numeral) return value.number !== 0;
  if (Array.isArray(value)) return value.length > 0;
  const entries = typeof value === 'object' ? entriesOf(value) : undefined;
  return entries ? entries.length > 0 : Boolean(value);
}

/** Python's str(): what a value prints as in text. */
export function str(value: unknown): string {
  return typeof value === 'string' ? value : repr(value);
}

/** Python's repr(). */
export function repr(value: unknown): string {
  defined(value);
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'string') return quoted(value);
  if (value instanceof Numeral) return value.toString();
  if (typeof value === 'number') return numberText(value);
  if (Array.isArray(value)) return `[${value.map(repr).join(', ')}]`;
  if (typeof value === 'function') throw new UseProblem('this is a function and no value: call it with ()');
  if (value instanceof Namespace) return value.toString();
  const entries = entriesOf(value);
  return entries ? `{${entries.map(([key, member]) => `${repr(key)}: ${repr(member)}`).join(', ')}}` : String(value);
}

/** Members in the order of their keys; as they are where numbers and texts are mixed, which Python does not sort. */
export function sortedKeys<V>(entries: readonly [Key, V][]): [Key, V][] {
  if (new Set(entries.map(([key]) => typeof key)).size > 1) return [...entries];
  return [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Python's ==: by value, 1 equals 1.0 and True. */
export function equal(a: unknown, b: unknown): boolean {
  const [left, right] = [plainNumber(a), plainNumber(b)];
  if (left === right) return true;
  if (typeof left === 'bigint' && typeof right === 'number') return Number.isInteger(right) && BigInt(right) === left;
  if (typeof left === 'number' && typeof right === 'bigint') return equal(right, left);
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((one, index) => equal(one, right[index]));
  }
  const [first, second] = [entriesOf(left), entriesOf(right)];
  if (!first || !second || first.length !== second.length) return false;
  const others = new Map(second.map(([key, value]) => [String(key), value]));
  return first.every(([key, value]) => others.has(String(key)) && equal(value, others.get(String(key))));
}

function plainNumber(value: unknown): unknown {
  if (value instanceof BigInteger) return value.digits;
  if (value instanceof Float) return value.number;
  return typeof value === 'boolean' ? Number(value) : value;
}

const isNumeric = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';

/** Python's order of two values, below, at or above zero. Throws for values that have no order. */
export function order(a: unknown, b: unknown): number {
  const [left, right] = [plainNumber(a), plainNumber(b)];
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (isNumeric(left) && isNumeric(right)) return left < right ? -1 : left > right ? 1 : 0;
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  if (Array.isArray(left) && Array.isArray(right)) {
    for (let i = 0; i < Math.min(left.length, right.length); i++) {
      if (!equal(left[i], right[i])) return order(left[i], right[i]);
    }
    return left.length - right.length;
  }
  throw new UseProblem(`${typeName(a)} and ${typeName(b)} cannot be compared`);
}

/** The value, which is text. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new UseProblem(`a text is wanted here, and this is ${typeName(value)}`);
}

/** What a loop goes over: list items, letters, keys of a dictionary. */
export function iterate(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value === 'string') return [...value];
  const entries = typeof value === 'object' ? entriesOf(value) : undefined;
  if (entries) return entries.map(([key]) => key);
  throw new UseProblem(
    `${typeName(value)} ${typeof value === 'object' ? '' : repr(value)} is no list`.replace('  ', ' '),
  );
}

/** `item in container`. */
export function contains(container: unknown, item: unknown): boolean {
  if (typeof container === 'string') {
    if (typeof item === 'string') return container.includes(item);
    throw new UseProblem(`"in" looks for text in text, and this is ${typeName(item)}`);
  }
  if (container instanceof Lookup) return typeof item === 'string' && container.get(item) !== undefined;
  return iterate(container).some((one) => equal(one, item) || (!Array.isArray(container) && one === String(item)));
}

/** A value as the rest of the engine keeps it: no wrappers, no functions. */
export function plain(value: unknown): Value {
  defined(value);
  if (value instanceof Numeral || value instanceof Lookup) return value;
  if (Array.isArray(value))
    return value.some((one) => typeof one === 'object' && one !== null) ? value.map(plain) : (value as Value[]);
  if (value instanceof Namespace) return plain(value.members);
  if (typeof value === 'function') throw new UseProblem('this is a function and no value: call it with ()');
  if (typeof value === 'object' && value !== null) {
    const needs = Object.values(value).some((member) => typeof member === 'object' && member !== null);
    return needs
      ? mappingOf(membersOf(value as Mapping).map(([key, member]) => [key, plain(member)] as const))
      : (value as Mapping);
  }
  return value as Value;
}

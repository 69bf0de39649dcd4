import { filter } from '../environment.ts';
import { methodOf } from '../methods.ts';
import {
  entriesOf,
  Float,
  integerOf,
  isNumber,
  nearest,
  numberOf,
  str,
  textOf,
  truncated,
  truthy,
  typeName,
  Undefined,
  UseProblem,
} from '../python.ts';
import { clockTime, strftimeOf } from '../time.ts';

const usual = filter(
  'default_value boolean',
  (value, { default_value: given = '', boolean = false }) =>
    value instanceof Undefined || (truthy(boolean) && !truthy(value)) ? given : value,
  true,
);

const mandatory = filter(
  'msg',
  (value, { msg }) => {
    if (!(value instanceof Undefined)) return value;
    throw new UseProblem(msg === undefined ? `Mandatory variable '${value.path}' not defined.` : str(msg));
  },
  true,
);

/** Ansible's reading of a text as a boolean. */
function bool(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return ['yes', 'on', '1', 'true'].includes(value.toLowerCase());
  return isNumber(value) && nearest(value) === 1;
}

/** Python's int(): a text in a base, or a number without its fraction; `usual` when it is none. */
export function int(value: unknown, usualValue: unknown = 0, base = 10): unknown {
  if (typeof value === 'boolean') return Number(value);
  if (isNumber(value)) return Number.isNaN(value) ? usualValue : truncated(value);
  if (typeof value !== 'string') return usualValue;
  const text = value.trim().replaceAll('_', '').toLowerCase();
  const prefix = /^[-+]?0([xob])/.exec(text)?.[1];
  const named = prefix === undefined ? 10 : ({ x: 16, o: 8, b: 2 }[prefix] ?? 10);
  const chosen = base === 0 ? named : base;
  const bare = chosen === named ? text.replace(/^([-+]?)0[xob]/, '$1') : text;
  const digits = '0123456789abcdefghijklmnopqrstuvwxyz'.slice(0, chosen);
  if (new RegExp(`^[-+]?[${digits}]+$`).test(bare)) return integerOfBase(bare, chosen);
  const number = base === 10 && text !== '' ? Number(text) : Number.NaN;
  return Number.isFinite(number) ? truncated(number) : usualValue;
}

function integerOfBase(text: string, base: number): unknown {
  const number = Number.parseInt(text, base);
  if (Number.isSafeInteger(number)) return number;
  const digits = [...text.replace(/^[-+]/, '')];
  const whole = digits.reduce((sum, digit) => sum * BigInt(base) + BigInt(Number.parseInt(digit, base)), 0n);
  return integerOf(text.startsWith('-') ? -whole : whole);
}

const SPECIAL = /^[-+]?(?:inf|infinity|nan)$/i;
const special = (text: string): number =>
  text.endsWith('nan') ? Number.NaN : text.startsWith('-') ? -Infinity : Infinity;

function floating(value: unknown, usualValue: unknown): unknown {
  if (typeof value === 'string' && SPECIAL.test(value.trim())) return special(value.trim().toLowerCase());
  const number = isNumber(value) ? nearest(value) : Number(typeof value === 'string' ? value.trim() || 'none' : value);
  if (Number.isNaN(number) && !isNumber(value)) return usualValue;
  return Number.isInteger(number) ? new Float(number) : number;
}

const TYPES: Record<string, string> = { list: 'list', tuple: 'list', dict: 'dict', Undefined: 'UndefinedMarker' };

/** Filters that turn one value into another kind, or choose between two. */
export const VALUES = {
  default: usual,
  d: usual,
  mandatory,
  bool: filter('', (value) => bool(value)),
  int: filter('default base', (value, { default: given = 0, base = 10 }) => int(value, given, numberOf(base))),
  float: filter('default', (value, { default: given = new Float(0) }) => floating(value, given)),
  string: filter('', (value) => str(value)),
  ternary: filter('true_val false_val none_val', (value, { true_val: yes, false_val: no, none_val: none }) => {
    if (no === undefined) throw new UseProblem('ternary takes two values: for true and for false');
    return value === null && none !== undefined ? none : truthy(value) ? yes : no;
  }),
  type_debug: filter('', (value) => TYPES[typeName(value)] ?? typeName(value), true),
  // Marks for HTML and for Ansible's old tainting mean nothing here, where nothing is escaped.
  safe: filter('', (value) => str(value)),
  attr: filter('name', (value, { name }) => methodOf(value, str(name)) ?? new Undefined(str(name), () => [], 0)),
  strftime: filter('second utc', (value, { second, utc }) =>
    strftimeOf(second === undefined ? clockTime(utc) : new Date(numberOf(second) * 1000), textOf(value)),
  ),
  length: filter('', lengthOf),
  count: filter('', lengthOf),
};

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return [...value].length;
  if (Array.isArray(value)) return value.length;
  const entries = typeof value === 'object' ? entriesOf(value) : undefined;
  if (entries) return entries.length;
  throw new UseProblem(`${typeName(value)} has no length`);
}

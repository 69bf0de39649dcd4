import { filter } from '../environment.ts';
import { entriesOf, Float, isNumber, numberOf, str, truthy, typeName, Undefined, UseProblem } from '../python.ts';
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
export function bool(value: unknown): boolean | null {
  if (value === null || typeof value === 'boolean') return value;
  return ['yes', 'on', '1', 'true', 1].includes(typeof value === 'string' ? value.toLowerCase() : (value as number));
}

/** Python's int(): a text in a base, or a number without its fraction; `usual` when it is none. */
export function int(value: unknown, usualValue: unknown = 0, base = 10): unknown {
  if (typeof value === 'boolean') return Number(value);
  if (isNumber(value)) return Math.trunc(numberOf(value));
  if (typeof value !== 'string') return usualValue;
  const text = value.trim().replaceAll('_', '').toLowerCase();
  const bare = base === 10 ? text : text.replace(/^([-+]?)0[xob]/, '$1');
  const digits = '0123456789abcdefghijklmnopqrstuvwxyz'.slice(0, base);
  if (new RegExp(`^[-+]?[${digits}]+$`).test(bare)) return Number.parseInt(bare, base);
  const number = base === 10 && text !== '' ? Number(text) : Number.NaN;
  return Number.isFinite(number) ? Math.trunc(number) : usualValue;
}

function floating(value: unknown, usualValue: unknown): unknown {
  const number = isNumber(value) ? numberOf(value) : Number(typeof value === 'string' ? value.trim() || 'none' : value);
  if (Number.isNaN(number)) return usualValue;
  return Number.isInteger(number) ? new Float(number) : number;
}

const TYPES: Record<string, string> = { list: 'list', tuple: 'list', dict: 'dict', Undefined: 'AnsibleUndefined' };

/** Filters that turn one value into another kind, or choose between two. */
export const VALUES = {
  default: usual,
  d: usual,
  mandatory,
  bool: filter('', (value) => bool(value)),
  int: filter('default base', (value, { default: given = 0, base = 10 }) => int(value, given, numberOf(base))),
  float: filter('default', (value, { default: given = new Float(0) }) => floating(value, given)),
  string: filter('', (value) => str(value)),
  ternary: filter('true_val false_val none_val', (value, { true_val: yes, false_val: no, none_val: none }) =>
    value === null && none !== undefined ? none : truthy(value) ? yes : no,
  ),
  type_debug: filter('', (value) => TYPES[typeName(value)] ?? typeName(value), true),
  // Marks for HTML and for Ansible's old tainting mean nothing here, where nothing is escaped.
  safe: filter('', (value) => value),
  attr: filter('name', (value, { name }, use) => use.member(value, name)),
  strftime: filter('second utc', (value, { second, utc }) =>
    strftimeOf(second === undefined ? clockTime(utc) : new Date(numberOf(second) * 1000), str(value)),
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

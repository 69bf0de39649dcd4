import {
  contains,
  entriesOf,
  equal,
  Float,
  float,
  isNumber,
  numberOf,
  order,
  repr,
  str,
  typeName,
  UseProblem,
} from './python.ts';

/** Python's arithmetic. Throws UseProblem for values it does not go with. */
export function binary(operator: string, left: unknown, right: unknown): unknown {
  if (operator === '~') return str(left) + str(right);
  const [a, b] = [typeof left === 'boolean' ? Number(left) : left, typeof right === 'boolean' ? Number(right) : right];
  if (isNumber(a) && isNumber(b)) return arithmetic(operator, a, b);
  if (operator === '+') {
    if (typeof a === 'string' && typeof b === 'string') return a + b;
    if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
  }
  if (operator === '*' && (typeof a === 'string' || Array.isArray(a)) && typeof b === 'number') return repeat(a, b);
  if (operator === '*' && (typeof b === 'string' || Array.isArray(b)) && typeof a === 'number') return repeat(b, a);
  if (operator === '%' && typeof a === 'string') return format(a, b);
  throw new UseProblem(`"${operator}" does not go with ${typeName(left)} and ${typeName(right)}`);
}

function repeat(value: string | unknown[], times: number): unknown {
  const count = Math.max(0, times);
  return typeof value === 'string' ? value.repeat(count) : Array.from({ length: count }, () => value).flat(1);
}

function arithmetic(operator: string, left: number | Float, right: number | Float): unknown {
  const [a, b] = [numberOf(left), numberOf(right)];
  const floats = left instanceof Float || right instanceof Float || !Number.isInteger(a) || !Number.isInteger(b);
  const result = (number: number): unknown => (floats ? float(number) : number);
  if (b === 0 && ['/', '//', '%'].includes(operator)) throw new UseProblem('division by zero');
  switch (operator) {
    case '+':
      return result(a + b);
    case '-':
      return result(a - b);
    case '*':
      return result(a * b);
    case '/':
      return float(a / b);
    case '//':
      return result(Math.floor(a / b));
    case '%':
      // The sign of Python's remainder is the divisor's.
      return result(((a % b) + b) % b);
    case '**':
      return b < 0 ? float(a ** b) : result(a ** b);
    default:
      throw new UseProblem(`there is no operator "${operator}"`);
  }
}

/** Whether a comparison holds. */
export function compare(operator: string, left: unknown, right: unknown): boolean {
  switch (operator) {
    case '==':
      return equal(left, right);
    case '!=':
      return !equal(left, right);
    case 'in':
      return contains(right, left);
    case 'not in':
      return !contains(right, left);
    case '<':
      return order(left, right) < 0;
    case '<=':
      return order(left, right) <= 0;
    case '>':
      return order(left, right) > 0;
    default:
      return order(left, right) >= 0;
  }
}

/** Python's % formatting of text. */
export function format(text: string, values: unknown): string {
  const list = Array.isArray(values) ? [...values] : [values];
  const named = Array.isArray(values) ? undefined : entriesOf(values);
  return text.replace(
    /%(?:\((\w+)\))?([-+ 0#]*)(\d+)?(?:\.(\d+))?([sdifeEgGxXor%])/g,
    (_all, key, flags, width, precision, kind) => {
      if (kind === '%') return '%';
      const value = key === undefined ? list.shift() : named?.find(([name]) => name === key)?.[1];
      if (value === undefined) throw new UseProblem(`"${text}" needs more values than it is given`);
      return pad(convert(kind, value, precision, flags), Number(width ?? 0), flags);
    },
  );
}

function convert(kind: string, value: unknown, precision: string | undefined, flags: string): string {
  if (kind === 's') return precision === undefined ? str(value) : str(value).slice(0, Number(precision));
  if (kind === 'r') return repr(value);
  const number = isNumber(value) ? numberOf(value) : typeof value === 'boolean' ? Number(value) : Number.NaN;
  if (Number.isNaN(number)) throw new UseProblem(`%${kind} needs a number, and this is ${typeName(value)}`);
  const sign = number >= 0 && flags.includes('+') ? '+' : '';
  switch (kind) {
    case 'd':
    case 'i':
      return sign + String(Math.trunc(number));
    case 'x':
      return sign + Math.trunc(number).toString(16);
    case 'X':
      return sign + Math.trunc(number).toString(16).toUpperCase();
    case 'o':
      return sign + Math.trunc(number).toString(8);
    case 'e':
    case 'E':
      return sign + number.toExponential(Number(precision ?? 6)).replace(/e([-+])(\d)$/, 'e$10$2');
    case 'g':
    case 'G':
      return sign + String(Number(number.toPrecision(Number(precision ?? 6) || 1)));
    default:
      return sign + number.toFixed(Number(precision ?? 6));
  }
}

function pad(text: string, width: number, flags: string): string {
  if (flags.includes('-')) return text.padEnd(width);
  if (!flags.includes('0')) return text.padStart(width);
  return /^[-+]/.test(text) ? text.slice(0, 1) + text.slice(1).padStart(width - 1, '0') : text.padStart(width, '0');
}

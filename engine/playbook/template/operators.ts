import { formatPercent } from './format.ts';
import {
  type BigInteger,
  contains,
  entriesOf,
  equal,
  float,
  integerOf,
  isInteger,
  isNumber,
  type Numeral,
  nearest,
  numberOf,
  order,
  str,
  typeName,
  UseProblem,
} from './python.ts';

/** Python's arithmetic. Throws UseProblem for values it does not go with. */
export function binary(operator: string, left: unknown, right: unknown): unknown {
  if (operator === '~') return str(left) + str(right);
  if (operator === '%' && typeof left === 'string') return format(left, right);
  const [a, b] = [typeof left === 'boolean' ? Number(left) : left, typeof right === 'boolean' ? Number(right) : right];
  if (isNumber(a) && isNumber(b)) return arithmetic(operator, a, b);
  if (operator === '+') {
    if (typeof a === 'string' && typeof b === 'string') return a + b;
    if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
  }
  if (operator === '*' && (typeof a === 'string' || Array.isArray(a)) && isInteger(b)) return repeat(a, numberOf(b));
  if (operator === '*' && (typeof b === 'string' || Array.isArray(b)) && isInteger(a)) return repeat(b, numberOf(a));
  throw new UseProblem(`"${operator}" does not go with ${typeName(left)} and ${typeName(right)}`);
}

function repeat(value: string | unknown[], times: number): unknown {
  const count = Math.max(0, times);
  return typeof value === 'string' ? value.repeat(count) : Array.from({ length: count }, () => value).flat(1);
}

function arithmetic(operator: string, left: number | Numeral, right: number | Numeral): unknown {
  if (nearest(right) === 0 && ['/', '//', '%'].includes(operator)) throw new UseProblem('division by zero');
  const whole = isInteger(left) && isInteger(right) && operator !== '/' && !(operator === '**' && order(right, 0) < 0);
  return whole ? ofIntegers(operator, left, right) : float(ofFloats(operator, nearest(left), nearest(right)));
}

function ofFloats(operator: string, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '//':
      return Math.floor(a / b);
    case '%':
      // The sign of Python's remainder is the divisor's.
      return a % b !== 0 && a % b < 0 !== b < 0 ? (a % b) + b : Math.sign(b) * Math.abs(a % b);
    case '**':
      return floatPower(a, b);
    default:
      throw new UseProblem(`there is no operator "${operator}"`);
  }
}

function floatPower(base: number, exponent: number): number {
  if (base === 0 && exponent < 0) throw new UseProblem('division by zero');
  if (base < 0 && !Number.isInteger(exponent)) throw new UseProblem(`${base} ** ${exponent} is no real number`);
  return base ** exponent;
}

/** In JavaScript's numbers where all digits fit, else in all digits. */
function ofIntegers(operator: string, left: number | BigInteger, right: number | BigInteger): unknown {
  if (typeof left === 'number' && typeof right === 'number') {
    const result = ofFloats(operator, left, right);
    if (Number.isSafeInteger(result)) return result;
  }
  const [a, b] = [digitsOf(left), digitsOf(right)];
  const rest = operator === '//' || operator === '%' ? ((a % b) + b) % b : 0n;
  switch (operator) {
    case '+':
      return integerOf(a + b);
    case '-':
      return integerOf(a - b);
    case '*':
      return integerOf(a * b);
    case '//':
      return integerOf((a - rest) / b);
    case '%':
      return integerOf(rest);
    default:
      return integerOf(power(a, b));
  }
}

const digitsOf = (value: number | BigInteger): bigint => (typeof value === 'number' ? BigInt(value) : value.digits);

const MOST_BITS = 1_000_000n;

function power(base: bigint, exponent: bigint): bigint {
  if (exponent * BigInt(base.toString(2).length) > MOST_BITS)
    throw new UseProblem(`${base} ** ${exponent} has too many digits`);
  return base ** exponent;
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

/** Python's % formatting of text. A list beside it is a tuple when it was written as one, else a value. */
export function format(text: string, values: unknown): string {
  const named = Array.isArray(values) || typeof values !== 'object' ? undefined : entriesOf(values);
  const found = new Map(named?.map(([key, value]) => [String(key), value]));
  return formatPercent(text, Array.isArray(values) ? values : [values], (key) => {
    if (!found.has(key)) throw new UseProblem(`"${text}" needs a value for "${key}"`);
    return found.get(key);
  });
}

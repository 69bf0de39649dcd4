import { formatPercent } from './format.ts';
import {
  contains,
  entriesOf,
  equal,
  Float,
  float,
  isNumber,
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
  if (operator === '*' && (typeof a === 'string' || Array.isArray(a)) && typeof b === 'number') return repeat(a, b);
  if (operator === '*' && (typeof b === 'string' || Array.isArray(b)) && typeof a === 'number') return repeat(b, a);
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

/** Python's % formatting of text. A list beside it is a tuple when it was written as one, else a value. */
export function format(text: string, values: unknown): string {
  const named = Array.isArray(values) || typeof values !== 'object' ? undefined : entriesOf(values);
  const found = new Map(named);
  return formatPercent(text, Array.isArray(values) ? values : [values], (key) => {
    if (!found.has(key)) throw new UseProblem(`"${text}" needs a value for "${key}"`);
    return found.get(key);
  });
}

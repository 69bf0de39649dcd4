import {
  BigInteger,
  isInteger,
  isNumber,
  type Numeral,
  nearest,
  repr,
  str,
  truncated,
  typeName,
  UseProblem,
} from './python.ts';

const SPEC = /^(?:([\s\S])?([<>=^]))?([-+ ])?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([bcdeEfFgGnosxX%])?$/;

/** A value as Python's format() prints it by a specification such as `>8.2f`. */
export function formatValue(value: unknown, spec: string): string {
  if (spec === '') return str(value);
  const found = SPEC.exec(spec);
  if (!found) throw new UseProblem(`format does not know ":${spec}"`);
  const [, fill, align, sign, alternate, zero, width, group, precision, kind] = found;
  const wanted = { sign, alternate: alternate !== undefined, group, precision, kind };
  const number = isNumber(value) || typeof value === 'boolean';
  if (!number && typeof value !== 'string')
    throw new UseProblem(`format has no ":${spec}" for what is ${typeName(value)}`);
  if (!number && kind !== undefined && kind !== 's') throw unknownCode(kind, value);
  const shown = number ? numeral(value, wanted) : clipped(value as string, precision);
  const side = align ?? (zero && number ? '=' : number ? '>' : '<');
  return aligned(shown, Number(width ?? 0), side, fill ?? (zero ? '0' : ' '));
}

interface Wanted {
  sign?: string | undefined;
  alternate?: boolean;
  group?: string | undefined;
  precision?: string | undefined;
  kind?: string | undefined;
}

const unknownCode = (kind: string, value: unknown): UseProblem =>
  new UseProblem(`format code "${kind}" is not for what is ${typeName(value)}`);

const clipped = (text: string, precision: string | undefined): string =>
  precision === undefined ? text : text.slice(0, Number(precision));

/** A number with its sign, in the wanted notation. */
export function numeral(value: unknown, wanted: Wanted): string {
  const number = typeof value === 'boolean' ? Number(value) : nearest(value as number | Numeral);
  const negative = number < 0 || Object.is(number, -0);
  const digits = grouped(magnitude(value, Math.abs(number), wanted), wanted);
  return `${negative ? '-' : wanted.sign === '+' || wanted.sign === ' ' ? wanted.sign : ''}${digits}`;
}

const BASES: Record<string, number> = { b: 2, o: 8, x: 16, X: 16 };

function magnitude(value: unknown, number: number, { kind, precision, alternate }: Wanted): string {
  const whole = typeof value === 'boolean' || isInteger(value);
  const places = Number(precision ?? 6);
  switch (kind) {
    case 'b':
    case 'o':
    case 'x':
    case 'X':
    case 'c':
    case 'd': {
      if (!whole) throw unknownCode(kind, value);
      if (kind === 'c') return String.fromCodePoint(number);
      const digits = BigInt(value instanceof BigInteger ? value.digits : number)
        .toString(BASES[kind] ?? 10)
        .replace('-', '');
      return (alternate && kind !== 'd' ? `0${kind}` : '') + (kind === 'X' ? digits.toUpperCase() : digits);
    }
    case 's':
      throw unknownCode(kind, value);
    case 'f':
    case 'F':
      return fixed(number, places);
    case '%':
      return `${fixed(number * 100, places)}%`;
    case 'e':
    case 'E': {
      const text = exponential(number, places);
      return kind === 'E' ? text.toUpperCase() : text;
    }
    case 'g':
    case 'G':
    case 'n': {
      if (kind === 'n' && whole) return magnitude(value, number, { kind: 'd' });
      const text = general(number, places || 1);
      return kind === 'G' ? text.toUpperCase() : text;
    }
    default:
      if (precision === undefined) return str(value).replace(/^-/, '').replace('True', '1').replace('False', '0');
      return general(number, places || 1, !whole);
  }
}

const special = (number: number): string | undefined =>
  Number.isNaN(number) ? 'nan' : number === Infinity ? 'inf' : undefined;

/** Python rounds the exact binary value, and so does toFixed; beyond 1e21 toFixed gives up. */
const fixed = (number: number, places: number): string =>
  special(number) ??
  (number < 1e21 ? number.toFixed(places) : `${BigInt(number)}${places > 0 ? `.${'0'.repeat(places)}` : ''}`);

const exponential = (number: number, places: number): string =>
  special(number) ?? number.toExponential(places).replace(/e([-+])(\d)$/, 'e$10$2');

/** The shorter of both notations, without zeros at the end; `float` keeps one place of a whole number. */
function general(number: number, places: number, float = false): string {
  const named = special(number);
  if (named) return named;
  const exponent = number === 0 ? 0 : Number(number.toExponential(places - 1).split('e')[1]);
  const bare = (text: string): string => (text.includes('.') ? text.replace(/\.?0+(?=e|$)/, '') : text);
  if (exponent < -4 || exponent >= places) return bare(exponential(number, places - 1));
  const text = bare(number.toFixed(Math.max(0, places - 1 - exponent)));
  return float && !text.includes('.') ? `${text}.0` : text;
}

function grouped(text: string, { group, kind }: Wanted): string {
  if (!group) return text;
  const size = kind && kind in BASES ? 4 : 3;
  const [whole = '', ...rest] = text.split(/(?=[.e%])/);
  return whole.replace(new RegExp(`\\B(?=(\\w{${size}})+(?!\\w))`, 'g'), group) + rest.join('');
}

function aligned(text: string, width: number, side: string, fill: string): string {
  const room = Math.max(0, width - [...text].length);
  if (side === '<') return text + fill.repeat(room);
  if (side === '^') return fill.repeat(Math.floor(room / 2)) + text + fill.repeat(Math.ceil(room / 2));
  if (side === '>') return fill.repeat(room) + text;
  const head = /^[-+ ]?(?:0[box])?/i.exec(text)?.[0] ?? '';
  return head + fill.repeat(room) + text.slice(head.length);
}

const PERCENT = /%(?:\(([^)]*)\))?([-+ 0#]*)(\*|\d+)?(?:\.(\*|\d+))?[hlL]?([\s\S]?)/g;

/** Python's % formatting of text: `values` is a tuple of them, one value, or a dictionary of named ones. */
export function formatPercent(text: string, values: readonly unknown[], named: (key: string) => unknown): string {
  const left = [...values];
  const next = (): unknown => {
    if (left.length === 0) throw new UseProblem(`"${text}" needs more values than it is given`);
    return left.shift();
  };
  const size = (given: string | undefined): string | undefined => (given === '*' ? String(next()) : given);
  let usesNames = false;
  const shown = text.replace(PERCENT, (_all, key, flags: string, width, precision, kind: string) => {
    if (kind === '%') return '%';
    const [columns, places] = [size(width), size(precision)];
    usesNames ||= key !== undefined;
    const value = key === undefined ? next() : named(key);
    return percent(value, { flags, width: Number(columns ?? 0), precision: places, kind });
  });
  // Python minds what is left over of a tuple, and of a value that is no list or dictionary.
  const one = values.length === 1 && typeof values[0] === 'object' && values[0] !== null;
  if (left.length > 0 && !usesNames && !one) throw new UseProblem(`"${text}" needs fewer values than it is given`);
  return shown;
}

function percent(
  value: unknown,
  { flags, width, precision, kind }: { flags: string; width: number; precision: string | undefined; kind: string },
): string {
  const left = flags.includes('-');
  if (kind === 's' || kind === 'r' || kind === 'a' || (kind === 'c' && typeof value === 'string'))
    return aligned(
      clipped(kind === 'r' || kind === 'a' ? repr(value) : str(value), precision),
      width,
      left ? '<' : '>',
      ' ',
    );
  if (!'dioxXeEfFgGuc'.includes(kind) || kind === '') throw new UseProblem(`"%${kind}" is no format`);
  if (!isNumber(value) && typeof value !== 'boolean')
    throw new UseProblem(`%${kind} needs a number, and this is ${typeName(value)}`);
  const whole = 'dioxXuc'.includes(kind);
  const number = whole && isNumber(value) ? truncated(value) : value;
  const shown = numeral(number, {
    sign: flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : undefined,
    alternate: flags.includes('#'),
    kind: kind === 'i' || kind === 'u' ? 'd' : kind,
    precision,
  });
  return aligned(shown, width, left ? '<' : flags.includes('0') ? '=' : '>', flags.includes('0') && !left ? '0' : ' ');
}

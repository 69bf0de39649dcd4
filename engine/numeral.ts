/** A number that JavaScript's own would change: one that prints otherwise, or has more digits. */
export abstract class Numeral {
  /** The nearest number of JavaScript. */
  abstract readonly number: number;
  abstract toJSON(): number | string;
}

/** A float that is a whole number: prints as `2.0`, where the number 2 prints as `2`. */
export class Float extends Numeral {
  readonly number: number;
  constructor(number: number) {
    super();
    this.number = number;
  }

  toJSON(): number {
    return this.number;
  }

  /** As Python prints it: with an exponent from 1e16 on. */
  override toString(): string {
    if (Math.abs(this.number) < 1e16) return `${Object.is(this.number, -0) ? '-0' : this.number}.0`;
    return this.number.toExponential().replace(/e([-+])(\d)$/, 'e$10$2');
  }
}

/** An integer beyond 2^53, with all its digits. */
export class BigInteger extends Numeral {
  readonly digits: bigint;
  constructor(digits: bigint) {
    super();
    this.digits = digits;
  }

  get number(): number {
    return Number(this.digits);
  }

  toJSON(): string {
    return this.toString();
  }

  override toString(): string {
    return String(this.digits);
  }
}

/** An integer, none of whose digits is lost. */
export const integerOf = (digits: bigint): number | BigInteger =>
  digits >= Number.MIN_SAFE_INTEGER && digits <= Number.MAX_SAFE_INTEGER ? Number(digits) : new BigInteger(digits);

/** More decimal digits than this may be beyond 2^53. */
const SURE_DIGITS = 15;

/** An integer as it is written: decimal, or with 0x, 0o or 0b before it. */
export function integerIn(text: string): number | BigInteger {
  const digits = text.replace(/^[-+]/, '');
  const negative = text.startsWith('-');
  if (text.length <= SURE_DIGITS) return negative ? 0 - Number(digits) : Number(digits);
  return integerOf(BigInt(digits) * (negative ? -1n : 1n));
}

/** As Python prints it. */
export function numberText(value: number): string {
  if (value === Infinity) return 'inf';
  if (value === -Infinity) return '-inf';
  if (Number.isNaN(value)) return 'nan';
  if (Number.isInteger(value))
    return Object.is(value, -0) ? '0' : String(Math.abs(value) < 1e21 ? value : BigInt(value));
  const shown = Math.abs(value) < 1e-4 ? value.toExponential() : String(value);
  return shown.replace(/e([-+])(\d)$/, 'e$10$2');
}

import { BigInteger, integerOf, isInteger, type Numeral, nearest, typeName, UseProblem } from '../python.ts';
import type { Methods } from './table.ts';

function digits(value: unknown): bigint {
  if (value instanceof BigInteger) return value.digits;
  if (isInteger(value)) return BigInt(value as number);
  throw new UseProblem(`a whole number is wanted here, and this is ${typeName(value)}`);
}

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);

/** The methods of Python's int and float that templates have a use for. */
export const NUMBER: Methods<number | Numeral> = {
  bit_length: (self) => (digits(self) === 0n ? 0 : magnitude(digits(self)).toString(2).length),
  is_integer: (self) => Number.isInteger(nearest(self)),
  conjugate: (self) => self,
  __and__: (self, [other]) => integerOf(digits(self) & digits(other)),
  __or__: (self, [other]) => integerOf(digits(self) | digits(other)),
  __xor__: (self, [other]) => integerOf(digits(self) ^ digits(other)),
  __lshift__: (self, [other]) => integerOf(digits(self) << digits(other)),
  __rshift__: (self, [other]) => integerOf(digits(self) >> digits(other)),
};

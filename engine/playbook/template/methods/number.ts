import { Float, numberOf, UseProblem } from '../python.ts';
import type { Methods } from './table.ts';

const whole = (self: number | Float): boolean => !(self instanceof Float) && Number.isInteger(self);

/** The methods of Python's int and float that templates have a use for. */
export const NUMBER: Methods<number | Float> = {
  bit_length: (self) => {
    if (!whole(self)) throw new UseProblem('bit_length is for whole numbers');
    return numberOf(self) === 0 ? 0 : Math.abs(numberOf(self)).toString(2).length;
  },
  is_integer: (self) => Number.isInteger(numberOf(self)),
  conjugate: (self) => self,
  __and__: (self, [other]) => numberOf(self) & numberOf(other as number),
  __or__: (self, [other]) => numberOf(self) | numberOf(other as number),
  __xor__: (self, [other]) => numberOf(self) ^ numberOf(other as number),
  __lshift__: (self, [other]) => numberOf(self) * 2 ** numberOf(other as number),
  __rshift__: (self, [other]) => Math.floor(numberOf(self) / 2 ** numberOf(other as number)),
};

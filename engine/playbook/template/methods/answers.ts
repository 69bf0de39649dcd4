import { titled } from './case.ts';
import type { Methods } from './table.ts';

/** The methods of Python's str that say what kind of text it is. Classes of Unicode are made when first asked for. */
export const ANSWERS: Methods<string> = {
  isdigit: (self) => /^[\p{Nd}\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u2080-\u2089]+$/u.test(self),
  isdecimal: (self) => /^\p{Nd}+$/u.test(self),
  isnumeric: (self) => /^\p{N}+$/u.test(self),
  isalpha: (self) => /^\p{L}+$/u.test(self),
  isalnum: (self) => /^[\p{L}\p{N}]+$/u.test(self),
  isspace: (self) => /^[\s\x85]+$/.test(self),
  isidentifier: (self) => /^[\p{ID_Start}_][\p{ID_Continue}]*$/u.test(self),
  isascii: (self) => [...self].every((letter) => letter <= '\x7f'),
  isprintable: (self) => !/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.test(self),
  istitle: (self) => self !== self.toLowerCase() && self === titled(self),
  isupper: (self) => self !== self.toLowerCase() && self === self.toUpperCase(),
  islower: (self) => self !== self.toUpperCase() && self === self.toLowerCase(),
};

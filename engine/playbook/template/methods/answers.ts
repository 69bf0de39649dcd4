import { titled } from './case.ts';
import type { Methods } from './table.ts';

const all = (pattern: RegExp) => (self: string) => pattern.test(self);

/** The methods of Python's str that say what kind of text it is. */
export const ANSWERS: Methods<string> = {
  isdigit: all(/^[\p{Nd}\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u2080-\u2089]+$/u),
  isdecimal: all(/^\p{Nd}+$/u),
  isnumeric: all(/^\p{N}+$/u),
  isalpha: all(/^\p{L}+$/u),
  isalnum: all(/^[\p{L}\p{N}]+$/u),
  isspace: all(/^[\s\x85]+$/),
  isidentifier: all(/^[\p{ID_Start}_][\p{ID_Continue}]*$/u),
  isascii: (self) => [...self].every((letter) => letter <= '\x7f'),
  isprintable: (self) => !/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.test(self),
  istitle: (self) => self !== self.toLowerCase() && self === titled(self),
  isupper: (self) => self !== self.toLowerCase() && self === self.toUpperCase(),
  islower: (self) => self !== self.toUpperCase() && self === self.toLowerCase(),
};

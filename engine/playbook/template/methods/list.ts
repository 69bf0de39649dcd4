import { equal, iterate, order, truthy, UseProblem } from '../python.ts';
import { wholeOr } from './arity.ts';
import type { Methods } from './table.ts';

function indexOf(self: unknown[], item: unknown, start: unknown, end: unknown): number {
  const [from, to] = [wholeOr(start, 0), wholeOr(end, self.length)];
  const at = self.findIndex((one, index) => index >= from && index < to && equal(one, item));
  if (at === -1) throw new UseProblem('the item looked for is not in the list');
  return at;
}

function pop(self: unknown[], index: unknown): unknown {
  const at = wholeOr(index, -1);
  const place = at < 0 ? at + self.length : at;
  if (place < 0 || place >= self.length) throw new UseProblem('pop finds no item there');
  return self.splice(place, 1)[0];
}

/** Does something to the list, and answers as Python does: with None. */
const doing =
  (act: (self: unknown[], args: unknown[], named: Record<string, unknown>) => void): Methods<unknown[]>[string] =>
  (self, args, named) => {
    act(self, args, named);
    return null;
  };

/** The methods of Python's list. */
export const LIST: Methods<unknown[]> = {
  append: doing((self, [item]) => self.push(item)),
  extend: doing((self, [items]) => self.push(...iterate(items))),
  insert: doing((self, [index, item]) => self.splice(wholeOr(index, 0), 0, item)),
  remove: doing((self, [item]) => self.splice(indexOf(self, item, 0, undefined), 1)),
  clear: doing((self) => self.splice(0)),
  reverse: doing((self) => self.reverse()),
  sort: doing((self, _args, named) => {
    const sign = truthy(named['reverse'] ?? false) ? -1 : 1;
    self.sort((a, b) => order(a, b) * sign);
  }),
  pop: (self, [index]) => pop(self, index),
  index: (self, [item, start, end]) => indexOf(self, item, start, end),
  count: (self, [item]) => self.filter((one) => equal(one, item)).length,
  copy: (self) => [...self],
};

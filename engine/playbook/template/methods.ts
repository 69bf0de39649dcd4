import { Lookup } from '../../value.ts';
import { DICTIONARY, type Members } from './methods/dictionary.ts';
import { LIST } from './methods/list.ts';
import { NUMBER } from './methods/number.ts';
import type { Methods } from './methods/table.ts';
import { TEXT } from './methods/text.ts';
import { type Callable, entriesOf, isNumber } from './python.ts';

/** A method of a value, bound to it, or undefined when it has none of that name. */
export function methodOf(value: unknown, name: string): Callable | undefined {
  const bind = <T>(table: Methods<T>, self: T): Callable | undefined => {
    const method = Object.hasOwn(table, name) ? table[name] : undefined;
    return method && ((args, named) => method(self, args, named));
  };
  if (typeof value === 'string') return bind(TEXT, value);
  if (Array.isArray(value)) return bind(LIST, value as unknown[]);
  if (isNumber(value)) return bind(NUMBER, value);
  const dictionary = value instanceof Lookup || (typeof value === 'object' && value !== null && entriesOf(value));
  return dictionary ? bind(DICTIONARY, value as Members) : undefined;
}

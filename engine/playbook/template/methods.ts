import { Lookup } from '../../value.ts';
import { type ARITY, checkCount } from './methods/arity.ts';
import { DICTIONARY, type Members } from './methods/dictionary.ts';
import { LIST } from './methods/list.ts';
import { NUMBER } from './methods/number.ts';
import type { Methods } from './methods/table.ts';
import { TEXT } from './methods/text.ts';
import { type Callable, entriesOf, isNumber } from './python.ts';

/** A method of a value, bound to it, or undefined when it has none of that name. */
export function methodOf(value: unknown, name: string): Callable | undefined {
  const bind = <T>(kind: keyof typeof ARITY, table: Methods<T>, self: T): Callable | undefined => {
    const method = Object.hasOwn(table, name) ? table[name] : undefined;
    if (!method) return undefined;
    return (args, named) => {
      checkCount(kind, name, args.length + Object.keys(named).length);
      return method(self, args, named);
    };
  };
  if (typeof value === 'string') return bind('text', TEXT, value);
  if (Array.isArray(value)) return bind('list', LIST, value as unknown[]);
  if (isNumber(value)) return bind('number', NUMBER, value);
  const dictionary = value instanceof Lookup || (typeof value === 'object' && value !== null && entriesOf(value));
  return dictionary ? bind('dictionary', DICTIONARY, value as Members) : undefined;
}

import { Problem } from '../problem.ts';
import { isMapping, Lookup, type Mapping, membersOf, type Value } from '../value.ts';
import type { Expressions, Scope } from './expression.ts';
import type { Loop } from './model.ts';
import { placeOf } from './yaml.ts';

/** Variables to which more can be added on top. */
export interface LoopScope extends Scope {
  with(local: Mapping): Scope;
}

/** The items of a loop, in Ansible's sense of each style. Throws a Problem when the value is no list. */
export function itemsOf(expressions: Expressions, loop: Pick<Loop, 'style' | 'items'>, scope: LoopScope): Value[] {
  const value = expressions.renderNode(loop.items, scope);
  switch (loop.style) {
    case 'loop':
      if (Array.isArray(value)) return value;
      throw notAList(expressions, loop, value, 'a list');
    case 'with_items':
      return (Array.isArray(value) ? value : [value]).flatMap((item) => (Array.isArray(item) ? item : [item]));
    case 'with_dict':
      return (Array.isArray(value) ? value : [value]).flatMap((one) => pairs(expressions, loop, one));
    default: {
      const terms = Array.isArray(value) ? value : [value];
      const given = Object.fromEntries(terms.map((term, index) => [`mp_term_${index}`, term]));
      const call = [`'${loop.style.slice('with_'.length)}'`, ...Object.keys(given)].join(', ');
      return expressions.evaluate(`query(${call})`, scope.with(given), loop.items) as Value[];
    }
  }
}

function pairs(expressions: Expressions, loop: Pick<Loop, 'style' | 'items'>, value: Value): Value[] {
  if (value instanceof Lookup) return value.keys().map((key) => ({ key, value: value.get(key) ?? null }));
  if (!isMapping(value)) throw notAList(expressions, loop, value, 'a dictionary');
  return membersOf(value).map(([key, member]) => ({ key, value: member }));
}

function notAList(
  expressions: Expressions,
  { style, items }: Pick<Loop, 'style' | 'items'>,
  value: Value,
  wanted: string,
): Problem {
  const written = items.kind === 'scalar' && expressions.isTemplate(items.text) ? 'template' : items.kind;
  return new Problem({
    code: 'bad-loop',
    what: `${style} needs ${wanted}, got ${kindOf(value)}`,
    at: placeOf(items),
    mend: mendOf(style, value, written),
  });
}

const kindOf = (value: Value): string =>
  Array.isArray(value)
    ? 'a list'
    : value === null
      ? 'nothing'
      : isMapping(value)
        ? 'a dictionary'
        : `${typeof value} ${JSON.stringify(value)}`;

function mendOf(style: string, value: Value, written: 'template' | 'scalar' | 'list' | 'map'): string | undefined {
  if (style === 'loop' && isMapping(value))
    return written === 'template' ? 'add the filter dict2items' : 'use with_dict to go through a dictionary';
  if (typeof value === 'string' && written === 'scalar' && /^[A-Za-z_][\w.]*$/.test(value))
    return `write "{{ ${value} }}" to mean the variable`;
  if (style === 'loop' && typeof value === 'string' && written === 'scalar' && value.includes(','))
    return `put it in brackets: [${value}]`;
  if (style === 'with_dict' && written === 'list') return 'use with_items to go through a list';
  return undefined;
}

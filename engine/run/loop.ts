import { shownJson } from '../json.ts';
import type { Loop } from '../playbook/model.ts';
import type { TaskScope } from '../playbook/vars.ts';
import { placeOf } from '../playbook/yaml.ts';
import { Problem } from '../problem.ts';
import { isMapping, Lookup, type Mapping, membersOf, type Value } from '../value.ts';
import type { PlayRun } from './play.ts';

/** The items of a loop, in Ansible's sense of each style. Throws a Problem when the value is no list. */
export function loopItems(play: PlayRun, loop: Loop, scope: TaskScope): Value[] {
  const { expressions } = play.run;
  const value = expressions.renderNode(loop.items, scope);
  switch (loop.style) {
    case 'loop':
      if (Array.isArray(value)) return value;
      throw notAList(loop, value, 'a list');
    case 'with_items':
      return (Array.isArray(value) ? value : [value]).flatMap((item) => (Array.isArray(item) ? item : [item]));
    case 'with_dict':
      return (Array.isArray(value) ? value : [value]).flatMap((one) => pairs(loop, one));
    default: {
      const terms = Array.isArray(value) ? value : [value];
      const given = Object.fromEntries(terms.map((term, index) => [`mp_term_${index}`, term]));
      const call = [`'${loop.style.slice('with_'.length)}'`, ...Object.keys(given)].join(', ');
      return expressions.evaluate(`query(${call})`, scope.with(given), loop.items) as Value[];
    }
  }
}

function pairs(loop: Loop, value: Value): Value[] {
  if (value instanceof Lookup) return value.keys().map((key) => ({ key, value: value.get(key) ?? null }));
  if (!isMapping(value)) throw notAList(loop, value, 'a dictionary');
  return membersOf(value).map(([key, member]) => ({ key, value: member }));
}

function notAList(loop: Loop, value: Value, wanted: string): Problem {
  const kind = Array.isArray(value)
    ? 'a list'
    : value === null
      ? 'nothing'
      : isMapping(value)
        ? 'a dictionary'
        : `${typeof value} ${JSON.stringify(value)}`;
  return new Problem({
    code: 'bad-loop',
    what: `${loop.style} needs ${wanted}, got ${kind}`,
    at: placeOf(loop.items),
    mend: loop.style === 'loop' && isMapping(value) ? 'add the filter dict2items' : undefined,
  });
}

/** The variables of one round: the item, its index, what loop_control asks for. */
export function loopVariables(loop: Loop, items: readonly Value[], index: number): Mapping {
  return {
    [loop.loopVar]: items[index] ?? null,
    ansible_loop_var: loop.loopVar,
    ...(loop.indexVar === undefined ? {} : { [loop.indexVar]: index, ansible_index_var: loop.indexVar }),
    ...(loop.extended ? { ansible_loop: extended(items, index, loop.extended === 'all') } : {}),
  };
}

function extended(items: readonly Value[], index: number, all: boolean): Mapping {
  const { length } = items;
  const [before, after] = [items[index - 1], items[index + 1]];
  return {
    index: index + 1,
    index0: index,
    first: index === 0,
    last: index + 1 === length,
    length,
    revindex: length - index,
    revindex0: length - index - 1,
    ...(all ? { allitems: items as Value[] } : {}),
    ...(after === undefined ? {} : { nextitem: after }),
    ...(before === undefined ? {} : { previtem: before }),
  };
}

/** How an item is called in the output: its label, or the item as text. */
export function itemLabel(play: PlayRun, loop: Loop, item: Value, scope: TaskScope): string {
  const shown = loop.label === undefined ? item : play.run.expressions.renderNode(loop.label, scope);
  return shownItem(shown);
}

export const shownItem = (item: Value): string => (typeof item === 'string' ? item : shownJson(item));

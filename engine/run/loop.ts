import { shownJson } from '../json.ts';
import { itemsOf } from '../playbook/loopitems.ts';
import type { Loop } from '../playbook/model.ts';
import type { Node } from '../playbook/node.ts';
import type { TaskScope } from '../playbook/vars.ts';
import type { Mapping, Value } from '../value.ts';
import type { PlayRun } from './play.ts';

/**
 * The loop's items; or, when they cannot be had but a condition is false without them, that condition. Throws a Problem
 * when it is no list.
 */
export function itemsUnless(
  play: PlayRun,
  loop: Loop,
  when: readonly Node[],
  scope: TaskScope,
): { items: Value[] } | { unmet: Node } {
  try {
    return { items: itemsOf(play.run.expressions, loop, scope) };
  } catch (thrown) {
    const unmet = firstUnmet(play, when, scope);
    if (unmet) return { unmet };
    throw thrown;
  }
}

/** One that cannot be worked out is not known to be false: then what is wrong with the loop is told. */
function firstUnmet(play: PlayRun, when: readonly Node[], scope: TaskScope): Node | undefined {
  try {
    return when.find((condition) => !play.run.expressions.holds(condition, scope));
  } catch {
    return undefined;
  }
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

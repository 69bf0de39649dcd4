import type { Scope } from '../playbook/expression.ts';
import { type Node, nodeOf } from '../playbook/yaml.ts';
import { isMapping, type Value } from '../value.ts';
import { type Written, walk } from './fault.ts';

/** How many variables may stand for one another before it is taken for a circle. */
const MOST = 20;

/** Finds it also in a variable, where an argument, or something inside it, is that variable and nothing else. */
export function writtenIn(args: Node | undefined, scope: Scope): Written {
  return (path) => {
    let here = args;
    for (const step of path) {
      if (here?.kind === 'scalar' && here.tag === undefined) here = givenIn(here.text, scope);
      here = here && walk(here, [step]);
    }
    return here;
  };
}

/** The node of the list or dictionary that a text comes to by naming a variable. */
function givenIn(text: string, scope: Scope): Node | undefined {
  let value: Value | undefined = text;
  for (let variables = 0; typeof value === 'string' && variables < MOST; variables++) {
    const name: string | undefined = /^\s*\{\{-?\s*(\w+)\s*-?\}\}\s*$/.exec(value)?.[1];
    value = name === undefined ? undefined : scope.lookup(name)?.value;
  }
  return Array.isArray(value) || isMapping(value) ? nodeOf(value) : undefined;
}

import { Problem } from '../../problem.ts';
import type { Value } from '../../value.ts';
import type { Scope } from '../expression.ts';
import { type Node, placeOf } from '../yaml.ts';
import { typeName } from './python.ts';

/** A condition that is templates from its first to its last letter is rendered; any other is an expression. */
export const isAllTemplate = (text: string): boolean => /^\{[{%#].*[}%#]\}$/s.test(text.trim());

/** A condition that somebody wrote into a variable, as in `when: "{{ condition }}"`; never what came from a host. */
export function conditionIn(text: string, scope: Scope, depth = 0): string | undefined {
  const name = /^\{\{\s*(\w+)\s*\}\}$/.exec(text.trim())?.[1];
  const found = name === undefined ? undefined : scope.lookup(name);
  if (!found?.template || typeof found.value !== 'string' || found.value.trim() === '') return undefined;
  if (!found.value.includes('{')) return found.value;
  return depth < DEEPEST ? conditionIn(found.value, scope, depth + 1) : undefined;
}

const DEEPEST = 20;

export const emptyCondition = (node: Node | undefined): Problem =>
  new Problem({
    code: 'bad-condition',
    what: 'this condition is empty',
    at: node && placeOf(node),
    mend: 'leave it out, or say when it holds',
  });

const MENDS: Record<string, string> = {
  str: 'say when it holds: | bool for a text that is yes or no, != "" for one that is not empty',
  int: 'compare it with a number',
  NoneType: 'say when it holds, as in: is not none',
};

/** Only true and false are conditions: a text `no` would hold, and so would `failed: false`. */
export const notBoolean = (value: Value, node: Node | undefined): Problem =>
  new Problem({
    code: 'bad-condition',
    what: `this condition comes to ${typeName(value)}, not to true or false`,
    at: node && placeOf(node),
    mend: MENDS[typeName(value)] ?? 'say when it holds, as in: | length > 0',
  });

/** Who writes braces in a condition takes it for a text. */
export const withoutBraces = (problem: Problem): Problem =>
  problem.code === 'template-syntax' && problem.at?.text?.includes('{{')
    ? new Problem({ ...problem.parts(), mend: 'a condition is an expression already: leave out {{ and }}' })
    : problem;

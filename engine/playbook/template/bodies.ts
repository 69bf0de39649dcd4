import type { Locals } from './locals.ts';
import { entriesOf, typeName, UseProblem } from './python.ts';
import type { Statement, Targets } from './syntax.ts';

/** Gives the names of a loop their values for one round. */
export function bindTargets(targets: Targets, item: unknown, locals: Locals): void {
  const [only] = targets;
  if (targets.length === 1 && typeof only === 'string') {
    locals.set(only, item);
    return;
  }
  const parts = Array.isArray(item) ? item : entriesOf(item)?.map(([key]) => key);
  if (parts?.length !== targets.length)
    throw new UseProblem(`the loop takes ${targets.length} values at a time, and this is ${typeName(item)}`);
  targets.forEach((name, index) => {
    bindTargets(typeof name === 'string' ? [name] : name, parts[index], locals);
  });
}

/** The blocks of a template, wherever they stand in it. */
export function* blocksOf(body: readonly Statement[]): Generator<Extract<Statement, { kind: 'block' }>> {
  for (const statement of body) {
    if (statement.kind === 'block') yield statement;
    if (statement.kind === 'if') {
      for (const branch of statement.branches) yield* blocksOf(branch.body);
      yield* blocksOf(statement.otherwise);
    } else if ('body' in statement) yield* blocksOf(statement.body);
  }
}

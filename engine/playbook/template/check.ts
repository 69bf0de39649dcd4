import { nearest } from '../../problem.ts';
import { short } from './apply.ts';
import { LOOKUPS, unknownLookup } from './lookups.ts';
import { UseProblem } from './python.ts';
import { FILTERS, TESTS } from './tables.ts';

interface Written {
  kind?: string;
  name?: string;
  at?: number;
  [member: string]: unknown;
}

/** Filters, tests and lookups that do not exist, found before anything is evaluated. */
export function* unknownNames(tree: unknown): Generator<UseProblem> {
  if (typeof tree !== 'object' || tree === null) return;
  if (Array.isArray(tree)) {
    for (const item of tree) yield* unknownNames(item);
    return;
  }
  const node = tree as Written;
  const problem = problemOf(node);
  if (problem) {
    problem.at = node.at;
    yield problem;
  }
  for (const [key, member] of Object.entries(node)) if (key !== 'kind') yield* unknownNames(member);
}

function problemOf(node: Written): UseProblem | undefined {
  const { kind, name } = node;
  if (kind === 'test' && name !== undefined && !(short(name) in TESTS)) return unknown('test', name, TESTS);
  if (typeof name === 'string' && isFilter(node) && !(short(name) in FILTERS)) return unknown('filter', name, FILTERS);
  if (kind === 'call') return lookupProblem(node);
  return undefined;
}

/** A filter of an expression, or one of a filter block's chain, which has no kind of its own. */
const isFilter = ({ kind, args, at }: Written): boolean =>
  kind === 'filter' ? args !== undefined : kind === undefined && args !== undefined && at !== undefined;

function unknown(kind: string, name: string, known: object): UseProblem {
  const problem = new UseProblem(`there is no ${kind} "${name}"`);
  const near = nearest(name, Object.keys(known));
  problem.mend = near && `did you mean "${near}"?`;
  problem.length = name.length;
  return problem;
}

function lookupProblem({ callee, args }: Written): UseProblem | undefined {
  const { kind, name } = callee as Written;
  if (kind !== 'name' || !['lookup', 'query', 'q'].includes(name ?? '')) return undefined;
  const [first] = (args as { positional: Written[] }).positional;
  if (first?.kind !== 'literal' || typeof first['value'] !== 'string') return undefined;
  return short(first['value']) in LOOKUPS ? undefined : unknownLookup(first['value']);
}

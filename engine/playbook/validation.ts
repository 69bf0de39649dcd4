import { defineController } from '../module.ts';
import { isMapping, type Mapping, type Value } from '../value.ts';
import { checkRoleArguments } from './argspec.ts';
import type { Task } from './model.ts';
import { scalarAt } from './reading.ts';
import type { Around } from './task.ts';
import { type Node, placeOf } from './yaml.ts';

/** The task that Ansible puts before those of a role that has an argument spec. */
export function validation(spec: Mapping, entry: string, at: Node, around: Around): Task {
  const { keywords, folder } = around;
  const about = typeof spec['short_description'] === 'string' ? ` - ${spec['short_description']}` : '';
  return {
    kind: 'task',
    at: placeOf(at),
    moduleAt: placeOf(at),
    folder,
    name: scalarAt(at, `Validating arguments against arg spec '${entry}'${about}`),
    keywords: { ...keywords, tags: [...keywords.tags, scalarAt(at, 'always')] },
    module: 'validate_argument_spec',
    spec: validator(spec, Object.keys(keywords.role?.params ?? {})),
  };
}

/** `given`: what the role is given as parameters, which must all be in the spec; variables need not be. */
function validator(spec: Mapping, given: readonly string[]): Task['spec'] {
  const options: Value | undefined = spec['options'];
  const names = new Set([...(isMapping(options) ? Object.keys(options) : []), ...given]);
  return defineController<Record<string, never>>({
    name: 'validate_argument_spec',
    description: "Checks a role's variables against its argument spec.",
    schema: { type: 'object', additionalProperties: false, properties: {} },
    setsNothing: true,
    async evaluate(_args, evaluator) {
      const values: Mapping = {};
      for (const name of names) {
        if (evaluator.holds(`${name} is defined`)) values[name] = evaluator.evaluate(name);
      }
      const problems = checkRoleArguments(spec, values, given);
      return problems.length === 0
        ? { returns: { msg: 'The arg spec validation passed' } }
        : { failed: `Validation of arguments failed: ${problems.map((problem) => problem.what).join('; ')}` };
    },
  });
}

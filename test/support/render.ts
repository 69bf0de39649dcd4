import { createExpressions } from '../../engine/playbook/template/engine.ts';
import { parseYaml } from '../../engine/playbook/yaml.ts';
import { formatProblem, Problem } from '../../engine/problem.ts';
import type { Mapping, Value } from '../../engine/value.ts';

/** A scope of plain variables. `given` names are values that came from a host, which are never rendered. */
export function scopeOf(variables: Mapping, folders: string[] = [], given: readonly string[] = []) {
  return {
    lookup: (name: string) => {
      const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
      return value === undefined ? undefined : { value, template: !given.includes(name) };
    },
    names: () => Object.keys(variables),
    cache: new Map<string, Value>(),
    paths: { folders },
  };
}

/** What a template renders to. */
export const render = (template: string, variables: Mapping = {}, folders: string[] = []): Value =>
  createExpressions().render(template, scopeOf(variables, folders));

/** A template file's text, rendered. */
export const renderFile = (text: string, variables: Mapping = {}, options: Mapping = {}): string =>
  createExpressions().renderFile(text, 'test.j2', scopeOf(variables), options);

/** What is said when a YAML text's templates are rendered, or checked when there are no variables. */
export function complaint(yaml: string, variables?: Mapping): string {
  const problems: Problem[] = [];
  const node = parseYaml({ file: 'play.yml', text: yaml }, problems);
  if (!node) return problems.map(formatProblem).join('\n');
  const expressions = createExpressions();
  if (variables === undefined) return expressions.check(node).map(formatProblem).join('\n');
  try {
    return `rendered ${JSON.stringify(expressions.renderNode(node, scopeOf(variables)))}`;
  } catch (thrown) {
    if (thrown instanceof Problem) return formatProblem(thrown);
    throw thrown;
  }
}

import type { Problem } from '../problem.ts';
import type { Value } from '../value.ts';
import type { Node } from './yaml.ts';

/** Where expressions find variables. Implemented by vars.ts. */
export interface Scope {
  /** The raw value (templates not yet rendered), or undefined. */
  lookup(name: string): Found | undefined;
  names(): Iterable<string>;
  /** Rendered variables are kept here while nothing a template could see has changed. */
  readonly cache: Map<string, Value>;
  /** What lookups and file searches are relative to. */
  readonly paths: SearchPaths;
}

export interface Found {
  value: Value;
  /** False for what came from a host (facts, registered results): never rendered, whatever it holds. */
  template: boolean;
}

/** Folders searched by lookups and by `src`: the role's, then the task file's, then the playbook's. */
export interface SearchPaths {
  /** Outermost last; each is tried with its `files/`, `templates/` or `vars/` subfolder first. */
  folders: readonly string[];
  /** Whose turn it is rendered for; before it has come, no command is run on the controller. */
  turn?: { readonly come: boolean };
}

/** The one place that evaluates expressions. Every method throws a Problem placed where the template was written. */
export interface Expressions {
  /** Renders every template inside a value, at any depth. A string that is one `{{ … }}` keeps the type of the expression. */
  render(value: Value, scope: Scope, at?: Node): Value;
  /** The node's plain value, rendered. */
  renderNode(node: Node, scope: Scope): Value;
  /** Value of an expression without braces, as in `until`. */
  evaluate(expression: string, scope: Scope, at?: Node): Value;
  /** Truth of `when`, `changed_when` and so on: a boolean, or an expression without braces. */
  holds(condition: Node | string | boolean, scope: Scope): boolean;
  /** Renders a template file's text. `file` is shown in errors; includes are searched beside it and in `templates/`. */
  renderFile(text: string, file: string, scope: Scope, options?: Readonly<Record<string, unknown>>): string;
  /** True when a string holds a template. */
  isTemplate(text: string): boolean;
  /** Checks the syntax of every template in a node, before any host is touched; problems are returned. */
  check(node: Node): Problem[];
  /** The same for a template file of the controller; `shown` is how its path is printed. */
  checkFile(path: string, shown: string): Problem[];
  /** The same for a condition: an expression without braces. */
  checkCondition(node: Node): Problem[];
}

/** Whether a node holds a template, at any depth; keys of dictionaries are none. */
export function isTemplated(node: Node, expressions: Expressions): boolean {
  switch (node.kind) {
    case 'scalar':
      return typeof node.value === 'string' && node.tag === undefined && expressions.isTemplate(node.value);
    case 'list':
      return node.items.some((item) => isTemplated(item, expressions));
    case 'map':
      return node.entries.some(({ value }) => isTemplated(value, expressions));
    default:
      return node satisfies never;
  }
}

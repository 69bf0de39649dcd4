import type { Module, Property } from '../module.ts';
import { type Expressions, isTemplated } from '../playbook/expression.ts';
import { hideNode, type Node, toValue } from '../playbook/yaml.ts';
import { asProblem, type Problem } from '../problem.ts';
import { bind, type Given, LATER } from './bind.ts';
import { problemOf } from './fault.ts';
import { named } from './resolve.ts';

/**
 * Checks arguments as written, before any host is contacted: names, and types and required ones where no template is in
 * the way. A problem about the arguments as a whole has no place: the caller knows where the module's key stands.
 */
export function checkArguments(module: Module, args: Node | undefined, expressions: Expressions): Problem[] {
  try {
    if (args) hideSecrets({ properties: module.schema.properties }, args);
    const given = written(module, args, expressions);
    return given ? bind(module, given, args).faults.map((fault) => problemOf(fault, args)) : [];
  } catch (thrown) {
    return [asProblem(thrown)];
  }
}

/** Keeps out of the lines that problems show what the schema calls secret, by whatever name. */
function hideSecrets({ secret, properties, items }: Partial<Property>, node: Node): void {
  if (secret) hideNode(node);
  else if (node.kind === 'list' && items) for (const item of node.items) hideSecrets(items, item);
  if (node.kind !== 'map' || !properties) return;
  for (const { key, value } of node.entries) {
    const spelt = Object.entries(properties).find(
      ([name, one]) => name === key.text || one.aliases?.includes(key.text),
    );
    if (spelt) hideSecrets(spelt[1], value);
  }
}

/** The arguments with what is not known yet marked; undefined when nothing is known. */
function written(
  module: Module,
  args: Node | undefined,
  expressions: Expressions,
): Iterable<readonly [string, Given]> | undefined {
  if (args?.kind === 'map') {
    return args.entries.map(({ key, value }) => [key.text, isTemplated(value, expressions) ? LATER : toValue(value)]);
  }
  if (args && isTemplated(args, expressions)) {
    // A text that is one template may come to a dictionary; one with keys names them already.
    if (args.kind !== 'scalar' || !/^\s*[a-z_]+=/.test(args.text)) return undefined;
    const entries = Object.entries(named(module, args.text, args));
    return entries.map(([name, value]) => [name, expressions.isTemplate(String(value)) ? LATER : value]);
  }
  return Object.entries(named(module, args && toValue(args), args));
}

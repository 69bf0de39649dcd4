import type { Module } from '../module.ts';
import type { Node } from '../playbook/yaml.ts';
import { isMapping, type Value } from '../value.ts';
import { argumentsOf } from './names.ts';

/**
 * A task's arguments with the defaults of its module for those that are not given. Undefined where that is seen only when
 * the arguments, or the defaults, are rendered.
 */
export function withDefaults(args: Node | undefined, defaults: Node, module: Module): Node | undefined {
  if (defaults.kind !== 'map') return undefined;
  if (args === undefined) return defaults;
  if (args.kind !== 'map') return undefined;
  const ownName = spellingsOf(module);
  const given = new Set(args.entries.map(({ key }) => ownName(key.text)));
  return {
    ...args,
    entries: [...args.entries, ...defaults.entries.filter(({ key }) => !given.has(ownName(key.text)))],
  };
}

/** What withDefaults does, of arguments and defaults that are rendered. */
export function withDefaultValues(args: Value | undefined, defaults: Value, module: Module): Value | undefined {
  if (!isMapping(defaults) || (args !== undefined && args !== null && !isMapping(args))) return args;
  const ownName = spellingsOf(module);
  const given = new Set(Object.keys(args ?? {}).map(ownName));
  const missing = Object.entries(defaults).filter(([name]) => !given.has(ownName(name)));
  return { ...args, ...Object.fromEntries(missing) };
}

/** The own name of an argument, for every spelling of it. */
function spellingsOf(module: Module): (spelling: string) => string {
  const { bySpelling } = argumentsOf(module);
  return (spelling) => bySpelling.get(spelling)?.name ?? spelling;
}

import type { Module, Property } from '../module.ts';
import { isMapping, type Value } from '../value.ts';
import type { Node } from './yaml.ts';

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
function spellingsOf({ schema }: Module): (spelling: string) => string {
  const properties: Readonly<Record<string, Property>> = schema.properties;
  const names = new Map(
    Object.entries(properties).flatMap(([name, { aliases = [] }]) =>
      [name, ...aliases].map((one) => [one, name] as const),
    ),
  );
  return (spelling) => names.get(spelling) ?? spelling;
}

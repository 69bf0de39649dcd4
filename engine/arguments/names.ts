import type { Module, Property } from '../module.ts';

/** One argument a module takes. */
export interface Argument {
  name: string;
  property: Property;
  required: boolean;
}

/** What is asked of a schema for each task, worked out once for each module. */
export interface Arguments {
  byName: ReadonlyMap<string, Argument>;
  /** Every spelling, aliases included, to its argument. */
  bySpelling: ReadonlyMap<string, Argument>;
  /** Those whose values must never be printed. */
  secret: readonly string[];
  exclusive: readonly (readonly string[])[];
  oneOf: readonly (readonly string[])[];
  /** Takes arguments that the schema does not name. */
  any: boolean;
}

const known = new WeakMap<Module, Arguments>();

/** The arguments of a module. */
export function argumentsOf(module: Module): Arguments {
  const found = known.get(module) ?? read(module);
  known.set(module, found);
  return found;
}

function read(module: Module): Arguments {
  const { schema } = module;
  const required = new Set<string>(schema.required ?? []);
  const properties = Object.entries<Property>(schema.properties);
  const byName = new Map(
    properties.map(([name, property]) => [name, { name, property, required: required.has(name) }]),
  );
  const bySpelling = new Map<string, Argument>(byName);
  for (const argument of byName.values()) {
    for (const alias of argument.property.aliases ?? []) bySpelling.set(alias, argument);
  }
  return {
    byName,
    bySpelling,
    secret: properties.flatMap(([name, property]) => (property.secret ? [name] : [])),
    exclusive: schema.mutuallyExclusive ?? [],
    oneOf: schema.requiredOneOf ?? [],
    any: module.kind === 'controller' && module.anyArgument === true,
  };
}

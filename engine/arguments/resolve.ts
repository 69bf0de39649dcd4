import type { Module } from '../module.ts';
import { type Node, placeOf } from '../playbook/yaml.ts';
import { Problem } from '../problem.ts';
import { isMapping, type Mapping, type Value, withoutOmitted } from '../value.ts';
import { bind } from './bind.ts';
import { problemOf, takes, type Written } from './fault.ts';
import { parseKeyValue } from './keyvalue.ts';
import { argumentsOf } from './names.ts';

/**
 * Rendered arguments as the module takes them: aliases resolved, Ansible's conversions made (yes → true, "a,b" → list),
 * defaults filled, checked. Throws a Problem placed at the argument, or where `written` says.
 */
export function resolveArguments(
  module: Module,
  rendered: Value | undefined,
  args: Node | undefined,
  written?: Written,
): Mapping {
  const given = rendered === undefined ? rendered : withoutOmitted(rendered);
  const { values, faults } = bind(module, Object.entries(named(module, given, args)), args);
  const [first, ...others] = faults.map((fault) => problemOf(fault, args, written));
  if (first) throw new Problem({ ...first.parts(), details: others.map(({ what }) => `also: ${what}`) });
  const resolved: Mapping = {};
  for (const [name, value] of values) if (typeof value !== 'symbol') resolved[name] = value;
  for (const { name, property } of argumentsOf(module).byName.values()) {
    if (resolved[name] === undefined && property.default !== undefined) resolved[name] = property.default;
  }
  return resolved;
}

/** Arguments by name, however they were given: a dictionary, `key=value` text, or a text that stands for one argument. */
export function named(module: Module, given: Value | undefined, args: Node | undefined): Mapping {
  if (given === undefined || given === null || given === '') return {};
  if (isMapping(given)) return freed(module, given);
  const { freeForm } = module;
  if (typeof given === 'string') return freed(module, parseKeyValue(given, freeForm ? options(module) : undefined));
  throw new Problem({
    code: 'wrong-argument',
    what: `${module.name} takes arguments by name, not ${Array.isArray(given) ? 'a list' : `the value ${String(given)}`}`,
    mend: takes(module),
    at: args && placeOf(args),
  });
}

const options = (module: Module): string[] =>
  [...argumentsOf(module).bySpelling.keys()].filter((name) => name !== module.freeForm);

/** Text without a key goes under the argument it stands for. */
function freed(module: Module, given: Mapping): Mapping {
  if (given['_raw_params'] === undefined || !module.freeForm) return given;
  const { _raw_params: raw, ...rest } = given;
  return { [module.freeForm]: raw, ...rest };
}

/** Values of the arguments that must never be printed. */
export function secretValues(module: Module, args: Mapping): string[] {
  return argumentsOf(module).secret.flatMap((name) => {
    const value = args[name];
    return typeof value === 'string' ? [value] : [];
  });
}

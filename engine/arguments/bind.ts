import type { Module } from '../module.ts';
import type { Node } from '../playbook/yaml.ts';
import { nearest } from '../problem.ts';
import type { Value } from '../value.ts';
import { convert } from './convert.ts';
import { either, type Fault, takes, walk } from './fault.ts';
import { type Arguments, argumentsOf } from './names.ts';

/** Stands for a value that is not known yet, because a template is in the way. */
export const LATER = Symbol('later');

export type Given = Value | typeof LATER;

/** Arguments by the schema's own names, and all that is wrong with them. Without defaults. */
export interface Bound {
  values: Map<string, Given>;
  faults: Fault[];
}

/** Gives each argument its schema's name and type. Null is an argument that was not given. */
export function bind(module: Module, given: Iterable<readonly [string, Given]>, args: Node | undefined): Bound {
  const known = argumentsOf(module);
  const bound: Bound = { values: new Map(), faults: [] };
  for (const [spelling, value] of given) {
    const argument = known.bySpelling.get(spelling);
    if (!argument && known.any) bound.values.set(spelling, value);
    else if (!argument) bound.faults.push(unknown(module, known, spelling, value, args));
    else if (value === LATER) bound.values.set(argument.name, LATER);
    else if (value !== null) {
      const path = [spelling];
      const journey = { module: module.name, path, node: args && walk(args, path), faults: bound.faults };
      bound.values.set(argument.name, convert(argument.property, value, journey));
    }
  }
  bound.faults.push(...together(module, known, bound.values));
  return bound;
}

function unknown(module: Module, known: Arguments, name: string, value: Given, args: Node | undefined): Fault {
  const { bySpelling } = known;
  if (name === '_raw_params') {
    const what = `${module.name} takes arguments by name, not a bare text`;
    return { code: 'unknown-argument', path: [name], what, mend: unquoted(String(value), args) ?? takes(module) };
  }
  const near = nearest(name, bySpelling.keys());
  return {
    code: 'unknown-argument',
    path: [name],
    key: true,
    what: `${module.name} has no argument "${name}"`,
    mend: near ? `did you mean "${near}"? ${takes(module)}` : takes(module),
  };
}

/** `msg=hello world`, where the value should have been quoted. */
function unquoted(raw: string, args: Node | undefined): string | undefined {
  const node = args && walk(args, ['_raw_params']);
  const text = (node?.kind === 'scalar' && node.within?.node.text) || '';
  const [, key, begun] = /(?:^|\s)(\w+)=([^\s"'{]+)\s+$/.exec(text.slice(0, text.indexOf(raw))) ?? [];
  return key && `quote a value that holds spaces: ${key}="${begun} ${raw}"`;
}

/** What is wrong with the arguments as a set. */
function together(module: Module, known: Arguments, values: ReadonlyMap<string, Given>): Fault[] {
  const faults: Fault[] = [];
  for (const { name, required } of known.byName.values()) {
    if (!required || values.has(name)) continue;
    faults.push({ code: 'missing-argument', path: [], what: `${module.name} needs "${name}"`, mend: takes(module) });
  }
  for (const set of known.oneOf) {
    if (set.some((name) => values.has(name))) continue;
    const what = `${module.name} needs ${either(set.map((name) => `"${name}"`))}`;
    faults.push({ code: 'missing-argument', path: [], what });
  }
  for (const set of known.exclusive) {
    // One that is not known yet may turn out to be omitted.
    const present = set.filter((name) => values.has(name) && values.get(name) !== LATER);
    if (present.length < 2) continue;
    const what = `${module.name} takes only one of ${present.map((name) => `"${name}"`).join(' and ')}`;
    faults.push({ code: 'exclusive-arguments', path: [], what });
  }
  return faults;
}

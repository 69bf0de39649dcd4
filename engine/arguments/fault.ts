import type { Module } from '../module.ts';
import type { Node } from '../playbook/yaml.ts';
import { placeOf } from '../playbook/yaml.ts';
import { type Place, Problem } from '../problem.ts';
import { isMapping, Lookup, type Value } from '../value.ts';

/** Something wrong with arguments. `path` leads to it from the arguments; empty when it is about them all. */
export interface Fault {
  code: 'unknown-argument' | 'wrong-argument' | 'missing-argument' | 'exclusive-arguments';
  path: readonly (string | number)[];
  what: string;
  why?: string | undefined;
  mend?: string | undefined;
  /** Point at the key and not at its value. */
  key?: boolean;
}

/** One argument's way through conversion: who takes it, where it stands, where faults go. */
export interface Journey {
  module: string;
  path: readonly (string | number)[];
  /** What was written there, when it is known. */
  node?: Node | undefined;
  faults: Fault[];
}

const BEFORE = 'the arguments in a file are checked before its tasks run';

/** What was written where a path of the arguments leads to; undefined where that was not written as such. */
export type Written = (path: readonly (string | number)[]) => Node | undefined;

/** The fault as a problem, placed where the argument stands; one about all arguments is left to be placed by the caller. */
export function problemOf(
  fault: Fault,
  args: Node | undefined,
  written: Written = (path) => args && walk(args, path),
): Problem {
  const { code, what, path, mend } = fault;
  const node = path.length > 0 ? written(path) : undefined;
  const templated = node?.kind === 'scalar' && node.tag === undefined && node.text.includes('{{');
  const why = fault.why ?? (templated && !fault.key ? `that is what ${node.text} comes to` : BEFORE);
  return new Problem({
    code,
    what,
    why,
    mend,
    at: args && path.length > 0 ? placeOfPath(args, fault, written) : undefined,
  });
}

function placeOfPath(args: Node, { path, key }: Fault, written: Written): Place {
  if (args.kind === 'scalar') return placeInText(args, String(path[0]));
  if (key) {
    const holder = written(path.slice(0, -1));
    const entry = holder?.kind === 'map' ? holder.entries.find((one) => one.key.text === path.at(-1)) : undefined;
    if (entry) return placeOf(entry.key);
  }
  return placeOfWritten(path, written) ?? placeOf(args);
}

/** The place of what was written there, or else of the nearest thing around it that was. */
export function placeOfWritten(path: readonly (string | number)[], written: Written): Place | undefined {
  for (let length = path.length; length > 0; length--) {
    const node = written(path.slice(0, length));
    if (node) return placeOf(node);
  }
  return undefined;
}

/** The place of a key in arguments written as one text. */
function placeInText(args: Node & { kind: 'scalar' }, key: string): Place {
  const at = new RegExp(`(?<=^|\\s)${key.replace(/[^\w]/g, '\\$&')}(?=\\s*=|$)`).exec(args.text)?.index;
  return at === undefined ? placeOf(args) : placeOf(args, at, key.length);
}

/** The node a path leads to, or undefined when the arguments were not written that way. */
export function walk(node: Node, path: readonly (string | number)[]): Node | undefined {
  let here: Node | undefined = node;
  for (const step of path) {
    if (here?.kind === 'list') here = here.items[Number(step)];
    else if (here?.kind === 'map') here = here.entries.find(({ key }) => key.text === step)?.value;
    else return undefined;
  }
  return here;
}

/** `a, b or c`. */
export function either(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** A value as a message shows it: short, and nothing of what is inside a container. */
export function shownValue(value: Value): string {
  if (Array.isArray(value)) return 'a list';
  if (value === null) return 'nothing';
  if (isMapping(value) || value instanceof Lookup) return 'a dictionary';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…"` : text;
}

/** What is wrong with a name nobody knows. */
export function takes(module: Module): string {
  const names = Object.keys(module.schema.properties);
  return names.length === 0 ? `${module.name} takes no arguments` : `${module.name} takes ${names.join(', ')}`;
}

import { mappingOf, membersOf } from './keys.ts';
import { Numeral } from './numeral.ts';

export { type Key, keepOrder, keyOf, keysOf, mappingOf, membersOf } from './keys.ts';
export { BigInteger, Float, Numeral } from './numeral.ts';

/** A value of the playbook language: what YAML, JSON and facts are made of. */
export type Value = null | boolean | number | string | Numeral | Value[] | Mapping | Lookup;

/** A dictionary of the playbook language. Keys keep the order in which they were written. */
export type Mapping = { [key: string]: Value };

/** A dictionary whose members are worked out when they are asked for, such as `hostvars` or `vars`. */
export abstract class Lookup {
  /** The member, or undefined when there is none. */
  abstract get(key: string): Value | undefined;
  abstract keys(): string[];
}

const verbatim = new WeakMap<object, Set<string>>();

/** Notes that a member of a mapping is text as it stands (`!unsafe`) and never a template. */
export function keepVerbatim(mapping: Mapping, key: string): void {
  const keys = verbatim.get(mapping) ?? new Set();
  verbatim.set(mapping, keys.add(key));
}

/** Whether a member of a mapping is text as it stands. */
export const isVerbatim = (mapping: Mapping, key: string): boolean => verbatim.get(mapping)?.has(key) ?? false;

/** Gives a mapping the variables of others, later ones over earlier ones; what is text as it stands stays so. */
export function assignVars(target: Mapping, ...sources: readonly Mapping[]): Mapping {
  for (const source of sources) {
    for (const [key, value] of Object.entries(source)) {
      target[key] = value;
      if (isVerbatim(source, key)) keepVerbatim(target, key);
      else verbatim.get(target)?.delete(key);
    }
  }
  return target;
}

/** True for a plain dictionary: not a list, not null, not a Lookup. */
export function isMapping(value: unknown): value is Mapping {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Lookup) &&
    !(value instanceof Numeral)
  );
}

const TRUE = ['y', 'yes', 'on', 'true', 't', '1', '1.0'];
const FALSE = ['n', 'no', 'off', 'false', 'f', '0', '0.0'];

/** Ansible's words for true and false, which it takes in any case. */
export const TRUTH_WORDS: readonly string[] = [...TRUE, ...FALSE];

/** What Ansible reads as a truth value: one itself, or a word or number for it. Undefined for all else. */
export function readTruth(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string' && typeof value !== 'number' && !(value instanceof Numeral)) return undefined;
  const word = String(value).trim().toLowerCase();
  return TRUE.includes(word) ? true : FALSE.includes(word) ? false : undefined;
}

/** Leaves an argument out, as Ansible's `omit`: text, since templates may pass it on. */
export const OMIT = '__omit_place_holder__mesh_play__';

/** The value without members and items that are omitted. */
export function withoutOmitted(value: Value): Value {
  if (Array.isArray(value)) return value.filter((item) => item !== OMIT).map(withoutOmitted);
  if (!isMapping(value)) return value;
  const kept = membersOf(value).filter(([, member]) => member !== OMIT);
  return mappingOf(kept.map(([key, member]) => [key, withoutOmitted(member)] as const));
}

/** A value of the playbook language: what YAML, JSON and facts are made of. */
export type Value = null | boolean | number | string | Value[] | Mapping | Lookup;

/** A dictionary of the playbook language. Keys keep the order in which they were written. */
export type Mapping = { [key: string]: Value };

/** A dictionary whose members are worked out when they are asked for, such as `hostvars` or `vars`. */
export abstract class Lookup {
  /** The member, or undefined when there is none. */
  abstract get(key: string): Value | undefined;
  abstract keys(): string[];
}

/** True for a plain dictionary: not a list, not null, not a Lookup. */
export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Lookup);
}

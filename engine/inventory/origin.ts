import { type Node, nodeOf, placeOf } from '../playbook/yaml.ts';
import type { Place } from '../problem.ts';
import type { Value } from '../value.ts';

/** One value given to a variable in an inventory source. */
export interface Assignment {
  key: string;
  value: Value;
  /** Absent for what no file says, such as variables added at run time. */
  node?: Node;
}

const written = new WeakMap<object, Map<string, Assignment[]>>();

/** Remembers which assignments a mapping of variables was made of, in the order they were made. */
export function rememberOrigins(mapping: object, assignments: readonly Assignment[]): void {
  const byKey = new Map<string, Assignment[]>();
  for (const assignment of assignments) {
    const earlier = byKey.get(assignment.key);
    if (earlier) earlier.push(assignment);
    else byKey.set(assignment.key, [assignment]);
  }
  written.set(mapping, byKey);
}

/** Where a variable of a mapping was written, in an INI or a YAML file. */
export function originOf(mapping: object, key: string): Place | undefined {
  const node = originNode(mapping, key);
  return node && placeOf(node);
}

/** The node a variable of a mapping was read from; an INI value is a plain scalar. */
export function originNode(mapping: object, key: string): Node | undefined {
  return written.get(mapping)?.get(key)?.at(-1)?.node ?? nodeOf(mapping, key);
}

/** Values the same sources gave to a variable before the one that counts, oldest first. */
export function overriddenIn(mapping: object, key: string): readonly Assignment[] {
  return written.get(mapping)?.get(key)?.slice(0, -1) ?? [];
}

import { type Node, placeOf } from '../playbook/yaml.ts';
import { type Place, Problem } from '../problem.ts';
import type { Assignment } from './origin.ts';

/** A group while the sources are read and after. */
export interface TreeGroup {
  name: string;
  hosts: Set<TreeHost>;
  children: Set<TreeGroup>;
  parents: Set<TreeGroup>;
  vars: Assignment[];
  priority: number;
  depth: number;
}

/** A host while the sources are read and after. */
export interface TreeHost {
  name: string;
  /** Groups it is directly in. */
  groups: Set<TreeGroup>;
  vars: Assignment[];
  implicit: boolean;
}

const LOCALHOST = new Set(['localhost', '127.0.0.1', '::1']);

/** True for the names that mean this machine when the inventory has no such host. */
export function isLocalName(name: string): boolean {
  return LOCALHOST.has(name);
}

/** Groups and hosts as the sources declare them, one after the other. */
export class Tree {
  readonly groups = new Map<string, TreeGroup>();
  readonly hosts = new Map<string, TreeHost>();
  /** The first host declared under one of the names of this machine. */
  localhost: TreeHost | undefined;
  /** Grows when anything changes, so that what was worked out from the tree can be forgotten. */
  version = 0;

  constructor() {
    this.link(this.group('all'), this.group('ungrouped'));
  }

  /** The group of that name, declared if need be. */
  group(name: string): TreeGroup {
    const known = this.groups.get(name);
    if (known) return known;
    const group: TreeGroup = {
      name,
      hosts: new Set(),
      children: new Set(),
      parents: new Set(),
      vars: [],
      priority: 1,
      depth: 0,
    };
    this.groups.set(name, group);
    this.version++;
    return group;
  }

  /** The host of that name, declared with these variables if need be. */
  host(name: string, firstVars: () => Assignment[]): TreeHost {
    const known = this.hosts.get(name);
    if (known) return known;
    const host: TreeHost = { name, groups: new Set(), vars: firstVars(), implicit: false };
    this.hosts.set(name, host);
    if (isLocalName(name)) this.localhost ??= host;
    this.version++;
    return host;
  }

  join(group: TreeGroup, host: TreeHost): void {
    if (group.hosts.has(host)) return;
    group.hosts.add(host);
    host.groups.add(group);
    this.version++;
  }

  /** Makes a group a child of another. Answers with a Problem, and changes nothing, when that would close a loop. */
  link(parent: TreeGroup, child: TreeGroup, at?: Place): Problem | undefined {
    if (parent.children.has(child)) return undefined;
    const chain = pathDown(child, parent);
    if (chain) return loopProblem([parent, ...chain], at);
    parent.children.add(child);
    child.parents.add(parent);
    this.version++;
    return undefined;
  }

  /** Sets a variable of a group; `ansible_group_priority` is a property of the group and no variable. */
  setGroupVar(group: TreeGroup, assignment: Assignment): Problem | undefined {
    if (assignment.key !== 'ansible_group_priority') {
      group.vars.push(assignment);
      return undefined;
    }
    const priority = Number(assignment.value);
    if (typeof assignment.value === 'boolean' || !Number.isInteger(priority)) return priorityProblem(group, assignment);
    group.priority = priority;
    return undefined;
  }

  /** Puts every group under `all` and every lone host in `ungrouped`, and works out how deep each group is. */
  reconcile(): void {
    const all = this.group('all');
    const ungrouped = this.group('ungrouped');
    for (const group of this.groups.values()) {
      if (group !== all && group.parents.size === 0) this.link(all, group);
    }
    for (const host of this.hosts.values()) {
      const elsewhere = [...host.groups].some((group) => group !== all && group !== ungrouped);
      if (!elsewhere) this.join(ungrouped, host);
      else if (host.groups.delete(ungrouped)) ungrouped.hosts.delete(host);
    }
    this.#measure(all);
  }

  /** Depth is the longest way down from `all`. */
  #measure(all: TreeGroup): void {
    for (const group of this.groups.values()) group.depth = 0;
    let level = new Set([all]);
    for (let depth = 1; level.size > 0; depth++) {
      const next = new Set<TreeGroup>();
      for (const group of level) for (const child of group.children) next.add(child);
      for (const child of next) child.depth = depth;
      level = next;
    }
  }
}

/** Every group above these, the groups themselves included. */
export function withAncestors(groups: Iterable<TreeGroup>): Set<TreeGroup> {
  const found = new Set(groups);
  // A Set hands out what is added while it is walked.
  for (const group of found) for (const parent of group.parents) found.add(parent);
  return found;
}

/** A group and all below it, level by level. */
export function withDescendants(group: TreeGroup): Set<TreeGroup> {
  const found = new Set([group]);
  for (const member of found) for (const child of member.children) found.add(child);
  return found;
}

function pathDown(from: TreeGroup, to: TreeGroup, seen = new Set<TreeGroup>()): TreeGroup[] | undefined {
  if (from === to) return [from];
  for (const child of from.children) {
    if (seen.has(child)) continue;
    seen.add(child);
    const rest = pathDown(child, to, seen);
    if (rest) return [from, ...rest];
  }
  return undefined;
}

function loopProblem(chain: TreeGroup[], at: Place | undefined): Problem {
  const names = chain.map((group) => group.name);
  return new Problem({
    code: 'group-loop',
    at,
    what: `group "${names[1]}" cannot be a child of "${names[0]}": ${names.join(' > ')} is a loop`,
    mend: `remove "${names[1]}" from the children of "${names[0]}"`,
  });
}

function priorityProblem(group: TreeGroup, assignment: Assignment): Problem {
  const node: Node | undefined = assignment.node;
  return new Problem({
    code: 'group-priority',
    at: node && placeOf(node),
    what: `ansible_group_priority of group "${group.name}" is not a whole number: ${JSON.stringify(assignment.value)}`,
  });
}

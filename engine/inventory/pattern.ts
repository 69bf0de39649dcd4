import { globRegex, isGlob } from '../glob.ts';
import { nearest, type Place, Problem } from '../problem.ts';
import type { Host, Inventory } from './host.ts';
import { readLimit } from './limit.ts';
import { pythonRegex } from './regex.ts';
import { splitPattern, splitSubscript, subscript } from './split.ts';
import { isLocalName } from './tree.ts';

type Searched = Pick<Inventory, 'hosts' | 'groups' | 'hostsOf' | 'host'>;

/** What a pattern selected, and its parts that selected nothing. */
export interface Match {
  hosts: Host[];
  unknown: string[];
}

/** Evaluates a host pattern, cut down to `limit` when given. */
export function matchPattern(inventory: Searched, pattern: string | string[], limit?: string): Match {
  const unknown: string[] = [];
  const hosts = evaluate(inventory, splitPattern(pattern), unknown);
  const limits = limit === undefined ? [] : readLimit(limit);
  if (limits.length === 0) return { hosts, unknown };
  const kept = new Set(evaluate(inventory, limits, unknown));
  return { hosts: hosts.filter((host) => kept.has(host)), unknown };
}

/** The problem of a pattern that names nothing the inventory has. */
export function unknownPattern(inventory: Searched, pattern: string, at?: Place): Problem {
  const name = pattern.replace(/^[!&]/, '');
  const meant = nearest(name, [...inventory.groups.keys(), ...inventory.hosts.keys()]);
  return new Problem({
    code: 'unknown-host',
    at,
    what: `"${name}" is no host and no group of the inventory`,
    mend: meant ? `did you mean "${meant}"?` : 'add it to the inventory, or name another with -i',
  });
}

/** Unions first, then intersections, then exclusions, whatever order they were written in; as Ansible does. */
function evaluate(inventory: Searched, parts: readonly string[], unknown: string[]): Host[] {
  const regular = parts.filter((part) => !/^[!&]/.test(part));
  let selected = new Set<Host>();
  for (const part of regular.length > 0 ? regular : ['all']) {
    // What is exactly a host means the host, even where a group has the same name.
    const plain = inventory.hosts.get(part);
    if (plain) selected.add(plain);
    else for (const host of select(inventory, part, unknown)) selected.add(host);
  }
  for (const part of parts.filter((each) => each.startsWith('&'))) {
    const wanted = new Set(select(inventory, part.slice(1), unknown));
    selected = new Set([...selected].filter((host) => wanted.has(host)));
  }
  for (const part of parts.filter((each) => each.startsWith('!'))) {
    const left = part.slice(1);
    // To leave out what a search finds is no mistake where there is nothing to find.
    for (const host of select(inventory, left, isSearch(left) ? [] : unknown)) selected.delete(host);
  }
  return [...selected];
}

function select(inventory: Searched, part: string, unknown: string[]): Host[] {
  const { expression, index } = splitSubscript(part);
  const hosts = enumerate(inventory, expression, unknown);
  return index && hosts.length > 0 ? subscript(hosts, index, part) : hosts;
}

function enumerate(inventory: Searched, expression: string, unknown: string[]): Host[] {
  const found: Host[] = [];
  const groups = matching(inventory.groups, expression);
  for (const group of groups) {
    for (const name of inventory.hostsOf(group)) push(found, inventory.hosts.get(name));
  }
  if (groups.length === 0 || /^~|[.?*[]/.test(expression)) {
    for (const name of matching(inventory.hosts, expression)) push(found, inventory.hosts.get(name));
  }
  if (found.length === 0 && isLocalName(expression)) push(found, inventory.host(expression));
  if (found.length === 0 && groups.length === 0 && expression !== 'all') unknown.push(expression);
  return found;
}

const isSearch = (expression: string): boolean => isGlob(expression) || expression.startsWith('~');

function matching(names: ReadonlyMap<string, unknown>, expression: string): string[] {
  // A plain word matches only itself: no need to try ten thousand names.
  if (!isSearch(expression)) return names.has(expression) ? [expression] : [];
  const regex = expression.startsWith('~') ? pythonRegex(expression.slice(1)) : globRegex(expression, 'host pattern');
  return [...names.keys()].filter((name) => regex.test(name));
}

function push(hosts: Host[], host: Host | undefined): void {
  if (host) hosts.push(host);
}

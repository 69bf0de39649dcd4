import { resolve } from 'node:path';
import { shownJson, writeJson } from '../json.ts';
import { type Node, placeOf } from '../playbook/yaml.ts';
import { HIDDEN } from '../secretnames.ts';
import { isMapping, type Mapping, type Value } from '../value.ts';
import type { Host, Inventory, VarSource } from './host.ts';
import { mask } from './mask.ts';
import { originNode, overriddenIn } from './origin.ts';

/** One value a variable was given, with where. */
interface Given {
  value: Value;
  node: Node | undefined;
  source: VarSource;
}

// What Ansible too leaves out: nobody wrote these.
const INTERNAL = new Set(['inventory_file', 'inventory_dir']);

/** All groups, hosts and variables as JSON, in the form of `ansible-inventory --list`. */
export function showList(inventory: Inventory, playbookFolder?: string): string {
  const hostvars: Mapping = {};
  for (const host of inventory.hosts.values()) {
    const vars = shownVars(inventory, host, playbookFolder);
    if (Object.keys(vars).length > 0) hostvars[host.name] = vars;
  }
  const list: Mapping = { _meta: { hostvars } };
  for (const group of inventory.groups.values()) {
    const children = group.children.filter((child) => child !== 'ungrouped' || !isEmpty(inventory, child));
    const hosts = group.name === 'all' ? [] : group.hosts;
    const members: Mapping = { ...(children.length > 0 && { children }), ...(hosts.length > 0 && { hosts }) };
    if (Object.keys(members).length > 0) list[group.name] = members;
  }
  return `${writeJson(sorted(list), { indent: 4, ascii: false })}\n`;
}

/** Groups as a tree, in the form of `ansible-inventory --graph`. */
export function showGraph(inventory: Inventory): string {
  const lines: string[] = [];
  const line = (name: string, depth: number): void => {
    lines.push(depth === 0 ? name : `${'  |'.repeat(depth)}--${name}`);
  };
  const walk = (name: string, depth: number): void => {
    const group = inventory.groups.get(name);
    line(`@${name}:`, depth);
    for (const child of group?.children ?? []) walk(child, depth + 1);
    if (name !== 'all') for (const host of group?.hosts ?? []) line(host, depth + 1);
  };
  walk('all', 0);
  return `${lines.join('\n')}\n`;
}

/** The variables of one host, each with where it was written and what it overrode, the latest first. */
export function showHost(inventory: Inventory, host: Host, playbookFolder?: string): string {
  const lines = [host.implicit ? `${host.name} (implicit)` : host.name];
  if (host.groups.length > 0) lines.push(`  groups: ${host.groups.join(', ')}`);
  const vars = givenTo(inventory, host, playbookFolder);
  for (const key of [...vars.keys()].sort()) {
    const [counts, ...overridden] = (vars.get(key) ?? []).reverse();
    if (!counts) continue;
    lines.push('', `${key} = ${shown(key, counts)}`, `    from ${origin(counts)}`);
    for (const given of overridden) lines.push(`    overrides ${shown(key, given)} from ${origin(given)}`);
  }
  return `${lines.join('\n')}\n`;
}

function shownVars(inventory: Inventory, host: Host, playbookFolder: string | undefined): Mapping {
  const vars: Mapping = {};
  for (const { vars: given } of inventory.sources(host, playbookFolder)) {
    for (const [key, value] of Object.entries(given)) {
      if (!INTERNAL.has(key)) vars[key] = mask(key, value, originNode(given, key));
    }
  }
  return vars;
}

/** Every value each variable was given, lowest precedence first. */
function givenTo(inventory: Inventory, host: Host, playbookFolder: string | undefined): Map<string, Given[]> {
  const found = new Map<string, Given[]>();
  for (const source of inventory.sources(host, playbookFolder)) {
    for (const [key, value] of Object.entries(source.vars)) {
      if (INTERNAL.has(key)) continue;
      const earlier = overriddenIn(source.vars, key).map((each) => ({ value: each.value, node: each.node, source }));
      const all = [...earlier, { value, node: originNode(source.vars, key), source }];
      // A file beside both the inventory and the playbook is read twice and overrides nothing.
      const places = new Set(all.map(spot));
      const before = (found.get(key) ?? []).filter((each) => each.node === undefined || !places.has(spot(each)));
      found.set(key, [...before, ...all]);
    }
  }
  return found;
}

function spot({ node }: Given): string {
  return node ? `${resolve(node.source.file)}:${node.start}` : '';
}

function origin({ node, source }: Given): string {
  const level = `${source.level} of ${source.of}`;
  if (!node) return level;
  const { file, line } = placeOf(node);
  return `${file}:${line} (${level})`;
}

function shown(key: string, { value, node }: Given): string {
  const masked = mask(key, value, node);
  return masked === HIDDEN ? masked : shownJson(masked);
}

function isEmpty(inventory: Inventory, group: string): boolean {
  const found = inventory.groups.get(group);
  return !found || (found.hosts.length === 0 && found.children.length === 0);
}

function sorted(value: Value): Value {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isMapping(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}

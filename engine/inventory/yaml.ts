import { type Entry, type MapNode, type Node, placeOf, type ScalarNode, toValue } from '../playbook/yaml.ts';
import { Problem } from '../problem.ts';
import type { Assignment } from './origin.ts';
import { addHosts, place, type Reading } from './reading.ts';
import type { TreeGroup } from './tree.ts';

/** Reads one source in Ansible's YAML form into the tree: groups at the top, each with hosts, vars and children. */
export function readYamlInventory(root: MapNode, reading: Reading): void {
  const plugin = root.entries.find((entry) => entry.key.text === 'plugin');
  if (plugin) {
    const what = `inventory plugins are not supported yet: ${text(plugin.value)}`;
    const mend = 'list the hosts in an INI or YAML file';
    reading.problems.push(new Problem({ code: 'inventory-plugin', at: placeOf(plugin.key), what, mend }));
    return;
  }
  for (const { key, value } of root.entries) readGroup(key, value, reading);
}

function readGroup(key: ScalarNode, node: Node, reading: Reading): TreeGroup | undefined {
  const name = key.text;
  if (node.kind !== 'map' && !isNull(node)) {
    reading.warn(`${place(placeOf(key))}: skipping "${name}", as this is not a valid group definition`);
    return reading.tree.groups.get(name);
  }
  if (typeof key.value !== 'string') {
    const mend = `write "${name}" in quotes`;
    problem(reading, 'group-name', `group name ${name} is not a string`, key, mend);
    return undefined;
  }
  const group = reading.tree.group(name);
  if (node.kind === 'map') for (const entry of node.entries) readSection(group, entry, reading);
  return group;
}

function readSection(group: TreeGroup, { key, value }: Entry, reading: Reading): void {
  const section = key.text;
  if (section !== 'vars' && section !== 'children' && section !== 'hosts') {
    const valid = 'only "vars", "children" and "hosts" are valid';
    reading.warn(`${place(placeOf(key))}: skipping unexpected key "${section}" in group "${group.name}", ${valid}`);
    return;
  }
  if (isNull(value)) return;
  // A lone string stands for a dictionary with one key and no value.
  const entries = value.kind === 'scalar' && typeof value.value === 'string' ? [{ key: value, value }] : undefined;
  if (value.kind !== 'map' && !entries) {
    const what = `"${section}" of group "${group.name}" must be a dictionary, and is ${kindOf(value)}`;
    const mend = value.kind === 'list' ? 'write each name with a ":" after it instead of a "-" before it' : undefined;
    problem(reading, 'inventory-structure', what, value, mend);
    return;
  }
  for (const entry of entries ?? (value as MapNode).entries) {
    readMember(group, section, entry.key, entries ? undefined : entry.value, reading);
  }
}

function readMember(
  group: TreeGroup,
  section: 'vars' | 'children' | 'hosts',
  key: ScalarNode,
  value: Node | undefined,
  reading: Reading,
): void {
  if (section === 'hosts') {
    readHost(group, key, value, reading);
  } else if (section === 'vars') {
    const found = reading.tree.setGroupVar(group, assignment(key, value));
    if (found) reading.problems.push(found);
  } else {
    const child = value ? readGroup(key, value, reading) : reading.tree.group(key.text);
    const found = child && reading.tree.link(group, child, placeOf(key));
    if (found) reading.problems.push(found);
  }
}

function readHost(group: TreeGroup, key: ScalarNode, value: Node | undefined, reading: Reading): void {
  if (typeof key.value !== 'string') {
    const mend = `write "${key.text}" in quotes`;
    problem(reading, 'host-pattern', `host name ${key.text} is not a string`, key, mend);
    return;
  }
  if (value && value.kind !== 'map' && !isNull(value)) {
    const what = `variables of host "${key.text}" must be a dictionary, and are ${kindOf(value)}`;
    problem(reading, 'inventory-structure', what, value);
    return;
  }
  const vars = value?.kind === 'map' ? value.entries.map((entry) => assignment(entry.key, entry.value)) : [];
  addHosts(reading, group, key.text, vars, () => placeOf(key));
}

function assignment(key: ScalarNode, node: Node | undefined): Assignment {
  return node ? { key: key.text, value: toValue(node), node } : { key: key.text, value: null };
}

function isNull(node: Node): boolean {
  return node.kind === 'scalar' && node.value === null;
}

function kindOf(node: Node): string {
  if (node.kind === 'list') return 'a list';
  if (node.kind === 'map') return 'a dictionary';
  return `the ${typeof node.value} ${JSON.stringify(node.value)}`;
}

function text(node: Node): string {
  return node.kind === 'scalar' ? `"${node.text}"` : kindOf(node);
}

function problem(reading: Reading, code: string, what: string, at: Node, mend?: string): void {
  reading.problems.push(new Problem({ code, what, at: placeOf(at), mend }));
}

import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { nearest } from '../problem.ts';
import { assignVars, isMapping, type Mapping, type Value } from '../value.ts';
import { readItems, within } from './items.ts';
import { inherit, varsMember } from './keywords.ts';
import type { Block, Handler, Keywords, RoleUse } from './model.ts';
import { listOf, type Reading, shownPath, textOf } from './reading.ts';
import { type Around, readHandlers } from './task.ts';
import { ROLE_OPTIONS, WORDS } from './words.ts';
import { type MapNode, member, type Node, placeOf, toValue } from './yaml.ts';

/** A role as it is asked for in one place. */
export interface RoleCall {
  name: string;
  /** Where the name stands. */
  at: Node;
  /** tasks_from, vars_from and so on. */
  options: Mapping;
  keywords: Keywords;
  params?: Mapping;
  /** Of a dependency: the parameters of the roles that depend on it. */
  above?: Mapping;
}

/** A role read in: its tasks (dependencies' first), its handlers, its variables. */
export interface ImportedRole {
  block: Block;
  /** The blocks of the dependencies and then the role's own, for a play's `roles:`. */
  blocks: Block[];
  handlers: Handler[];
  use: RoleUse;
  /** Every role read, dependencies first. */
  uses: RoleUse[];
}

const FILE_NAMES = (base: string): string[] =>
  /\.(ya?ml|json)$/.test(base) ? [base] : [`${base}.yml`, `${base}.yaml`, `${base}.json`, base];

/** Reads a role and what it depends on. Undefined when it is not there or its dependencies go in a circle. */
export function importRole(reading: Reading, call: RoleCall, around: Around): ImportedRole | undefined {
  const path = findRole(reading, call.name, around);
  if (path === undefined) {
    missingRole(reading, call, around);
    return undefined;
  }
  const marker = `role ${path}`;
  if (reading.chain.includes(marker)) {
    const from = reading.chain.slice(reading.chain.indexOf(marker)).filter((one) => one.startsWith('role '));
    const chain = [...from, marker].map((one) => one.split('/').at(-1)).join(' → ');
    reading.complain(call.at, 'role-loop', `roles depend on each other in a circle: ${chain}`);
    return undefined;
  }
  return within(reading, marker, () => readRole(reading, call, path, around));
}

function readRole(reading: Reading, call: RoleCall, path: string, around: Around): ImportedRole {
  const option = (name: string, usual = 'main'): string => textValue(call.options[name]) ?? usual;
  const dependencies = readDependencies(reading, call, path, around);
  const spec = argumentSpec(reading, path, option('tasks_from'));
  const use: RoleUse = {
    name: call.name.split('/').at(-1) ?? call.name,
    path,
    defaults: roleVars(reading, path, 'defaults', option('defaults_from')),
    vars: roleVars(reading, path, 'vars', option('vars_from')),
    params: call.params ?? {},
    ...(call.above ? { above: call.above, dependency: true } : {}),
    dependencies: dependencies.map((one) => one.use),
    ...(spec ? { argumentSpec: spec } : {}),
  };
  const keywords: Keywords = { ...call.keywords, role: use };
  const roleFolders = [path, ...dependencies.flatMap((one) => one.uses.map((used) => used.path))];
  const inside = (folder: string): Around => ({
    keywords,
    folder: join(path, folder),
    roleFolders,
    playFolder: around.playFolder,
  });
  const tasksFile = roleFile(reading, path, 'tasks', option('tasks_from'), call);
  const handlersFile = roleFile(reading, path, 'handlers', option('handlers_from'), call);
  const items = tasksFile
    ? within(reading, tasksFile, () => readItems(reading, reading.file(tasksFile), inside('tasks')))
    : [];
  const own = block(call, keywords, path, items);
  return {
    block: { ...own, block: [...dependencies.flatMap((one) => one.blocks), ...items] },
    blocks: [...dependencies.flatMap((one) => one.blocks), own],
    handlers: [
      ...dependencies.flatMap((one) => one.handlers),
      ...(handlersFile ? readHandlers(reading, reading.file(handlersFile), inside('handlers')) : []),
    ],
    use,
    uses: [...dependencies.flatMap((one) => one.uses), use],
  };
}

const textValue = (value: Value | undefined): string | undefined => (typeof value === 'string' ? value : undefined);

function block(call: RoleCall, keywords: Keywords, path: string, items: Block['block']): Block {
  return { kind: 'block', at: placeOf(call.at), keywords, folder: path, block: items, rescue: [], always: [] };
}

/** Roles stand beside the playbook in roles/, in the roles path, beside the playbook itself, or beside the role that names them. */
function findRole(reading: Reading, name: string, around: Around): string | undefined {
  const own = around.keywords.role?.path;
  const folders = [...roleFolders(reading, around), around.playFolder, ...(own ? [dirname(own)] : [])];
  return folders
    .map((folder) => resolve(folder, name))
    .find((path) => existsSync(path) && statSync(path).isDirectory());
}

/** Beside the playbook, beside its folder (as in playbooks/ and roles/), then as the user set. */
const roleFolders = (reading: Reading, { playFolder }: Around): string[] => [
  join(playFolder, 'roles'),
  join(playFolder, '..', 'roles'),
  ...reading.rolesPath,
];

function missingRole(reading: Reading, call: RoleCall, around: Around): void {
  const folders = roleFolders(reading, around).filter((folder) => existsSync(folder));
  const near = nearest(
    call.name,
    folders.flatMap((folder) => readdirSync(folder)),
  );
  reading.complain(call.at, 'missing-role', `there is no role "${call.name}"`, {
    why: `looked in ${roleFolders(reading, around).map(shownPath).join(', ')}`,
    mend: near && `did you mean "${near}"?`,
  });
}

/** A file of a role; a name that somebody wrote must be there, `main` need not. */
function roleFile(reading: Reading, path: string, kind: string, name: string, call: RoleCall): string | undefined {
  const found = reading.firstFile(
    join(path, kind),
    ...FILE_NAMES(name).filter((file) => file !== name || name !== 'main'),
  );
  if (!found && name !== 'main') {
    reading.complain(call.at, 'missing-file', `the role "${call.name}" has no ${kind} "${name}"`, {
      why: `looked in ${shownPath(join(path, kind))}`,
    });
  }
  return found;
}

/** Variables of a role: a file, or a folder of files read in the order of their names. */
function roleVars(reading: Reading, path: string, kind: string, name: string): Mapping {
  const folder = join(path, kind, name);
  const files =
    existsSync(folder) && statSync(folder).isDirectory()
      ? readdirSync(folder)
          .filter((file) => /\.(ya?ml|json)$/.test(file))
          .sort()
          .map((file) => join(folder, file))
      : [reading.firstFile(join(path, kind), ...FILE_NAMES(name).filter((file) => file !== 'main'))];
  const merged: Mapping = {};
  for (const file of files) {
    const node = file === undefined ? undefined : reading.file(file);
    if (!node) continue;
    const value = toValue(node);
    reading.templates(node);
    if (files.length === 1 && isMapping(value)) return value;
    if (isMapping(value)) assignVars(merged, value);
    else reading.complain(node, 'wrong-type', `${kind} of a role must be a dictionary of variables`);
  }
  return merged;
}

function readDependencies(reading: Reading, call: RoleCall, path: string, around: Around): ImportedRole[] {
  const file = reading.firstFile(join(path, 'meta'), 'main.yml', 'main.yaml');
  const meta = file === undefined ? undefined : reading.file(file);
  if (meta?.kind !== 'map') return [];
  const here = { ...around, keywords: { ...call.keywords, role: { path } as RoleUse } };
  return listOf(member(meta, 'dependencies')).flatMap((node) => {
    const dependency = roleEntry(reading, node, call.keywords);
    const above = assignVars({}, call.above ?? {}, call.params ?? {});
    const read = dependency && importRole(reading, { ...dependency, above }, here);
    return read ? [read] : [];
  });
}

/** An entry of `roles:` or `dependencies:`: a name, or a dictionary whose other keys are parameters. */
export function roleEntry(reading: Reading, node: Node, around: Keywords): RoleCall | undefined {
  if (node.kind === 'scalar') return { name: node.text, at: node, options: {}, keywords: around };
  const nameNode = node.kind === 'map' ? (member(node, 'role') ?? member(node, 'name')) : undefined;
  const name = textOf(nameNode);
  if (node.kind !== 'map' || name === undefined || !nameNode) {
    reading.complain(node, 'wrong-type', 'a role is a name, or a dictionary with "role:"');
    return undefined;
  }
  return {
    name,
    at: nameNode,
    options: {},
    keywords: inherit(reading, around, node, 'role_params'),
    params: params(reading, node),
  };
}

function params(reading: Reading, node: MapNode): Mapping {
  const known: readonly string[] = [...WORDS.role.has, ...WORDS.role.later];
  const own: MapNode = { ...node, entries: node.entries.filter(({ key }) => !known.includes(key.text)) };
  for (const { key } of node.entries) {
    if ((WORDS.role.later as readonly string[]).includes(key.text))
      reading.complain(key, 'not-supported', `"${key.text}" is not supported yet`);
  }
  return own.entries.length === 0
    ? {}
    : varsMember(
        reading,
        { ...node, entries: [{ key: node.entries[0]?.key as never, value: own }] },
        node.entries[0]?.key.text ?? '',
      );
}

/** The options of include_role and import_role. */
export function roleOptions(
  reading: Reading,
  node: Node,
): { target: Node | undefined; map: MapNode | undefined; values: Mapping } {
  if (node.kind !== 'map') {
    reading.complain(node, 'wrong-type', 'a role is included by name', { mend: 'write name: ROLE under it' });
    return { target: undefined, map: undefined, values: {} };
  }
  reading.keys(node, 'role include', { has: ROLE_OPTIONS, later: [] });
  const target = member(node, 'name') ?? member(node, 'role');
  if (!target) reading.complain(node, 'missing-argument', 'this include names no role', { mend: 'add name: ROLE' });
  const others = { ...node, entries: node.entries.filter(({ key }) => key.text !== 'apply') };
  const values = toValue(others);
  return { target, map: node, values: isMapping(values) ? values : {} };
}

function argumentSpec(reading: Reading, path: string, entryPoint: string): Mapping | undefined {
  const file = reading.firstFile(join(path, 'meta'), 'argument_specs.yml', 'argument_specs.yaml');
  const node = file === undefined ? undefined : reading.file(file);
  if (node?.kind !== 'map') return undefined;
  const value = toValue(node);
  const specs = isMapping(value) ? value['argument_specs'] : undefined;
  const own = isMapping(specs) ? specs[entryPoint.replace(/\.ya?ml$/, '')] : undefined;
  return isMapping(own) ? own : undefined;
}

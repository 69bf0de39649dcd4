import { basename, isAbsolute, join } from 'node:path';
import { assignVars, isMapping, type Mapping, readTruth, type Value } from '../value.ts';
import { readHandlers } from './handlers.ts';
import { within } from './includes.ts';
import { readItems } from './items.ts';
import { inherit, varsMember } from './keywords.ts';
import type { Block, Handler, Keywords, RoleUse } from './model.ts';
import { isTrue, listOf, type Reading, textOf } from './reading.ts';
import { argumentSpec, findRole, metaOf, missingRole, roleFile, roleVars } from './rolefiles.ts';
import { collectionOf, searchedIn } from './rolename.ts';
import { staticText } from './static.ts';
import type { Around } from './task.ts';
import { validation } from './validation.ts';
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
  /** Included by a task, which may be of another role, and not named by a play or as a dependency. */
  included?: boolean;
  /** What makes two uses of the role the same, so that it runs once; absent where it runs each time. */
  once?: string | undefined;
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
  reading.roleFolders.add(path);
  const dependencies = readDependencies(reading, call, path, around);
  const use: RoleUse = {
    ...named(call.name, path),
    path,
    defaults: roleVars(reading, path, 'defaults', option('defaults_from')),
    vars: roleVars(reading, path, 'vars', option('vars_from')),
    params: call.params ?? {},
    ...(call.above ? { above: call.above, dependency: true } : {}),
    ...(around.keywords.role ? { outer: searchedIn(around.keywords.role) } : {}),
    ...(call.included ? { parents: parentsOf(around.keywords.role) } : {}),
    dependencies: dependencies.map((one) => one.use),
  };
  const keywords: Keywords = { ...call.keywords, role: use };
  const roleFolders = [path, ...dependencies.flatMap((one) => one.uses.map((used) => used.path))];
  const inside = (folder: string): Around => ({ ...around, keywords, folder: join(path, folder), roleFolders });
  const tasksFile = roleFile(reading, path, 'tasks', option('tasks_from'), call);
  const handlersFile = roleFile(reading, path, 'handlers', option('handlers_from'), call);
  const entry = option('tasks_from');
  const spec = readTruth(call.options['rolespec_validate']) === false ? undefined : argumentSpec(reading, path, entry);
  const items = [
    ...(spec ? [validation(spec, entry, call.at, inside('tasks'))] : []),
    ...(tasksFile
      ? within(reading, tasksFile, () => readItems(reading, reading.file(tasksFile), inside('tasks')))
      : []),
  ];
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

/** A role of a collection has its whole name, however it was called. */
function named(called: string, path: string): Pick<RoleUse, 'name' | 'collection'> {
  const collection = collectionOf(path);
  if (collection !== undefined) return { name: `${collection}.${basename(path)}`, collection };
  return { name: isAbsolute(called) ? basename(called) : called };
}

/** The roles around an included one, nearest first. */
const parentsOf = (role: RoleUse | undefined): RoleUse[] => (role ? [role, ...(role.parents ?? [])] : []);

const textValue = (value: Value | undefined): string | undefined => (typeof value === 'string' ? value : undefined);

function block(call: RoleCall, keywords: Keywords, path: string, items: Block['block']): Block {
  const use = keywords.role as RoleUse;
  const role = { use, ...(call.once === undefined ? {} : { once: `${path} ${call.once}` }) };
  return { kind: 'block', at: placeOf(call.at), keywords, folder: path, block: items, rescue: [], always: [], role };
}

function readDependencies(reading: Reading, call: RoleCall, path: string, around: Around): ImportedRole[] {
  const meta = metaOf(reading, path);
  if (!meta) return [];
  const outer = searchedIn(around.keywords.role);
  const here = { ...around, keywords: { ...call.keywords, role: { path, outer } as Partial<RoleUse> as RoleUse } };
  return listOf(member(meta, 'dependencies')).flatMap((node) => {
    const dependency = roleEntry(reading, node, here);
    const above = assignVars({}, call.above ?? {}, call.params ?? {});
    const read = dependency && importRole(reading, { ...dependency, above }, here);
    return read ? [read] : [];
  });
}

/** An entry of `roles:` or `dependencies:`: a name, or a dictionary whose other keys are parameters. */
export function roleEntry(reading: Reading, node: Node, around: Around): RoleCall | undefined {
  const { keywords } = around;
  const nameNode = node.kind === 'map' ? (member(node, 'role') ?? member(node, 'name')) : node;
  if (node.kind === 'list' || !nameNode || textOf(nameNode) === undefined) {
    reading.complain(node, 'wrong-type', 'a role is a name, or a dictionary with "role:"');
    return undefined;
  }
  const name = staticText(reading, nameNode, around, 'name the role, or set the variable in the play or with -e');
  if (name === undefined) return undefined;
  if (node.kind === 'scalar') {
    const once = repeats(reading, name, around) ? undefined : sameness(node, {});
    return { name, at: node, options: {}, keywords, once };
  }
  const given = params(reading, node);
  const again = isTrue(member(node, 'allow_duplicates')) || repeats(reading, name, around);
  return {
    name,
    at: nameNode,
    options: {},
    keywords: inherit(reading, keywords, node, 'role_params'),
    params: given,
    once: again ? undefined : sameness(node, given),
  };
}

/** Two uses of a role are the same when these are; then it runs once on each host. */
function sameness(use: Node, params: Mapping): string {
  const own = ['when', 'tags', 'vars'].map((key) => {
    const value = use.kind === 'map' ? member(use, key) : undefined;
    return value ? toValue(value) : null;
  });
  return JSON.stringify([own, params]);
}

function repeats(reading: Reading, name: string, around: Around): boolean {
  const path = findRole(reading, name, around);
  const meta = path === undefined ? undefined : metaOf(reading, path);
  return meta !== undefined && isTrue(member(meta, 'allow_duplicates'));
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
  extra: readonly string[] = [],
): { target: Node | undefined; map: MapNode | undefined; values: Mapping } {
  if (node.kind !== 'map' || member(node, '_raw_params')) {
    reading.complain(node, 'wrong-type', 'a role is included by name', { mend: 'write name: ROLE under it' });
    return { target: undefined, map: undefined, values: {} };
  }
  reading.keys(node, 'role include', { has: ROLE_OPTIONS, later: [] }, extra);
  const target = member(node, 'name') ?? member(node, 'role');
  if (!target) reading.complain(node, 'missing-argument', 'this include names no role', { mend: 'add name: ROLE' });
  const others = { ...node, entries: node.entries.filter(({ key }) => key.text !== 'apply') };
  const values = toValue(others);
  return { target, map: node, values: isMapping(values) ? values : {} };
}

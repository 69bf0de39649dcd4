import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { nearest } from '../problem.ts';
import { assignVars, isMapping, type Mapping } from '../value.ts';
import { type Reading, shownPath } from './reading.ts';
import type { RoleCall } from './role.ts';
import { collectionOf } from './rolename.ts';
import { checkSpec } from './speccheck.ts';
import type { Around } from './task.ts';
import { type MapNode, member, type Node, toValue } from './yaml.ts';

const FILE_NAMES = (base: string): string[] =>
  /\.(ya?ml|json)$/.test(base) ? [base] : [`${base}.yml`, `${base}.yaml`, `${base}.json`, base];

/** The first of the names that is there. */
const firstFile = (folder: string, ...names: string[]): string | undefined =>
  names.map((name) => `${folder}/${name}`).find((path) => existsSync(path));

/**
 * A role of a collection is named with it, or stands beside the role of that collection that names it. Others stand beside
 * the playbook in roles/, in the roles path, beside the playbook itself, or beside the role that names them.
 */
export function findRole(reading: Reading, name: string, around: Around): string | undefined {
  const own = around.keywords.role?.path;
  const beside = own ? [dirname(own)] : [];
  const first = own !== undefined && collectionOf(own) !== undefined ? beside : [];
  const folders = [...first, ...roleFolders(reading, around), around.playFolder, ...beside];
  return [...ofCollection(reading, name, around), ...folders.map((folder) => resolve(folder, name))].find(
    (path) => existsSync(path) && statSync(path).isDirectory(),
  );
}

/** Where a role that is named with its collection, as namespace.collection.role, may be; nowhere for another. */
function ofCollection(reading: Reading, name: string, { playFolder }: Around): string[] {
  const [, namespace, collection, role = ''] = /^(\w+)\.(\w+)\.(\w+(?:\.\w+)*)$/.exec(name) ?? [];
  if (namespace === undefined || collection === undefined) return [];
  const beside = [join(playFolder, 'collections'), join(playFolder, '..', 'collections')];
  return [...beside, ...reading.folders.collections].map((folder) =>
    join(folder, 'ansible_collections', namespace, collection, 'roles', ...role.split('.')),
  );
}

/** Beside the playbook, beside its folder (as in playbooks/ and roles/), then as the user set. */
const roleFolders = (reading: Reading, { playFolder }: Around): string[] => [
  join(playFolder, 'roles'),
  join(playFolder, '..', 'roles'),
  ...reading.folders.roles,
];

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

export function missingRole(reading: Reading, call: RoleCall, around: Around): void {
  const folders = roleFolders(reading, around).flatMap(namesIn);
  const ofTheirs = ofCollection(reading, call.name, around).map(dirname).flatMap(namesIn);
  const collection = call.name.split('.').slice(0, 2).join('.');
  const near = nearest(call.name, [...folders, ...ofTheirs.map((name) => `${collection}.${name}`)]);
  reading.complain(call.at, 'missing-role', `there is no role "${call.name}"`, {
    why: `looked in ${[...ofCollection(reading, call.name, around).map(dirname), ...roleFolders(reading, around)].map(shownPath).join(', ')}`,
    mend: near && `did you mean "${near}"?`,
  });
}

/** A file of a role; a name that somebody wrote must be there, `main` need not. */
export function roleFile(
  reading: Reading,
  path: string,
  kind: string,
  name: string,
  call: RoleCall,
): string | undefined {
  const found = firstFile(join(path, kind), ...FILE_NAMES(name).filter((file) => file !== name || name !== 'main'));
  if (!found && name !== 'main') {
    reading.complain(call.at, 'missing-file', `the role "${call.name}" has no ${kind} "${name}"`, {
      why: `looked in ${shownPath(join(path, kind))}`,
    });
  }
  return found;
}

/** Variables of a role: a file, or a folder of files read in the order of their names. */
export function roleVars(reading: Reading, path: string, kind: string, name: string): Mapping {
  const folder = join(path, kind, name);
  const files =
    existsSync(folder) && statSync(folder).isDirectory()
      ? readdirSync(folder)
          .filter((file) => /\.(ya?ml|json)$/.test(file))
          .sort()
          .map((file) => join(folder, file))
      : [firstFile(join(path, kind), ...FILE_NAMES(name).filter((file) => file !== 'main'))];
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

/** A role's meta/main.yml when it has one. */
export function metaOf(reading: Reading, path: string): MapNode | undefined {
  const file = firstFile(join(path, 'meta'), 'main.yml', 'main.yaml');
  const node = file === undefined ? undefined : reading.file(file);
  return node?.kind === 'map' ? node : undefined;
}

/** What a role says about its arguments for one entry point: in a file of its own, or else in its meta/main.yml. */
export function argumentSpec(reading: Reading, path: string, entryPoint: string): Mapping | undefined {
  const file = firstFile(join(path, 'meta'), 'argument_specs.yml', 'argument_specs.yaml');
  const node: Node | undefined = file === undefined ? metaOf(reading, path) : reading.file(file);
  if (node?.kind !== 'map') return undefined;
  const under = member(node, 'argument_specs');
  const specs = under && toValue(under);
  const written = under?.kind === 'map' ? member(under, entryPoint) : undefined;
  if (written?.kind === 'map') checkSpec(reading, member(written, 'options'));
  const own = isMapping(specs) ? specs[entryPoint] : undefined;
  return isMapping(own) ? own : undefined;
}

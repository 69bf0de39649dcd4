import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { type Mapping, readTruth } from '../value.ts';
import { readItems } from './items.ts';
import { inherit } from './keywords.ts';
import { readLoop } from './loop.ts';
import type { Include, Item, Keywords } from './model.ts';
import { type Reading, scalarAt, shownPath, textOf } from './reading.ts';
import { importRole, type RoleCall, roleOptions } from './role.ts';
import { findRole } from './rolefiles.ts';
import { isUnconditional, maySkip } from './scene.ts';
import { staticText } from './static.ts';
import { type Around, argumentsOf, registerOf } from './task.ts';
import { ROLE_OPTIONS, shortName, WORDS } from './words.ts';
import { type Entry, type MapNode, member, type Node, placeOf } from './yaml.ts';

/** What an include's own keywords do not do: `when`, `tags` and the like of a dynamic include are its own alone. */
function innerKeywords(
  around: Keywords,
  own: Keywords,
  map: MapNode,
  level: 'include_params' | 'role_params',
): Keywords {
  const layer = own.vars.at(-1);
  const added =
    member(map, 'vars') && layer && own.vars.length > around.vars.length ? [{ level, vars: layer.vars }] : [];
  return { ...around, vars: [...around.vars, ...added] };
}

/** An include that is worked out at run time; what it names is read already where that is known. */
export function readInclude(
  reading: Reading,
  map: MapNode,
  entry: Entry,
  kind: Include['kind'],
  around: Around,
  extra: readonly string[] = [],
): Include {
  refuseIgnored(reading, map, entry, WORDS.include, 'put it on what is included, or under apply:', extra);
  const own = inherit(reading, around.keywords, map, 'task');
  const written = argumentsOf(reading, map, entry.value) ?? entry.value;
  const options =
    kind === 'include_role'
      ? roleOptions(reading, reading.keyValues(written, ROLE_OPTIONS), ['apply'])
      : fileOptions(reading, written);
  const target = options.target ?? scalarAt(entry.value, '');
  reading.templates(target);
  const apply = options.map && member(options.map, 'apply');
  const inner = innerKeywords(around.keywords, own, map, kind === 'include_role' ? 'role_params' : 'include_params');
  const loop = readLoop(reading, map);
  const name = member(map, 'name');
  const register = registerOf(reading, map);
  const include: Include = {
    kind,
    at: placeOf(map),
    keywords: own,
    inner: apply?.kind === 'map' ? inherit(reading, inner, apply, 'block') : inner,
    roleFolders: around.roleFolders,
    playFolder: around.playFolder,
    playVars: around.playVars,
    folder: around.folder,
    target,
    options: options.values,
    ...(loop ? { loop } : {}),
    ...(name ? { name } : {}),
    ...(register === undefined ? {} : { register }),
  };
  const ahead = kind === 'include_tasks' ? fileAhead : roleAhead;
  const read = (): void => reading.apart(() => ahead(reading, include));
  if (!isUnconditional(include.keywords.when)) reading.conditionally(read);
  else if (reading.scene && maySkip(include)) reading.scene.unsure(read);
  else read();
  return include;
}

/** What a dynamic include names, when that is known before the run. */
function knownTarget(reading: Reading, include: Include): string | undefined {
  const written = textOf(include.target) ?? '';
  return written === '' || reading.expressions.isTemplate(written) || include.loop ? undefined : written;
}

/** Reads the file of an include ahead, so that its problems are told with all others. */
function fileAhead(reading: Reading, include: Include): void {
  const written = knownTarget(reading, include);
  const path = written === undefined ? undefined : includedFile(include, written);
  // A file that is missing under a condition is missed when the condition holds.
  if (written === undefined || (path === undefined && include.keywords.when.length > 0)) {
    reading.scene?.unknown();
    return;
  }
  if (path === undefined) {
    reading.complain(include.target, 'missing-file', `there is no file "${written}" to include`, {
      why: `looked in ${shownPath(include.folder)}`,
    });
    return;
  }
  // A file that includes itself by a condition that ends is fine at run time; here it has been seen already.
  if (reading.chain.includes(path)) return;
  within(reading, path, () => readItems(reading, reading.file(path, include.target), around(include, path)));
}

function roleAhead(reading: Reading, include: Include): void {
  const name = knownTarget(reading, include);
  const here = around(include, include.folder);
  const path = name === undefined ? undefined : findRole(reading, name, here);
  // Which of its files are read is seen when the options are rendered.
  const open = Object.values(include.options).some(
    (one) => typeof one === 'string' && reading.expressions.isTemplate(one),
  );
  if (name === undefined || open || (path === undefined && include.keywords.when.length > 0)) {
    reading.scene?.unknown();
    return;
  }
  if (reading.chain.includes(`role ${path}`)) return;
  importRole(reading, includedRole(name, include.target, include.options, include.inner), here);
}

/** What surrounds the items of an included file. */
export function around(include: Include, path: string): Around {
  return {
    keywords: include.inner,
    folder: dirname(path),
    roleFolders: include.roleFolders,
    playFolder: include.playFolder,
    playVars: include.playVars,
  };
}

/** The file an include_tasks names: beside the file it stands in, in the role's tasks, from the role's folder, or the play's. */
export function includedFile(include: Include, name: string): string | undefined {
  if (isAbsolute(name)) return existsSync(name) ? name : undefined;
  const role = include.inner.role?.path;
  const folders = [include.folder, ...(role ? [join(role, 'tasks'), role] : []), include.playFolder];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

const APPLY = 'write the keywords beside import_tasks: what it brings takes them over';

function fileOptions(
  reading: Reading,
  written: Node,
): { target: Node | undefined; map: MapNode | undefined; values: Record<string, never> } {
  const node = reading.keyValues(written, ['file']);
  if (node.kind !== 'map') return { target: node, map: undefined, values: {} };
  reading.keys(node, 'include', { has: ['file', 'apply', '_raw_params'], later: [] });
  const target = member(node, 'file') ?? member(node, '_raw_params');
  if (!target) reading.complain(node, 'missing-argument', 'this include names no file', { mend: 'add file: NAME.yml' });
  return { target, map: node, values: {} };
}

/** Refuses what this include, import or meta task would ignore. */
export function refuseIgnored(
  reading: Reading,
  map: MapNode,
  entry: Entry,
  words: { has: readonly string[]; later: readonly string[] },
  mend: string | undefined,
  extra: readonly string[],
): void {
  const task: readonly string[] = WORDS.task.has;
  const kind = shortName(entry.key.text);
  const loops = /^import_/.test(kind);
  for (const { key } of map.entries) {
    if (!task.includes(key.text) || words.has.includes(key.text) || extra.includes(key.text)) continue;
    if (loops && /^(loop|with_)/.test(key.text))
      reading.complain(key, 'static-loop', `${kind} takes no loop`, {
        mend: `use ${kind.replace('import', 'include')}`,
      });
    else reading.complain(key, 'ignored-keyword', `${kind} has no use for "${key.text}"`, { mend });
  }
  reading.keys(map, 'task', { has: WORDS.task.has, later: WORDS.task.later }, [entry.key.text, ...extra]);
}

/** import_tasks: what the file holds as if it stood here, with the import's keywords around it. */
export function importFile<T>(
  reading: Reading,
  map: MapNode,
  entry: Entry,
  here: Around,
  read: (file: Node | undefined, inside: Around) => T[],
): T[] {
  refuseIgnored(reading, map, entry, WORDS.import, 'put it on the tasks of the file', []);
  const options = fileOptions(reading, argumentsOf(reading, map, entry.value) ?? entry.value);
  const target = options.target ?? entry.value;
  const apply = options.map && member(options.map, 'apply');
  if (apply) reading.complain(apply, 'ignored-keyword', 'import_tasks has no apply', { mend: APPLY });
  const keywords = inherit(reading, here.keywords, map, 'block');
  const name = staticText(reading, target, { ...here, keywords }, 'use include_tasks');
  if (name === undefined) return [];
  const like = { inner: keywords, folder: here.folder, playFolder: here.playFolder } as Include;
  const path = includedFile(like, name);
  if (path === undefined) {
    reading.complain(target, 'missing-file', `there is no file "${name}" to import`, {
      why: `looked in ${shownPath(here.folder)}`,
    });
    return [];
  }
  if (reading.chain.includes(path)) {
    const chain = [...reading.chain.slice(reading.chain.indexOf(path)), path].map(shownPath).join(' → ');
    reading.complain(target, 'include-loop', `this import goes in a circle: ${chain}`);
    return [];
  }
  return within(reading, path, () => read(reading.file(path, target), { ...here, keywords, folder: dirname(path) }));
}

/** A role that a task names; it runs each time, unless allow_duplicates says no. */
export function includedRole(name: string, at: Node, options: Mapping, keywords: Keywords): RoleCall {
  const once = readTruth(options['allow_duplicates']) === false ? `included ${JSON.stringify(options)}` : undefined;
  return { name, at, options, keywords, included: true, once };
}

/** Reads a file with its path on the chain, so that a circle is seen. */
export function within<T>(reading: Reading, path: string, read: () => T): T {
  reading.chain.push(path);
  try {
    return read();
  } finally {
    reading.chain.pop();
  }
}

/** import_role: the role's tasks as if they stood here; its handlers and variables become the play's. */
export function importRoleTask(reading: Reading, map: MapNode, entry: Entry, here: Around): Item[] {
  refuseIgnored(reading, map, entry, WORDS.import, "put it on the role's tasks", []);
  const written = argumentsOf(reading, map, entry.value) ?? entry.value;
  const { target, values } = roleOptions(reading, reading.keyValues(written, ROLE_OPTIONS));
  if (target === undefined) return [];
  const keywords = inherit(reading, here.keywords, map, 'role_params');
  const name = staticText(reading, target, { ...here, keywords }, 'use include_role');
  if (name === undefined) return [];
  const imported = importRole(reading, includedRole(name, target, values, keywords), here);
  if (!imported) return [];
  reading.importedHandlers.push(...imported.handlers);
  if (values['public'] !== false) reading.importedRoles.push(...imported.uses);
  return [imported.block];
}

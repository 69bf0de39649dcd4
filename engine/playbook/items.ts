import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { isMapping } from '../value.ts';
import { inherit } from './keywords.ts';
import type { Block, Include, Item, Keywords, Meta } from './model.ts';
import { type Reading, scalarAt, shownPath, textOf } from './reading.ts';
import { importRole, roleOptions } from './role.ts';
import { type Around, moduleEntry, readLoop, readTask } from './task.ts';
import { META, META_LATER, shortName, WORDS } from './words.ts';
import { type Entry, type MapNode, member, type Node, placeOf } from './yaml.ts';

/** A list of tasks, blocks and includes. */
export function readItems(reading: Reading, node: Node | undefined, around: Around): Item[] {
  if (node === undefined || (node.kind === 'scalar' && node.value === null)) return [];
  if (node.kind !== 'list') {
    reading.complain(node, 'wrong-type', 'tasks must be a list', { mend: 'begin each task with "- "' });
    return [];
  }
  return node.items.flatMap((item) => readItem(reading, item, around));
}

function readItem(reading: Reading, node: Node, around: Around): Item[] {
  if (node.kind !== 'map') {
    reading.complain(node, 'wrong-type', 'a task must be a dictionary');
    return [];
  }
  if (['block', 'rescue', 'always'].some((key) => member(node, key))) return [readBlock(reading, node, around)];
  const entry = moduleEntry(reading, node, ['apply']);
  if (!entry) return [];
  switch (shortName(entry.key.text)) {
    case 'include_tasks':
      return [readInclude(reading, node, entry, 'include_tasks', around)];
    case 'include_role':
      return [readInclude(reading, node, entry, 'include_role', around)];
    case 'import_tasks':
      return importTasks(reading, node, entry, around);
    case 'import_role':
      return importRoleTask(reading, node, entry, around);
    case 'meta':
      return readMeta(reading, node, entry, around);
    case 'import_playbook':
      reading.complain(entry.key, 'misplaced', 'import_playbook stands among plays, not among tasks');
      return [];
    default:
      return [readTask(reading, node, entry, around)];
  }
}

function readBlock(reading: Reading, map: MapNode, around: Around): Block {
  reading.keys(map, 'block', WORDS.block);
  if (!member(map, 'block')) reading.complain(map, 'no-block', 'rescue and always need a block');
  const keywords = inherit(reading, around.keywords, map, 'block');
  const inside = { ...around, keywords };
  const name = member(map, 'name');
  return {
    kind: 'block',
    at: placeOf(map),
    keywords,
    folder: around.folder,
    block: readItems(reading, member(map, 'block'), inside),
    rescue: readItems(reading, member(map, 'rescue'), inside),
    always: readItems(reading, member(map, 'always'), inside),
    ...(name ? { name } : {}),
  };
}

function readMeta(reading: Reading, map: MapNode, entry: Entry, around: Around): Meta[] {
  const action = textOf(entry.value) ?? '';
  const known = META.find((one) => one === action);
  if (!known) {
    const later = META_LATER.includes(action);
    reading.complain(
      entry.value,
      later ? 'not-supported' : 'unknown-meta',
      later ? `meta: ${action} is not supported yet` : `there is no meta: ${action}`,
      {
        mend: `use one of ${META.join(', ')}`,
      },
    );
    return [];
  }
  reading.keys(map, 'task', WORDS.task, [entry.key.text]);
  return [
    {
      kind: 'meta',
      action: known,
      at: placeOf(map),
      keywords: inherit(reading, around.keywords, map, 'task'),
      folder: around.folder,
    },
  ];
}

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

function readInclude(reading: Reading, map: MapNode, entry: Entry, kind: Include['kind'], around: Around): Include {
  reading.keys(map, 'task', WORDS.task, [entry.key.text]);
  const own = inherit(reading, around.keywords, map, 'task');
  const options = kind === 'include_role' ? roleOptions(reading, entry.value) : fileOptions(reading, entry.value);
  const target = options.target ?? scalarAt(entry.value, '');
  reading.templates(target);
  const apply = options.map && member(options.map, 'apply');
  const inner = innerKeywords(around.keywords, own, map, kind === 'include_role' ? 'role_params' : 'include_params');
  const loop = readLoop(reading, map);
  const name = member(map, 'name');
  const include: Include = {
    kind,
    at: placeOf(map),
    keywords: own,
    inner: apply?.kind === 'map' ? inherit(reading, inner, apply, 'block') : inner,
    roleFolders: around.roleFolders,
    playFolder: around.playFolder,
    folder: around.folder,
    target,
    options: options.values,
    ...(loop ? { loop } : {}),
    ...(name ? { name } : {}),
  };
  if (kind === 'include_tasks') checkAhead(reading, include);
  return include;
}

/** Reads what a dynamic include names when that is known already, so that its problems are told with all others. */
function checkAhead(reading: Reading, include: Include): void {
  const written = textOf(include.target) ?? '';
  if (written === '' || reading.expressions.isTemplate(written) || include.loop) return;
  const path = includedFile(include, written);
  if (path === undefined) {
    reading.complain(include.target, 'missing-file', `there is no file "${written}" to include`, {
      why: `looked in ${shownPath(include.folder)}`,
    });
    return;
  }
  // A file that includes itself by a condition that ends is fine at run time; here it has been seen already.
  if (reading.chain.includes(path)) return;
  within(reading, path, () => readItems(reading, reading.file(path), around(include, path)));
}

/** What surrounds the items of an included file. */
export function around(include: Include, path: string): Around {
  return {
    keywords: include.inner,
    folder: dirname(path),
    roleFolders: include.roleFolders,
    playFolder: include.playFolder,
  };
}

/** The file an include_tasks names: beside the file it stands in, in the role's tasks, or in the play's folder. */
export function includedFile(include: Include, name: string): string | undefined {
  if (isAbsolute(name)) return existsSync(name) ? name : undefined;
  const role = include.inner.role?.path;
  const folders = [include.folder, ...(role ? [join(role, 'tasks')] : []), include.playFolder];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

function fileOptions(
  reading: Reading,
  node: Node,
): { target: Node | undefined; map: MapNode | undefined; values: Record<string, never> } {
  if (node.kind !== 'map') return { target: node, map: undefined, values: {} };
  reading.keys(node, 'include', { has: ['file', 'apply', '_raw_params'], later: [] });
  const target = member(node, 'file') ?? member(node, '_raw_params');
  if (!target) reading.complain(node, 'missing-argument', 'this include names no file', { mend: 'add file: NAME.yml' });
  return { target, map: node, values: {} };
}

/** import_tasks: the file's items as if they stood here, with the import's keywords around them. */
function importTasks(reading: Reading, map: MapNode, entry: Entry, here: Around): Item[] {
  reading.keys(map, 'task', WORDS.task, [entry.key.text]);
  const { target = entry.value } = fileOptions(reading, entry.value);
  const name = textOf(target) ?? '';
  if (reading.expressions.isTemplate(name)) {
    reading.complain(target, 'static-template', `import_tasks is read before the run, and "${name}" holds a template`, {
      mend: 'use include_tasks',
    });
    return [];
  }
  if (member(map, 'loop')) {
    reading.complain(entry.key, 'static-loop', 'import_tasks takes no loop', { mend: 'use include_tasks' });
    return [];
  }
  const keywords = inherit(reading, here.keywords, map, 'block');
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
  return within(reading, path, () =>
    readItems(reading, reading.file(path), { ...here, keywords, folder: dirname(path) }),
  );
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

function importRoleTask(reading: Reading, map: MapNode, entry: Entry, here: Around): Item[] {
  reading.keys(map, 'task', WORDS.task, [entry.key.text]);
  const { target, values } = roleOptions(reading, entry.value);
  const name = textOf(target);
  if (name === undefined || target === undefined) return [];
  const keywords = inherit(reading, here.keywords, map, 'role_params');
  const imported = importRole(reading, { name, at: target, options: isMapping(values) ? values : {}, keywords }, here);
  if (!imported) return [];
  reading.importedHandlers.push(...imported.handlers);
  if (!isMapping(values) || values['public'] !== false) reading.importedRoles.push(...imported.uses);
  return [imported.block];
}

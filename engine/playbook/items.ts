import { importFile, importRoleTask, readInclude, refuseIgnored } from './includes.ts';
import { inherit } from './keywords.ts';
import type { Block, Item, Meta } from './model.ts';
import { modern } from './oldform.ts';
import { type Reading, textOf } from './reading.ts';
import { type Around, moduleEntry, readTask } from './task.ts';
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

function readItem(reading: Reading, written: Node, around: Around): Item[] {
  if (written.kind !== 'map') {
    reading.complain(written, 'wrong-type', 'a task must be a dictionary');
    return [];
  }
  const node = modern(reading, written);
  if (!node) return [];
  if (['block', 'rescue', 'always'].some((key) => member(node, key))) return [readBlock(reading, node, around)];
  const entry = moduleEntry(reading, node, ['apply']);
  if (!entry) return [];
  switch (shortName(entry.key.text)) {
    case 'include_tasks':
      return [readInclude(reading, node, entry, 'include_tasks', around)];
    case 'include_role':
      return [readInclude(reading, node, entry, 'include_role', around)];
    case 'import_tasks':
      return importFile(reading, node, entry, around, (file, inside) => readItems(reading, file, inside));
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
  const items = (key: string): Item[] => readItems(reading, member(map, key), inside);
  const { scene } = reading;
  const [block, rescue, always] =
    scene && member(map, 'rescue')
      ? scene.unsure(() => ['block', 'rescue', 'always'].map(items))
      : ['block', 'rescue', 'always'].map(items);
  return {
    kind: 'block',
    at: placeOf(map),
    keywords,
    folder: around.folder,
    block: block ?? [],
    rescue: rescue ?? [],
    always: always ?? [],
    ...(name ? { name } : {}),
  };
}

/** A meta task; none when what it says is not known. */
export function readMeta(
  reading: Reading,
  map: MapNode,
  entry: Entry,
  around: Around,
  extra: readonly string[] = [],
): Meta[] {
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
  if (known === 'end_role' && !around.keywords.role) {
    reading.complain(entry.value, 'misplaced', 'meta: end_role stands in the tasks of a role');
    return [];
  }
  refuseIgnored(reading, map, entry, WORDS.import, undefined, extra);
  if (known.startsWith('end_') && reading.scene) reading.scene.mayEnd = true;
  const name = member(map, 'name');
  // That it has no use for notify is told already.
  const quiet = { ...map, entries: map.entries.filter(({ key }) => key.text !== 'notify') };
  return [
    {
      kind: 'meta',
      action: known,
      at: placeOf(map),
      keywords: inherit(reading, around.keywords, quiet, 'task'),
      folder: around.folder,
      ...(name ? { name } : {}),
    },
  ];
}

import { importFile, readInclude } from './includes.ts';
import { readMeta } from './items.ts';
import { inherit } from './keywords.ts';
import type { Handler } from './model.ts';
import { modern } from './oldform.ts';
import { listOf, type Reading } from './reading.ts';
import { roleNames } from './rolename.ts';
import { type Around, moduleEntry, readTask } from './task.ts';
import { shortName, WORDS } from './words.ts';
import { type MapNode, member, type Node } from './yaml.ts';

/** Handlers of a play or role; those of a file they import stand among them. */
export function readHandlers(
  reading: Reading,
  node: Node | undefined,
  around: Around,
  section: object = {},
): Handler[] {
  if (node?.kind === 'map' || (node?.kind === 'scalar' && node.value !== null)) {
    reading.complain(node, 'wrong-type', 'handlers must be a list', { mend: 'begin each handler with "- "' });
    return [];
  }
  const read = (): Handler[] => listOf(node).flatMap((item) => readOne(reading, item, around, section));
  return reading.scene ? reading.scene.reading('handlers', read) : read();
}

function readOne(reading: Reading, item: Node, around: Around, section: object): Handler[] {
  if (item.kind !== 'map') {
    reading.complain(item, 'wrong-type', 'a handler must be a dictionary');
    return [];
  }
  if (member(item, 'block')) return readBlock(reading, item, around);
  const handler = modern(reading, item);
  return handler ? readHandler(reading, handler, around, section) : [];
}

/** A block of handlers only lends them its keywords: nothing is rescued, since each runs when it is notified. */
function readBlock(reading: Reading, map: MapNode, around: Around): Handler[] {
  reading.keys(map, 'block', WORDS.block);
  for (const { key } of map.entries) {
    if (['rescue', 'always'].includes(key.text))
      reading.complain(key, 'ignored-keyword', `a block among handlers has no use for "${key.text}"`, {
        why: 'each handler runs when it is notified',
      });
  }
  return readHandlers(reading, member(map, 'block'), {
    ...around,
    keywords: inherit(reading, around.keywords, map, 'block'),
  });
}

function readHandler(reading: Reading, map: MapNode, around: Around, section: object): Handler[] {
  const extra = ['listen'];
  const entry = moduleEntry(reading, map, extra);
  if (!entry) return [];
  const listen = listOf(member(map, 'listen'));
  for (const topic of listen) reading.templates(topic);
  reading.scene?.answering.push({ name: member(map, 'name'), listen, roles: roleNames(around.keywords.role) });
  const kind = shortName(entry.key.text);
  switch (kind) {
    case 'include_tasks':
      return [Object.assign(readInclude(reading, map, entry, kind, around, extra), { listen, section })];
    case 'import_tasks':
      return importFile(reading, map, entry, around, (file, inside) => readHandlers(reading, file, inside, section));
    case 'include_role':
    case 'import_role':
    case 'import_playbook':
      reading.complain(entry.key, 'misplaced', `${kind} is no handler`);
      return [];
    case 'meta':
      return readMeta(reading, map, entry, around, extra).flatMap((meta) => {
        if (meta.action !== 'flush_handlers' && meta.action !== 'end_role')
          return [Object.assign(meta, { listen, section })];
        reading.complain(entry.value, 'misplaced', `meta: ${meta.action} is no handler`);
        return [];
      });
    default:
      return [Object.assign(readTask(reading, map, entry, around, extra), { listen, section })];
  }
}

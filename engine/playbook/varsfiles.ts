import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { isMapping, type Mapping } from '../value.ts';
import { isTemplated } from './expression.ts';
import { listOf, type Reading, shownPath, textOf } from './reading.ts';
import { type MapNode, member, type Node, toValue } from './yaml.ts';

/** vars_files: each a name, or a list of candidates. A plain name must be there. */
export function varsFiles(reading: Reading, map: MapNode): Node[] {
  const files = listOf(member(map, 'vars_files'));
  for (const node of files) {
    reading.templates(node);
    if (node.kind === 'list') candidates(reading, node);
    if (node.kind === 'map') reading.complain(node, 'wrong-type', 'vars_files takes names of files');
    const name = textOf(node);
    if (name === undefined || reading.expressions.isTemplate(name)) continue;
    const path = pathFrom(node, name);
    if (!existsSync(path))
      reading.complain(node, 'missing-file', `there is no variables file "${name}"`, {
        why: `looked for ${shownPath(path)}`,
      });
    else varsOf(reading, node, path);
  }
  return files;
}

/** A file of variables that holds something else is refused where it begins. */
function varsOf(reading: Reading, node: Node, path: string): void {
  const root = reading.file(path, node);
  if (root && root.kind !== 'map')
    reading.complain(root, 'wrong-type', 'a file of variables must be a dictionary', { mend: 'write NAME: value' });
}

/** Of several names the first that is there counts; one of them must be. */
function candidates(reading: Reading, list: Node): void {
  if (isTemplated(list, reading.expressions)) return;
  const names = listOf(list).flatMap((node) => textOf(node) ?? []);
  const paths = names.map((name) => pathFrom(list, name));
  if (paths.some((path) => existsSync(path))) return;
  reading.complain(
    list,
    'missing-file',
    `there is no variables file ${names.map((name) => `"${name}"`).join(' or ')}`,
    { why: `looked for ${paths.map(shownPath).join(', ')}` },
  );
}

/** What a file of variables says that is named without a template. */
export function knownFile(reading: Reading, node: Node): Mapping {
  const name = textOf(node);
  if (name === undefined || reading.expressions.isTemplate(name)) return {};
  const path = pathFrom(node, name);
  const read = existsSync(path) ? reading.file(path, node) : undefined;
  const value = read && toValue(read);
  return value !== undefined && isMapping(value) ? value : {};
}

/** Where a file is that a node names, beside the file it is named in. */
const pathFrom = (node: Node, name: string): string =>
  isAbsolute(name) ? name : join(dirname(node.source.file), name);

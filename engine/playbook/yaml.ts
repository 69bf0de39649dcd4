import { readFileSync } from 'node:fs';
import { asProblem, Problem } from '../problem.ts';
import { keepOrder, keepVerbatim, type Mapping, type Value } from '../value.ts';
import { compose } from './compose.ts';
import { keysIn, keyText, type MapNode, type Node, type Source } from './node.ts';
import { Vault } from './vault.ts';

export type { Entry, ListNode, MapNode, Node, ScalarNode, Source } from './node.ts';
export { hideNode, placeAt, placeOf } from './place.ts';

/** Reads one YAML document with positions; undefined when it is empty. Problems are added to the list, all of them. */
export function parseYaml(source: Source, problems: Problem[], vault?: Vault): Node | undefined {
  return compose(source, problems, vault);
}

/** Reads a YAML file, opening it when the whole file is vaulted. `shown` is how its path is printed. */
export function readYaml(file: string, shown: string, problems: Problem[], vault?: Vault): Node | undefined {
  try {
    const text = readFileSync(file, 'utf8');
    if (!Vault.isVaulted(text)) return parseYaml({ file: shown, text }, problems, vault);
    const node = parseYaml({ file: shown, text: (vault ?? new Vault([])).open(text) }, problems, vault);
    for (const value of node ? texts(node) : []) vault?.keep(value);
    return node;
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    const missing =
      code === 'ENOENT' ? new Problem({ code: 'missing-file', what: `there is no file "${shown}"` }) : thrown;
    problems.push(asProblem(missing).placed({ file: shown, line: 1, column: 1 }));
    return undefined;
  }
}

/** What a vaulted file says: its values, but for words such as true and numbers that any file may hold. */
function* texts(node: Node): Generator<string> {
  if (node.kind === 'list') for (const item of node.items) yield* texts(item);
  else if (node.kind === 'map') for (const { value } of node.entries) yield* texts(value);
  else if (typeof node.value === 'string' || node.text.length > 5) yield node.text;
}

const nodes = new WeakMap<object, Node>();

/** The plain value of a node. Containers remember their node: see `nodeOf`. */
export function toValue(node: Node): Value {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list': {
      const list = node.items.map(toValue);
      nodes.set(list, node);
      return list;
    }
    case 'map': {
      const map: Mapping = {};
      for (const { key, value } of node.entries) {
        const name = keyText(key);
        map[name] = toValue(value);
        if (value.kind === 'scalar' && value.tag !== undefined) keepVerbatim(map, name);
      }
      nodes.set(map, node);
      return keepOrder(map, () => keysIn(node));
    }
    default:
      return node satisfies never;
  }
}

/** The node a container (or its member) came from, when it was read from a file. */
export function nodeOf(container: object, key?: string | number): Node | undefined {
  const node = nodes.get(container);
  if (key === undefined || node === undefined) return node;
  if (node.kind === 'list') return node.items[Number(key)];
  return node.kind === 'map' ? member(node, String(key)) : undefined;
}

/** The value under a key of a mapping, or undefined. */
export function member(node: MapNode, key: string): Node | undefined {
  return node.entries.find((entry) => entry.key.text === key)?.value;
}

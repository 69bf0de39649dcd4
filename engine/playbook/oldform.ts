import { type Reading, scalarAt, textOf } from './reading.ts';
import { type Entry, type MapNode, member, type Node, type ScalarNode } from './yaml.ts';

/** A task that names its module in `action` or `local_action`, as one that has it as its key; undefined when it names none. */
export function modern(reading: Reading, map: MapNode): MapNode | undefined {
  const old = map.entries.find(({ key }) => key.text === 'action' || key.text === 'local_action');
  if (!old) return map;
  const called = old.value.kind === 'map' ? inDictionary(old.value) : inText(old.value);
  if (!called) {
    reading.complain(old.value, 'no-module', `${old.key.text} names no module`, {
      mend: 'name the module by its key, such as "debug:"',
    });
    return undefined;
  }
  const others = map.entries.filter((entry) => entry !== old);
  const there = { key: scalarAt(old.key, 'delegate_to'), value: scalarAt(old.key, 'localhost') };
  return { ...map, entries: [...others, called, ...(old.key.text === 'local_action' ? [there] : [])] };
}

function inDictionary(map: MapNode): Entry | undefined {
  const module = member(map, 'module');
  if (module?.kind !== 'scalar' || textOf(module) === undefined) return undefined;
  const entries = map.entries.filter(({ value }) => value !== module);
  const none: ScalarNode = { ...module, value: null, text: '', style: 'plain' };
  return { key: module, value: entries.length > 0 ? { ...map, entries } : none };
}

function inText(node: Node): Entry | undefined {
  const [, before = '', name, space = '', rest = ''] = /^(\s*)(\S+)(\s*)([\s\S]*)$/.exec(textOf(node) ?? '') ?? [];
  if (node.kind !== 'scalar' || name === undefined) return undefined;
  const at = before.length + name.length + space.length;
  const value: ScalarNode = { ...node, value: rest === '' ? null : rest, text: rest, within: { node, at } };
  return { key: scalarAt(node, name), value };
}

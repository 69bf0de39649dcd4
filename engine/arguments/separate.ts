import type { Module } from '../module.ts';
import type { Entry, MapNode, Node, ScalarNode } from '../playbook/yaml.ts';
import { parseKeyValue } from './keyvalue.ts';
import { argumentsOf } from './names.ts';

/**
 * Arguments written as text (`src=a dest="{{ b }}"`), one node each. They are taken apart before templates are rendered,
 * so what a variable holds is never read as further arguments.
 */
export function separateArguments(module: Module, args: Node): Node {
  if (args.kind === 'scalar') return isText(args) ? fromText(module, args) : args;
  const raw = args.kind === 'map' ? args.entries.find(({ key }) => key.text === '_raw_params') : undefined;
  if (args.kind !== 'map' || raw?.value.kind !== 'scalar' || !isText(raw.value)) return args;
  const inText = entriesIn(module, raw.value);
  const names = new Set(['_raw_params', ...inText.map(({ key }) => key.text)]);
  return { ...args, entries: [...args.entries.filter(({ key }) => !names.has(key.text)), ...inText] };
}

const isText = ({ value, tag }: ScalarNode): boolean => typeof value === 'string' && tag === undefined;

function fromText(module: Module, args: ScalarNode): Node {
  // A text that is one template comes to a dictionary of arguments.
  if (!module.freeForm && /^\s*\{\{(?:(?!\}\}).)*\}\}\s*$/s.test(args.text)) return args;
  const { source, start, end } = args;
  return { kind: 'map', entries: entriesIn(module, args), source, start, end } satisfies MapNode;
}

function entriesIn(module: Module, args: ScalarNode): Entry[] {
  const { freeForm } = module;
  const options = freeForm && [...argumentsOf(module).bySpelling.keys()].filter((name) => name !== freeForm);
  return Object.entries(parseKeyValue(args.text, options || undefined)).map(([name, value]) => {
    const text = String(value);
    const key = name === '_raw_params' ? (freeForm ?? name) : name;
    return { key: part(args, key, name === key ? name : text), value: part(args, text, text) };
  });
}

/** A part of the arguments' text, placed where it stands in it. */
function part(args: ScalarNode, text: string, written: string): ScalarNode {
  const at = Math.max(0, args.text.indexOf(written));
  return { ...args, value: text, text, within: { node: args, at } };
}

import { defineController } from '../module.ts';
import type { Mapping } from '../value.ts';
import { conditionsOf, inherit } from './keywords.ts';
import { checkKind } from './kinds.ts';
import { readLoop } from './loop.ts';
import type { Keywords, Task } from './model.ts';
import { complainOfName, isName } from './names.ts';
import { type Reading, textOf } from './reading.ts';
import { isUnconditional } from './scene.ts';
import { INCLUDES, shortName, WORDS } from './words.ts';
import { type Entry, type MapNode, member, type Node, placeOf, type ScalarNode } from './yaml.ts';

/** Where items stand: what surrounds them and whose they are. */
export interface Around {
  keywords: Keywords;
  /** Folder of the file, for relative includes. */
  folder: string;
  /** Folders of roles whose modules count: the own role's, its dependencies'. */
  roleFolders: readonly string[];
  /** Folder of the play, where roles are searched first. */
  playFolder: string;
  /** What the play itself says of variables, for names that are read before the run. */
  playVars: Mapping;
}

/** Stands in a task until its module is found; a task that keeps it is never run, since the reading has failed. */
const NOT_FOUND = defineController<Record<string, never>>({
  name: 'not_found',
  description: 'Stands for a module that is not looked up yet.',
  schema: { type: 'object', additionalProperties: false, properties: {} },
  evaluate: async () => ({}),
});

/** The entry that names a task's module: the one key that is no keyword. Complains when there is none or several. */
export function moduleEntry(reading: Reading, map: MapNode, extra: readonly string[] = []): Entry | undefined {
  const words: readonly string[] = [...WORDS.task.has, ...WORDS.task.later, ...extra];
  const others = map.entries.filter(({ key }) => !words.includes(key.text) && !/^with_/.test(key.text));
  const [first, second] = others;
  if (!first) {
    reading.complain(map, 'no-module', 'this task names no module', { mend: 'add one, such as "debug:" or "apt:"' });
    return undefined;
  }
  if (second) {
    const place = placeOf(second.key);
    reading.complain(
      second.key,
      'several-modules',
      `a task has one module, and this one has "${first.key.text}" and "${second.key.text}"`,
      {
        why: `a key that is no keyword names a module`,
        length: place.length ?? 1,
        mend: nearKeyword(second.key.text) ?? nearKeyword(first.key.text) ?? apart(reading, first.key, second.key),
      },
    );
    return undefined;
  }
  return first;
}

/** What is most likely meant by two keys that are no keywords. */
function apart(reading: Reading, first: ScalarNode, second: ScalarNode): string {
  if (second.text === 'listen') return 'only handlers listen; move the task to handlers';
  const known = [...reading.registry.names([...reading.roleFolders]), ...INCLUDES];
  return known.includes(shortName(second.text)) || second.text.includes('.')
    ? 'make two tasks of it'
    : `indent "${second.text}" further, under "${first.text}", if it is an argument`;
}

function nearKeyword(name: string): string | undefined {
  const found = WORDS.task.has.find(
    (word) =>
      word.replaceAll('_', '') === name.replaceAll(/[_-]/g, '').toLowerCase() ||
      (Math.abs(word.length - name.length) < 2 && differs(word, name) <= 2),
  );
  return found && `did you mean "${found}"?`;
}

const differs = (a: string, b: string): number => [...a].filter((letter, index) => b[index] !== letter).length;

/** A task that calls a module. Its module is looked up when the reading settles. */
export function readTask(
  reading: Reading,
  map: MapNode,
  entry: Entry,
  around: Around,
  extra: readonly string[] = [],
): Task {
  reading.keys(map, 'task', WORDS.task, [entry.key.text, ...extra]);
  const name = member(map, 'name');
  reading.templates(name);
  checkKind(reading, 'name', name);
  const register = registerOf(reading, map);
  const loop = readLoop(reading, map);
  const args = argumentsOf(reading, map, entry.value);
  const task: Task = {
    kind: 'task',
    at: placeOf(map),
    keywords: inherit(reading, around.keywords, map, 'task'),
    folder: around.folder,
    module: shortName(entry.key.text),
    spec: NOT_FOUND,
    moduleAt: placeOf(entry.key),
    ...(name ? { name } : {}),
    ...(args ? { args } : {}),
    ...(loop ? { loop } : {}),
    ...(register === undefined ? {} : { register }),
    ...judgement(reading, map),
  };
  reading.scene?.task(task);
  const conditional = !isUnconditional(task.keywords.when) || reading.conditional;
  reading.pending.push({ task, moduleNode: entry.key, roleFolders: around.roleFolders, conditional });
  return task;
}

/** The variable a result is kept in, or undefined. */
export function registerOf(reading: Reading, map: MapNode): string | undefined {
  const node = member(map, 'register');
  const register = textOf(node);
  if (!node || (register !== undefined && isName(register))) return register;
  const given = register === undefined ? (node.kind === 'scalar' ? 'nothing' : `a ${node.kind}`) : `"${register}"`;
  complainOfName(reading, node, `register needs a variable name, and ${given} is none`);
  return register;
}

function judgement(reading: Reading, map: MapNode): Partial<Task> {
  const until = conditionsOf(reading, map, 'until');
  const changedWhen = conditionsOf(reading, map, 'changed_when');
  const failedWhen = conditionsOf(reading, map, 'failed_when');
  const [retries, delay] = [member(map, 'retries'), member(map, 'delay')];
  reading.templates(retries);
  reading.templates(delay);
  checkKind(reading, 'retries', retries);
  checkKind(reading, 'delay', delay);
  return {
    ...(until.length > 0 ? { until } : {}),
    ...(changedWhen.length > 0 ? { changedWhen } : {}),
    ...(failedWhen.length > 0 ? { failedWhen } : {}),
    ...(retries ? { retries } : {}),
    ...(delay ? { delay } : {}),
  };
}

/** A module's arguments with `args:` merged in: what stands under the module's key wins. */
export function argumentsOf(reading: Reading, map: MapNode, value: Node): Node | undefined {
  const args = member(map, 'args');
  const empty = value.kind === 'scalar' && value.value === null;
  reading.templates(value);
  if (!args) return empty ? undefined : value;
  reading.templates(args);
  if (args.kind !== 'map') {
    reading.complain(args, 'wrong-type', 'args must be a dictionary of arguments');
    return value;
  }
  if (empty) return args;
  if (value.kind === 'map') {
    const own = new Set(value.entries.map(({ key }) => key.text));
    return { ...value, entries: [...value.entries, ...args.entries.filter(({ key }) => !own.has(key.text))] };
  }
  // The free form is what the key itself stands for; _raw_params is Ansible's name of it.
  return {
    ...args,
    entries: [...args.entries, { key: { ...scalarKey(value), text: '_raw_params', value: '_raw_params' }, value }],
  };
}

const scalarKey = (node: Node): Entry['key'] => ({
  kind: 'scalar',
  value: '',
  text: '',
  style: 'plain',
  source: node.source,
  start: node.start,
  end: node.start,
});

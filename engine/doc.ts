import type { Module, Property, Value } from './module.ts';
import { FLAGS, INCLUDES, INTEGERS, META, MODULE_ALIASES, WORDS } from './playbook/words.ts';
import { TRUTH_WORDS } from './value.ts';

const WIDTH = 88;

/** The manual of one module, made of its schema and nothing else. */
export function manual(module: Module): string {
  const { schema } = module;
  const required = new Set<string>(schema.required ?? []);
  const properties = Object.entries<Property>(schema.properties);
  const rules = [
    ...(schema.requiredOneOf ?? []).map((set) => `At least one of ${set.join(', ')} is needed.`),
    ...(schema.mutuallyExclusive ?? []).map((set) => `Only one of ${set.join(', ')} may be given.`),
    ...(module.freeForm === undefined ? [] : [`A bare text (${module.name}: …) stands for ${module.freeForm}.`]),
    ...(module.kind === 'controller' && module.anyArgument ? ['Any other name may be given too.'] : []),
  ];
  const sections: [string, string[]][] = [
    ['NAME', [`${module.name} - ${module.description}`]],
    ['ARGUMENTS', properties.flatMap(([name, property]) => [...argument(name, property, required.has(name)), ''])],
    ['RULES', rules],
    ['CHECK MODE', [IN_CHECK_MODE[module.kind]]],
    ['EXAMPLES', (module.examples ?? '').trim().split('\n')],
  ];
  const text = sections
    .filter(([, lines]) => lines.join('').trim() !== '')
    .map(([title, lines]) => `${title}\n${lines.map((line) => (line === '' ? '' : `    ${line}`)).join('\n')}`);
  return `${text.map((section) => section.trimEnd()).join('\n\n')}\n`;
}

const IN_CHECK_MODE: Record<Module['kind'], string> = {
  state: 'Says what it would change and changes nothing.',
  action: 'Does not run, but says when there would be nothing to do.',
  query: 'Runs: it only reads.',
  controller: 'Runs: it touches no host.',
};

/** Name, type and need on a line, what it means below. */
function argument(name: string, property: Property, required: boolean, indent = ''): string[] {
  const head = [typeName(property), ...(required ? ['required'] : []), ...(property.secret ? ['never printed'] : [])];
  const notes = [
    property.description,
    ...(property.enum ? [`One of: ${property.enum.map(shown).join(', ')}.`] : []),
    ...limits(property),
    ...(property.default === undefined ? [] : [`Default: ${shown(property.default)}.`]),
    ...(property.examples ? [`Such as: ${property.examples.map(shown).join(', ')}.`] : []),
    ...(property.aliases?.length ? [`Also called: ${property.aliases.join(', ')}.`] : []),
  ];
  const inner = Object.entries(property.properties ?? property.items?.properties ?? {});
  const needed = new Set([...(property.required ?? []), ...(property.items?.required ?? [])]);
  return [
    `${indent}${name} (${head.join(', ')})`,
    ...notes.flatMap((note) => wrap(note, `${indent}    `)),
    ...inner.flatMap(([key, value]) => argument(key, value, needed.has(key), `${indent}    `)),
  ];
}

function typeName(property: Omit<Property, 'description'>): string {
  if (property.format) return property.format;
  if (property.type === 'array') return property.items ? `list of ${typeName(property.items)}` : 'list';
  return { any: 'any value', object: 'dictionary' }[property.type as string] ?? property.type;
}

function limits({ minimum, maximum }: Property): string[] {
  if (minimum !== undefined && maximum !== undefined) return [`From ${minimum} to ${maximum}.`];
  if (minimum !== undefined) return [`At least ${minimum}.`];
  return maximum === undefined ? [] : [`At most ${maximum}.`];
}

const shown = (value: Value): string => (typeof value === 'string' && value !== '' ? value : JSON.stringify(value));

function wrap(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(indent + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, indent + line];
}

type Json = Record<string, unknown>;

/** A JSON Schema (draft 7, which editors' YAML servers read) of playbooks and of task files. */
export function jsonSchema(modules: readonly Module[]): object {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'mesh-play playbook or task file',
    type: 'array',
    items: { anyOf: [ref('play'), ref('import'), ref('block'), ref('task')] },
    definitions: {
      play: { type: 'object', required: ['hosts'], additionalProperties: false, properties: words(WORDS.play.has) },
      import: {
        type: 'object',
        required: ['import_playbook'],
        properties: { import_playbook: { type: 'string' }, ...words(['name', 'when', 'tags', 'vars']) },
      },
      block: { type: 'object', required: ['block'], additionalProperties: false, properties: words(WORDS.block.has) },
      task: task(modules),
      items: { type: 'array', items: { anyOf: [ref('block'), ref('task')] } },
      template: { type: 'string', pattern: '\\{\\{' },
      // Editors read YAML 1.2, to which Ansible's yes and no are text, as are numbers in quotes.
      truth: { type: 'string', pattern: `^ *(${TRUTH_WORDS.map(inAnyCase).join('|')}) *$` },
      number: { type: 'string', pattern: '^ *-?[0-9]+([.][0-9]+)? *$' },
      ...Object.fromEntries(modules.map((module) => [`module_${module.name}`, moduleSchema(module)])),
    },
  };
}

/** A word for a pattern, which has no flags in JSON Schema. */
const inAnyCase = (word: string): string =>
  word.replace('.', '[.]').replace(/[a-z]/g, (letter) => `[${letter.toUpperCase()}${letter}]`);

const ref = (name: string): Json => ({ $ref: `#/definitions/${name}` });

/** The object has exactly one of the modules' keys, with or without its collection. */
function task(modules: readonly Module[]): Json {
  const actions: [string, Json][] = [
    ...modules.map((module): [string, Json] => [module.name, ref(`module_${module.name}`)]),
    ...INCLUDES.filter((name) => name !== 'import_playbook').map((name): [string, Json] => [
      name,
      name === 'meta' ? { enum: [...META] } : ANY,
    ]),
  ];
  const also = Object.entries(MODULE_ALIASES)
    .filter(([, meant]) => modules.some(({ name }) => name === meant))
    .map(([name, meant]): [string, Json] => [name, ref(`module_${meant}`)]);
  const spelled = [...actions, ...also].flatMap(([name, schema]): [string, Json][] =>
    name.includes('.')
      ? [[name, schema]]
      : [
          [name, schema],
          [`ansible.builtin.${name}`, schema],
        ],
  );
  const properties = { ...words([...WORDS.task.has, 'listen']), ...Object.fromEntries(spelled) };
  // A role may bring modules of its own, so other keys are left to the loader.
  return { type: 'object', properties, not: { anyOf: [{ required: ['hosts'] }, { required: ['block'] }] } };
}

const ANY: Json = {};
const TASKS = new Set(['tasks', 'pre_tasks', 'post_tasks', 'handlers', 'block', 'rescue', 'always']);
const NUMBERS = [...INTEGERS, 'delay'];
const LISTS = new Set(['tags', 'notify', 'listen', 'vars_files', 'hosts', 'gather_subset']);
const OBJECTS = new Set(['args', 'loop_control', 'with_dict']);

function words(names: readonly string[]): Json {
  return Object.fromEntries(names.map((name) => [name, keyword(name)]));
}

function keyword(name: string): Json {
  if (FLAGS.includes(name)) return { anyOf: [{ type: 'boolean' }, ref('truth'), ref('template')] };
  if (TASKS.has(name)) return ref('items');
  if (NUMBERS.includes(name)) return { anyOf: [{ type: 'number' }, ref('number'), ref('template')] };
  if (LISTS.has(name)) return { type: ['string', 'array'] };
  if (OBJECTS.has(name)) return { type: ['object', 'string'] };
  return ANY;
}

function moduleSchema(module: Module): Json {
  const { schema } = module;
  const properties: Json = {};
  for (const [name, property] of Object.entries<Property>(schema.properties)) {
    properties[name] = propertySchema(property);
    for (const alias of property.aliases ?? []) properties[alias] = propertySchema(property);
  }
  const any = module.kind === 'controller' && module.anyArgument === true;
  return {
    description: module.description,
    // Arguments may be written `key=value` or under `args`, so what is required is left to the loader.
    anyOf: [{ type: 'object', additionalProperties: any, properties }, { type: ['string', 'null'] }],
  };
}

const JSON_TYPES: Record<Property['type'], readonly string[]> = {
  string: ['string', 'number', 'boolean'],
  integer: ['integer'],
  number: ['number'],
  boolean: ['boolean'],
  array: ['array', 'string', 'number'],
  object: ['object'],
  any: [],
};

/** What may be written for an argument: its type, what Ansible converts to it, or a template. */
function propertySchema(property: Omit<Property, 'description'> & { description?: string }): Json {
  const { description, enum: choices, items, properties, minimum, maximum } = property;
  const about = {
    ...(description === undefined ? {} : { description }),
    ...(property.default === undefined ? {} : { default: property.default }),
    ...(property.examples ? { examples: property.examples } : {}),
  };
  // To YAML 1.1 a choice of yes or no is a truth value.
  const truths = choices?.some((choice) => choice === 'yes' || choice === 'no') ? [{ type: 'boolean' }] : [];
  if (choices) return { ...about, anyOf: [{ enum: choices }, ...truths, ref('template')] };
  const types = JSON_TYPES[property.type];
  if (types.length === 0) return about;
  const exact = {
    ...(property.type === 'string' && property.format === 'mode' ? { type: 'string' } : { type: types }),
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
    ...(items ? { items: propertySchema(items) } : {}),
    ...(properties ? { properties: mapValues(properties) } : {}),
  };
  const spelled: Record<string, Json[]> = {
    boolean: [ref('truth')],
    integer: [ref('number')],
    number: [ref('number')],
  };
  return { ...about, anyOf: [exact, ...(spelled[property.type] ?? []), ref('template')] };
}

const mapValues = (properties: Readonly<Record<string, Property>>): Json =>
  Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, propertySchema(property)]));

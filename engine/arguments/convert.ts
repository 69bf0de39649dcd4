import { asText, readJson } from '../json.ts';
import type { Property } from '../module.ts';
import { nearest } from '../problem.ts';
import { HIDDEN, isSecretName } from '../secretnames.ts';
import { isMapping, type Mapping, Numeral, readTruth, type Value } from '../value.ts';
import { either, type Fault, type Journey, shownValue } from './fault.ts';
import { parseKeyValue } from './keyvalue.ts';
import { convertMode } from './mode.ts';

type Shape = Omit<Property, 'description'>;

/** The value as the module takes it, by Ansible's conversions. Faults are collected; the value is of no use then. */
export function convert(shape: Shape, value: Value, journey: Journey): Value {
  const converted = shape.format === 'mode' ? convertMode(value, journey) : byType(shape, value, journey);
  if (converted === undefined) return null;
  return within(shape, value, converted, journey);
}

function byType(shape: Shape, value: Value, journey: Journey): Value | undefined {
  const wrong = (expected: string): undefined => refuse(journey, shape, expected, value);
  switch (shape.type) {
    case 'any':
      return value;
    case 'string':
      return toText(value) ?? wrong('a string');
    case 'boolean':
      return readTruth(value) ?? wrong('true or false');
    case 'integer':
      return toInteger(value) ?? wrong(`an integer${range(shape)}`);
    case 'number':
      return toNumber(value) ?? wrong(`a number${range(shape)}`);
    case 'array':
      return convertList(shape, value, journey);
    case 'object':
      return convertObject(shape, value, journey);
    default:
      return shape.type satisfies never;
  }
}

/** A fault that says what the module takes at this place. */
export function refuse(journey: Journey, shape: Shape, expected: string, value: Value, mend?: string): undefined {
  const { module, path, node, faults } = journey;
  const named = isSecretName(String(path.findLast((part) => typeof part === 'string') ?? ''));
  const hidden = shape.secret || named || (node?.kind === 'scalar' && node.tag === 'vault');
  const what = `${module} takes ${expected} for ${placeName(path)}, not ${hidden ? HIDDEN : shownValue(value)}`;
  faults.push({ code: 'wrong-argument', path, what, mend });
}

/** `"name"`, `item 2 of "name"`, `"limit" of "queue"`. */
function placeName(path: readonly (string | number)[]): string {
  return [...path]
    .reverse()
    .map((part) => (typeof part === 'number' ? `item ${part + 1}` : `"${part}"`))
    .join(' of ');
}

const toText = (value: Value): string | undefined =>
  typeof value !== 'object' || value instanceof Numeral ? asText(value) : undefined;

function toInteger(value: Value): number | undefined {
  const number = toNumber(value);
  return Number.isSafeInteger(number) ? number : undefined;
}

function toNumber(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (value instanceof Numeral) return value.number;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'string' || !/^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(value)) return undefined;
  return Number(value);
}

function convertList(shape: Shape, value: Value, journey: Journey): Value | undefined {
  const list = Array.isArray(value)
    ? value
    : typeof value === 'string'
      ? value.split(',')
      : typeof value === 'number' || typeof value === 'boolean' || value instanceof Numeral
        ? [toText(value) ?? '']
        : undefined;
  // Ansible takes a lone dictionary for a list of dictionaries nowhere; a list of one must be written.
  if (!list) return refuse(journey, shape, 'a list', value);
  const { items } = shape;
  if (!items) return list;
  const node = journey.node?.kind === 'list' ? journey.node : undefined;
  return list.map((item, index) =>
    convert(items, item, { ...journey, path: [...journey.path, index], node: node?.items[index] ?? journey.node }),
  );
}

function convertObject(shape: Shape, value: Value, journey: Journey): Value | undefined {
  const object = isMapping(value) ? value : typeof value === 'string' ? objectInText(value) : undefined;
  if (!object) return refuse(journey, shape, 'a dictionary', value);
  const { properties } = shape;
  if (!properties) return object;
  const converted: Mapping = {};
  for (const [key, inner] of Object.entries(object)) {
    const path = [...journey.path, key];
    const property = properties[key];
    if (property && inner !== null) converted[key] = convert(property, inner, { ...journey, path, node: undefined });
    else if (!property && shape.additionalProperties !== false) converted[key] = inner;
    else if (!property) journey.faults.push(unknownMember(journey, key, Object.keys(properties)));
  }
  for (const [key, property] of Object.entries(properties)) {
    if (converted[key] === undefined && property.default !== undefined) converted[key] = property.default;
  }
  for (const key of shape.required ?? []) {
    if (converted[key] !== undefined) continue;
    const what = `${journey.module} needs "${key}" in ${placeName(journey.path)}`;
    journey.faults.push({ code: 'missing-argument', path: journey.path, what });
  }
  return converted;
}

function unknownMember({ module, path }: Journey, key: string, names: readonly string[]): Fault {
  const near = nearest(key, names);
  const takes = `it takes ${names.join(', ')}`;
  return {
    code: 'unknown-argument',
    path: [...path, key],
    key: true,
    what: `${module} has no "${key}" in ${placeName(path)}`,
    mend: near ? `did you mean "${near}"? ${takes}` : takes,
  };
}

function objectInText(text: string): Mapping | undefined {
  if (!text.trimStart().startsWith('{')) {
    if (!text.includes('=')) return undefined;
    const { _raw_params: raw, ...object } = parseKeyValue(text.replaceAll(/,\s*/g, ' '));
    return raw === undefined ? object : undefined;
  }
  try {
    const value = readJson(text);
    return isMapping(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Holds a converted value to the schema's limits. */
function within(shape: Shape, given: Value, converted: Value, journey: Journey): Value {
  if (shape.enum && !shape.enum.includes(converted)) {
    const word = typeof given === 'boolean' ? wordFor(given, shape.enum) : undefined;
    if (word !== undefined) return word;
    const near = typeof given === 'string' ? nearest(given, shape.enum.map(String)) : undefined;
    const mend = near === undefined ? undefined : `did you mean "${near}"?`;
    refuse(journey, shape, either(shape.enum.map(String)), given, mend);
  } else if (typeof converted === 'string' && shape.pattern && !new RegExp(shape.pattern).test(converted)) {
    refuse(journey, shape, `text that matches ${shape.pattern}`, given);
  } else if (typeof converted === 'number' && !inRange(shape, converted)) {
    refuse(journey, shape, `${shape.type === 'integer' ? 'an integer' : 'a number'}${range(shape)}`, given);
  }
  return converted;
}

/** `no` in YAML is false; where the choices are words, exactly one of them is meant. */
function wordFor(given: boolean, choices: readonly Value[]): Value | undefined {
  const words = choices.filter((choice) => readTruth(String(choice)) === given);
  return words.length === 1 ? words[0] : undefined;
}

const inRange = ({ minimum, maximum }: Shape, value: number): boolean =>
  value >= (minimum ?? Number.NEGATIVE_INFINITY) && value <= (maximum ?? Number.POSITIVE_INFINITY);

function range({ minimum, maximum }: Shape): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` of at least ${minimum}`;
  return maximum === undefined ? '' : ` of at most ${maximum}`;
}

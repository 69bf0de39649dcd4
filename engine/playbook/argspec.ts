import { nearest, Problem } from '../problem.ts';
import { isMapping, type Mapping, Numeral, readTruth, type Value } from '../value.ts';

/**
 * Checks a role's variables against its argument spec.
 * https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_reuse_roles.html#role-argument-validation
 * `params` are what the role is given as parameters: each must be in the spec, where variables need not be.
 */
export function checkRoleArguments(spec: Mapping, values: Mapping, params: readonly string[] = []): Problem[] {
  const options = spec['options'];
  const known = isMapping(options) ? Object.keys(options) : [];
  const unknown = params.filter((name) => !known.includes(name));
  return [
    ...unknown.map((name) => unknownName(`there is no argument "${name}"`, name, known)),
    ...checkOptions(options, values, ''),
  ];
}

function unknownName(what: string, name: string, known: readonly string[]): Problem {
  const near = nearest(name, known);
  return problem('unknown-argument', what, near && `did you mean "${near}"?`);
}

function checkOptions(options: Value | undefined, values: Mapping, path: string): Problem[] {
  if (!isMapping(options)) return [];
  return Object.entries(options).flatMap(([name, option]) => {
    if (!isMapping(option)) return [];
    const shown = `${path}${name}`;
    const value = values[name];
    if (value === undefined || value === null) {
      return option['required'] === true && option['default'] === undefined
        ? [problem('missing-argument', `missing required argument: ${shown}`)]
        : [];
    }
    return checkValue(shown, option, value);
  });
}

function checkValue(shown: string, option: Mapping, value: Value): Problem[] {
  const type = String(option['type'] ?? 'str');
  const told = (one: Value, text: (one: Value) => string): string =>
    option['no_log'] === true ? 'something else' : text(one);
  if (!fits(type, value))
    return [problem('wrong-type', `argument ${shown} must be ${named(type)}, and it is ${told(value, kindOf)}`)];
  const { choices, elements, options } = option;
  if (Array.isArray(choices) && !inChoices(choices, value)) {
    const near = option['no_log'] === true ? undefined : nearest(String(value), choices.map(String));
    return [
      problem(
        'not-a-choice',
        `argument ${shown} must be one of ${choices.map(String).join(', ')}, and it is ${told(value, String)}`,
        near && `did you mean "${near}"?`,
      ),
    ];
  }
  const members = Array.isArray(value) ? value : [];
  const wrong = typeof elements === 'string' ? members.findIndex((one) => !fits(elements, one)) : -1;
  if (wrong !== -1)
    return [
      problem(
        'wrong-type',
        `argument ${shown}[${wrong}] must be ${named(String(elements))}, and it is ${told(members[wrong] ?? null, kindOf)}`,
      ),
    ];
  if (!options) return [];
  if (isMapping(value)) return checkNested(options, value, shown);
  return members.flatMap((one, index) => (isMapping(one) ? checkNested(options, one, `${shown}[${index}]`) : []));
}

function checkNested(options: Value, value: Mapping, shown: string): Problem[] {
  const known = isMapping(options) ? Object.keys(options) : [];
  const unknown = Object.keys(value).filter((name) => !known.includes(name));
  return [
    ...unknown.map((name) => unknownName(`argument ${shown} has no member "${name}"`, name, known)),
    ...checkOptions(options, value, `${shown}.`),
  ];
}

const problem = (code: string, what: string, mend?: string | undefined): Problem => new Problem({ code, what, mend });

function inChoices(choices: readonly Value[], value: Value): boolean {
  const texts = choices.map(String);
  return Array.isArray(value) ? value.every((one) => texts.includes(String(one))) : texts.includes(String(value));
}

/** Ansible converts where a value can be read as the type; so does this check. */
function fits(type: string, value: Value): boolean {
  switch (type) {
    case 'int':
      return (
        typeof value === 'boolean' ||
        Number.isInteger(value) ||
        value instanceof Numeral ||
        (typeof value === 'string' && /^[-+]?\d+$/.test(value.trim()))
      );
    case 'float':
      return (
        typeof value === 'number' ||
        value instanceof Numeral ||
        (typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)))
      );
    case 'bool':
      return readTruth(value) !== undefined;
    case 'list':
      return Array.isArray(value) || typeof value === 'string' || typeof value === 'number' || value instanceof Numeral;
    case 'dict':
      return isMapping(value) || (typeof value === 'string' && readsAsDictionary(value));
    case 'json':
    case 'jsonarg':
      return typeof value === 'string' || isMapping(value) || Array.isArray(value);
    case 'bytes':
      return /^\s*\d*\.?\d+\s*([kmgtpezy]?(b|bytes?)?)\s*$/i.test(String(value));
    case 'bits':
      return /^\s*\d*\.?\d+\s*([kmgtpezy]?(b|bits?)?)\s*$/i.test(String(value));
    // Anything can be read as text.
    default:
      return true;
  }
}

/** JSON, or key=value words as Ansible splits them. */
const readsAsDictionary = (text: string): boolean => /^\s*\{[\s\S]*\}\s*$/.test(text) || text.includes('=');

/** The types that a spec may name. */
export const SPEC_TYPES = 'str int float bool list dict path raw json jsonarg bytes bits'.split(' ');

const NAMES: Record<string, string> = {
  json: 'JSON',
  jsonarg: 'JSON',
  bytes: 'a size such as 10M',
  bits: 'a size such as 10Mb',
  str: 'text',
  path: 'a path',
  int: 'a whole number',
  float: 'a number',
  bool: 'true or false',
  list: 'a list',
  dict: 'a dictionary',
};
const named = (type: string): string => NAMES[type] ?? type;

function kindOf(value: Value): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return isMapping(value) ? 'a dictionary' : JSON.stringify(value);
}

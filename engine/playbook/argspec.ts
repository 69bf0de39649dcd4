import { nearest, Problem } from '../problem.ts';
import { isMapping, type Mapping, Numeral, type Value } from '../value.ts';

/**
 * Checks a role's variables against its argument spec.
 * https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_reuse_roles.html#role-argument-validation
 */
export function checkRoleArguments(spec: Mapping, values: Mapping): Problem[] {
  return checkOptions(spec['options'], values, '');
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
  if (!fits(type, value))
    return [problem('wrong-type', `argument ${shown} must be ${named(type)}, and it is ${kindOf(value)}`)];
  const { choices, elements, options } = option;
  if (Array.isArray(choices) && !inChoices(choices, value)) {
    const near = nearest(String(value), choices.map(String));
    return [
      problem(
        'not-a-choice',
        `argument ${shown} must be one of ${choices.map(String).join(', ')}, and it is ${String(value)}`,
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
        `argument ${shown}[${wrong}] must be ${named(String(elements))}, and it is ${kindOf(members[wrong] ?? null)}`,
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
    ...unknown.map((name) => {
      const near = nearest(name, known);
      return problem(
        'unknown-argument',
        `argument ${shown} has no member "${name}"`,
        near && `did you mean "${near}"?`,
      );
    }),
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
    case 'str':
    case 'path':
      return typeof value !== 'object' || value instanceof Numeral;
    case 'int':
      return (
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
      return typeof value === 'boolean' || /^(y|yes|on|1|true|t|n|no|off|0|false|f)$/i.test(String(value));
    case 'list':
      return Array.isArray(value) || typeof value === 'string' || typeof value === 'number' || value instanceof Numeral;
    case 'dict':
      return isMapping(value);
    default:
      return true;
  }
}

const NAMES: Record<string, string> = {
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

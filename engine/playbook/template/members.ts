import { Lookup } from '../../value.ts';
import { entriesOf, Group, isNumber, Namespace, numberOf, plain, str, Undefined } from './python.ts';
import type { Expression } from './syntax.ts';

/** The value under a key or an index, or undefined. */
export function memberOf(object: unknown, key: unknown): unknown {
  if (object instanceof Lookup) return object.get(str(key));
  if (object instanceof Group && (key === 'grouper' || key === 'list')) return object[key];
  if (Array.isArray(object) || typeof object === 'string') {
    const index = typeof key === 'string' && /^-?\d+$/.test(key) ? Number(key) : key;
    if (typeof index === 'boolean') return object.at(Number(index));
    return isNumber(index) ? object.at(numberOf(index)) : undefined;
  }
  if (object instanceof Namespace) return object.members[str(key)];
  if (typeof object !== 'object' || object === null) return undefined;
  const name = isNumber(key) || typeof key === 'string' ? str(key) : str(plain(key));
  return Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined;
}

/** A member that is not there. */
export function absent(
  object: unknown,
  key: unknown,
  { object: written, at }: Extract<Expression, { kind: 'member' }>,
): Undefined {
  return new Undefined(
    `${pathOf(written)}.${str(key)}`,
    () => (typeof object === 'object' ? (entriesOf(object) ?? []).map(([name]) => String(name)) : []),
    at,
  );
}

/** How the object of a member was written, as far as it is names. */
function pathOf(expression: Expression): string {
  if (expression.kind === 'name') return expression.name;
  if (expression.kind !== 'member') return '(…)';
  const key = expression.key.kind === 'literal' ? String(expression.key.value) : '…';
  return `${pathOf(expression.object)}.${key}`;
}

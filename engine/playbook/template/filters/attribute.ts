import type { Use } from '../environment.ts';
import { defined, isNumber } from '../python.ts';

/** Jinja's attribute argument: a number, or names with dots between them. May be an Undefined. */
export function lookUp(item: unknown, attribute: unknown, use: Use): unknown {
  if (isNumber(attribute)) return use.member(item, attribute);
  const parts = String(attribute).split('.');
  return parts.reduce<unknown>((value, part) => use.member(value, /^\d+$/.test(part) ? Number(part) : part), item);
}

/** The same, which must be there. */
export const attributeOf = (item: unknown, attribute: unknown, use: Use): unknown =>
  defined(lookUp(item, attribute, use));

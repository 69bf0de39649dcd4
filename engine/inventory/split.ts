import { Problem } from '../problem.ts';
import { parseAddress } from './address.ts';

/** Which of the hosts a pattern selected are meant: one, or a run with both ends included. */
export interface Index {
  start: number;
  /** Absent for a single host. -1 stands for the last. */
  end?: number;
}

const SUBSCRIPT = /^(.+)\[(?:(-?[0-9]+)|([0-9]+)([:-])([0-9]*))\]$/s;
const PART = /(?:[^\s:[\]]|\[[^\]]*\])+/g;

/** Splits a pattern, or each of a list, at commas, or at colons where they are not part of an address or range. */
export function splitPattern(pattern: string | string[]): string[] {
  if (Array.isArray(pattern)) return pattern.flatMap((part) => splitPattern(part));
  let parts: string[];
  if (pattern.includes(',')) parts = pattern.split(',');
  else parts = parseAddress(pattern) ? [pattern] : (pattern.match(PART) ?? []);
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** Takes a subscript such as `[0]`, `[-1]` or `[1:3]` off a pattern. A regular expression keeps its brackets. */
export function splitSubscript(part: string): { expression: string; index?: Index } {
  const found = part.startsWith('~') ? null : SUBSCRIPT.exec(part);
  if (!found) return { expression: part };
  const [, expression = '', single, start, , end] = found;
  if (single !== undefined) return { expression, index: { start: Number(single) } };
  return { expression, index: { start: Number(start), end: end ? Number(end) : -1 } };
}

/** The members a subscript names. Throws a Problem when a single one is out of range. */
export function subscript<T>(items: readonly T[], { start, end }: Index, written: string): T[] {
  // An end of 0 counts as absent in Ansible, so that [0:0] is the first host and [1:0] the second.
  if (end) return items.slice(start, end === -1 ? items.length : end + 1);
  const item = items.at(start);
  if (item !== undefined) return [item];
  throw new Problem({
    code: 'host-pattern',
    what: `host pattern "${written}" asks for a host that is not there`,
    why: `the part before "[" selects ${items.length} ${items.length === 1 ? 'host' : 'hosts'}, counted from 0`,
  });
}

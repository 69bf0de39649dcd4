import { parseAddress } from './address.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Host names a pattern of the inventory stands for, with the port they share. */
export interface Expansion {
  names: string[];
  port?: number;
}

/** Why a range could not be read; the caller knows its place. */
export class MalformedRange extends Error {}

/** Expands `web[01:20].example.com:2222` into names. Throws MalformedRange for a malformed range. */
export function expandHosts(pattern: string): Expansion {
  const address = parseAddress(pattern);
  const names = expand(address?.host ?? pattern);
  return address?.port === undefined ? { names } : { names, port: address.port };
}

function expand(pattern: string): string[] {
  const open = pattern.indexOf('[');
  if (open < 0) return [pattern];
  const close = pattern.indexOf(']', open);
  if (close < 0) throw new MalformedRange('a host range must end with "]"');
  const head = pattern.slice(0, open);
  // Ranges further on are expanded inside each name, so that the last one varies fastest.
  const tails = expand(pattern.slice(close + 1));
  const names: string[] = [];
  for (const member of members(pattern.slice(open + 1, close))) {
    for (const tail of tails) names.push(head + member + tail);
  }
  return names;
}

function members(range: string): string[] {
  const bounds = range.split(':');
  if (bounds.length !== 2 && bounds.length !== 3)
    throw new MalformedRange('a host range is begin:end or begin:end:step');
  const begin = bounds[0] || '0';
  const end = bounds[1] ?? '';
  if (!end) throw new MalformedRange('a host range needs an end');
  const step = bounds.length === 3 ? whole(bounds[2] ?? '') : 1;
  if (step < 1) throw new MalformedRange('the step of a host range must be 1 or more');
  const width = begin.length > 1 && begin.startsWith('0') ? begin.length : 0;
  if (width > 0 && width !== end.length) {
    throw new MalformedRange('begin and end of a host range must have as many digits when begin starts with 0');
  }
  return letters(begin, end, step) ?? numbers(whole(begin), whole(end), step, width);
}

function letters(begin: string, end: string, step: number): string[] | undefined {
  const first = LETTERS.indexOf(begin);
  const last = LETTERS.indexOf(end);
  if (first < 0 || last < 0) return undefined;
  if (first > last) throw new MalformedRange('a host range must have begin <= end');
  const names: string[] = [];
  for (let index = first; index <= last; index += step) names.push(LETTERS.charAt(index));
  return names;
}

function numbers(begin: number, end: number, step: number, width: number): string[] {
  const names: string[] = [];
  for (let index = begin; index <= end; index += step) names.push(String(index).padStart(width, '0'));
  return names;
}

function whole(text: string): number {
  if (!/^\s*[+-]?[0-9]+\s*$/.test(text)) throw new MalformedRange(`"${text}" is neither a whole number nor one letter`);
  return Number(text);
}

import { textOf, truthy, UseProblem } from '../python.ts';

/** A text without white space, or without those letters, at its ends. */
export function stripped(self: string, letters: unknown, side: 'both' | 'left' | 'right'): string {
  const set = letters === undefined || letters === null ? undefined : new Set(textOf(letters));
  const gone = (letter: string | undefined): boolean =>
    letter !== undefined && (set ? set.has(letter) : /\s/.test(letter));
  let [start, end] = [0, self.length];
  if (side !== 'right') while (start < end && gone(self[start])) start++;
  if (side !== 'left') while (end > start && gone(self[end - 1])) end--;
  return self.slice(start, end);
}

/** Python's split and rsplit: without a separator at runs of white space. */
export function split(self: string, separator: unknown, limit: number, fromRight: boolean): string[] {
  if (separator === undefined || separator === null) return atSpaces(self, limit, fromRight);
  const by = textOf(separator);
  if (by === '') throw new UseProblem('split needs a separator that is not empty');
  const parts = self.split(by);
  if (limit < 0 || parts.length <= limit + 1) return parts;
  return fromRight
    ? [parts.slice(0, parts.length - limit).join(by), ...parts.slice(parts.length - limit)]
    : [...parts.slice(0, limit), parts.slice(limit).join(by)];
}

/** What is left once the limit is reached keeps its white space at the far end. */
function atSpaces(self: string, limit: number, fromRight: boolean): string[] {
  const words: string[] = [];
  let rest = fromRight ? self.trimEnd() : self.trimStart();
  while (rest !== '') {
    const found = limit >= 0 && words.length >= limit ? undefined : (fromRight ? /\s*(\S+)$/ : /^(\S+)\s*/).exec(rest);
    const word = found?.[1] ?? rest;
    const taken = found?.[0].length ?? rest.length;
    if (fromRight) words.unshift(word);
    else words.push(word);
    rest = fromRight ? rest.slice(0, rest.length - taken) : rest.slice(taken);
  }
  return words;
}

const LINE = /[^\n\r\v\f\x85\u2028\u2029]*(?:\r\n|[\n\r\v\f\x85\u2028\u2029]|$)/g;

export function splitlines(self: string, keep: unknown): string[] {
  const lines = (self.match(LINE) ?? []).filter((line) => line !== '');
  return truthy(keep ?? false)
    ? lines
    : lines.map((line) => line.replace(/(?:\r\n|[\s\x85])$/, (end) => (end === ' ' || end === '\t' ? end : '')));
}

export function partition(self: string, by: string): string[] {
  const at = self.indexOf(by);
  return at === -1 ? [self, '', ''] : [self.slice(0, at), by, self.slice(at + by.length)];
}

export function rpartition(self: string, by: string): string[] {
  const at = self.lastIndexOf(by);
  return at === -1 ? ['', '', self] : [self.slice(0, at), by, self.slice(at + by.length)];
}

import { quote } from '../../../quote.ts';
import { expandMatch, pyRegExp } from '../../../regexp.ts';
import { filter } from '../environment.ts';
import { methodOf } from '../methods.ts';
import { format } from '../operators.ts';
import { numberOf, str, textOf, truthy, UseProblem } from '../python.ts';
import { comment } from './comment.ts';
import { wordwrap } from './wrap.ts';

const flags = (multiline: unknown, ignorecase: unknown): string =>
  `${truthy(multiline ?? false) ? 'm' : ''}${truthy(ignorecase ?? false) ? 'i' : ''}`;

/** A method of text as a filter. */
const method = (name: string) => filter('', (value) => methodOf(str(value), name)?.([], {}));

function replaceRegex(
  needed: number,
  text: string,
  pattern: string,
  replacement: string,
  options: string,
  count: number,
): string {
  let left = count === 0 ? Number.POSITIVE_INFINITY : count;
  let done = 0;
  const replaced = text.replace(pyRegExp(pattern, `g${options}`), (...found) => {
    if (left-- <= 0) return found[0];
    done++;
    const groups = typeof found.at(-1) === 'object' ? found.at(-1) : undefined;
    const match = Object.assign(found.slice(0, groups ? -3 : -2), { groups }) as unknown as RegExpExecArray;
    return expandMatch(match, replacement);
  });
  if (needed > 0 && needed !== done)
    throw new UseProblem(`"${pattern}" should match ${needed} times, and matches ${done} times`);
  return replaced;
}

function search(text: string, pattern: string, groups: readonly unknown[], options: string): unknown {
  const names = groups.map(groupName);
  const match = pyRegExp(pattern, options).exec(text);
  if (!match) return null;
  if (groups.length === 0) return match[0];
  return names.map((name) => (/^\d+$/.test(name) ? match[Number(name)] : match.groups?.[name]) ?? null);
}

function groupName(group: unknown): string {
  const name = /^\\g<(\w+)>$/.exec(str(group))?.[1] ?? /^\\(\d+)$/.exec(str(group))?.[1];
  if (name !== undefined) return name;
  throw new UseProblem(`regex_search takes groups as \\\\g<name> or \\\\1, not "${str(group)}"`);
}

function findall(text: string, pattern: string, options: string): unknown[] {
  return [...text.matchAll(pyRegExp(pattern, `g${options}`))].map((match) =>
    match.length === 1 ? match[0] : match.length === 2 ? (match[1] ?? '') : match.slice(1).map((one) => one ?? ''),
  );
}

const SPECIAL: Record<string, RegExp> = {
  python: /[\\.^$*+?{}[\]|()#&~\-\s]/g,
  posix_basic: /[\].[^$*\\]/g,
};

function specialIn(kind: string): RegExp {
  const found = Object.hasOwn(SPECIAL, kind) ? SPECIAL[kind] : undefined;
  if (found) return found;
  throw new UseProblem(`regex_escape knows ${Object.keys(SPECIAL).join(' and ')}, and not "${kind}"`);
}

const padOf = (width: unknown): string => (typeof width === 'string' ? width : ' '.repeat(numberOf(width as number)));

function indent(text: string, width: unknown, first: boolean, blank: boolean): string {
  if (text === '') return first ? padOf(width) : '';
  const pad = padOf(width);
  return text
    .split('\n')
    .map((line, index) => ((index > 0 || first) && (blank || line !== '') ? pad + line : line))
    .join('\n');
}

function truncate(text: string, length: number, whole: boolean, end: string, leeway: number): string {
  if (text.length <= length + leeway) return text;
  const cut = text.slice(0, length - end.length);
  return (whole ? cut : cut.replace(/ [^ ]*$/, '')) + end;
}

const HTML: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' };
const escapeHtml = filter('', (value) => str(value).replace(/[&<>"']/g, (letter) => HTML[letter] ?? letter));

/** Jinja's title(): a word begins after white space, a hyphen or an opening bracket. */
const titleOf = (text: string): string =>
  text
    .split(/([-\s({[<]+)/)
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1).toLowerCase())
    .join('');

const words = (text: string): string[] => text.match(/\w+/gu) ?? [];

/** Filters of text. */
export const TEXTS = {
  lower: method('lower'),
  upper: method('upper'),
  title: filter('', (value) => titleOf(str(value))),
  capitalize: method('capitalize'),
  trim: filter('chars', (value, { chars }) =>
    methodOf(str(value), 'strip')?.(chars === undefined || chars === null ? [] : [textOf(chars)], {}),
  ),
  replace: filter('old new count', (value, { old, new: by, count }) =>
    methodOf(str(value), 'replace')?.(count === undefined ? [old, by] : [old, by, count], {}),
  ),
  split: filter('sep maxsplit', (value, { sep, maxsplit }) => methodOf(textOf(value), 'split')?.([sep, maxsplit], {})),
  splitlines: method('splitlines'),
  format: filter('* **', (value, { rest, ...named }) =>
    format(str(value), Object.keys(named).length > 0 ? named : rest),
  ),
  indent: filter('width first blank', (value, { width = 4, first = false, blank = false }) =>
    indent(textOf(value), width, truthy(first), truthy(blank)),
  ),
  truncate: filter(
    'length killwords end leeway',
    (value, { length = 255, killwords = false, end = '...', leeway = 5 }) =>
      truncate(textOf(value), numberOf(length), truthy(killwords), str(end), numberOf(leeway)),
  ),
  wordwrap,
  wordcount: filter('', (value) => words(str(value)).length),
  center: filter('width', (value, { width = 80 }) => methodOf(str(value), 'center')?.([width], {})),
  escape: escapeHtml,
  e: escapeHtml,
  forceescape: escapeHtml,
  striptags: filter('', (value) =>
    str(value)
      .replace(/<!--.*?-->|<[^>]*>/gs, '')
      .split(/\s+/)
      .filter(Boolean)
      .join(' '),
  ),
  quote: filter('', (value) => (value === null ? "''" : quote(str(value)))),
  comment,
  regex_replace: filter(
    'pattern replacement ignorecase multiline count mandatory_count',
    (value, { pattern = '', replacement = '', ignorecase, multiline, count = 0, mandatory_count: needed = 0 }) =>
      replaceRegex(
        numberOf(needed),
        str(value),
        textOf(pattern),
        textOf(replacement),
        flags(multiline, ignorecase),
        numberOf(count),
      ),
  ),
  regex_search: filter('regex * **', (value, { regex, rest, ignorecase, multiline }) =>
    search(str(value), textOf(regex), rest, flags(multiline, ignorecase)),
  ),
  regex_findall: filter('regex multiline ignorecase', (value, { regex, multiline, ignorecase }) =>
    findall(str(value), textOf(regex), flags(multiline, ignorecase)),
  ),
  regex_escape: filter('re_type', (value, { re_type: kind = 'python' }) =>
    str(value).replace(specialIn(str(kind)), '\\$&'),
  ),
};

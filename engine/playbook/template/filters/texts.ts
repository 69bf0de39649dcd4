import { quote } from '../../../quote.ts';
import { expandMatch, pyRegExp } from '../../../regexp.ts';
import { filter } from '../environment.ts';
import { methodOf } from '../methods.ts';
import { format } from '../operators.ts';
import { entriesOf, iterate, numberOf, str, truthy, UseProblem } from '../python.ts';

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
  const match = pyRegExp(pattern, options).exec(text);
  if (!match) return null;
  if (groups.length === 0) return match[0];
  return groups.map((group) => {
    const name = /^\\g<(\w+)>$/.exec(str(group))?.[1] ?? /^\\(\d+)$/.exec(str(group))?.[1];
    if (name === undefined)
      throw new UseProblem(`regex_search takes groups as \\\\g<name> or \\\\1, not "${str(group)}"`);
    return (/^\d+$/.test(name) ? match[Number(name)] : match.groups?.[name]) ?? null;
  });
}

function findall(text: string, pattern: string, options: string): unknown[] {
  return [...text.matchAll(pyRegExp(pattern, `g${options}`))].map((match) =>
    match.length === 1 ? match[0] : match.length === 2 ? (match[1] ?? '') : match.slice(1).map((one) => one ?? ''),
  );
}

const SPECIAL: Record<string, RegExp> = {
  python: /[\\.^$*+?{}[\]|()#&~\-\s]/g,
  posix_basic: /[\].[^$*\\]/g,
  posix_extended: /[\\.^$*+?{}[\]|()]/g,
};

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

function wordwrap(text: string, width: number, breakLong: boolean, wrap: string): string {
  const lines = text.split('\n').map((line) => {
    const out: string[] = [];
    let current = '';
    for (const word of line.split(' ').flatMap((one) => (breakLong ? pieces(one, width) : [one]))) {
      if (current !== '' && current.length + 1 + word.length > width) {
        out.push(current);
        current = word;
      } else current = current === '' ? word : `${current} ${word}`;
    }
    return [...out, current].join(wrap);
  });
  return lines.join(wrap);
}

const pieces = (word: string, width: number): string[] => word.match(new RegExp(`.{1,${width}}`, 'g')) ?? [word];

const HTML: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' };
const escapeHtml = filter('', (value) => str(value).replace(/[&<>"']/g, (letter) => HTML[letter] ?? letter));

/** Jinja's title(): a word begins after white space, a hyphen or an opening bracket. */
const titleOf = (text: string): string =>
  text
    .split(/([-\s({[<]+)/)
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1).toLowerCase())
    .join('');

const words = (text: string): string[] => text.match(/\w+/gu) ?? [];

/** What Ansible's comment filter puts before and after, by style. */
const COMMENTS: Record<string, { decoration: string; beginning?: string; end?: string }> = {
  plain: { decoration: '# ' },
  erlang: { decoration: '% ' },
  c: { decoration: '// ' },
  cblock: { decoration: ' * ', beginning: '/*', end: ' */' },
  xml: { decoration: ' - ', beginning: '<!--', end: '-->' },
};

function comment(text: string, style: string, decoration: unknown, prefix: unknown, postfix: unknown): string {
  const chosen = COMMENTS[style];
  if (!chosen) throw new UseProblem(`there is no comment style "${style}"`);
  const mark = decoration === undefined ? chosen.decoration : str(decoration);
  const edge = (given: unknown): string => (given === undefined ? mark.trimEnd() : str(given));
  const lines = [edge(prefix), ...text.split('\n').map((line) => (mark + line).trimEnd()), edge(postfix)];
  return [chosen.beginning, ...lines, chosen.end].filter((line) => line !== undefined).join('\n');
}

/** Filters of text. */
export const TEXTS = {
  lower: method('lower'),
  upper: method('upper'),
  title: filter('', (value) => titleOf(str(value))),
  capitalize: method('capitalize'),
  trim: filter('chars', (value, { chars }) => methodOf(str(value), 'strip')?.(chars === undefined ? [] : [chars], {})),
  replace: filter('old new count', (value, { old, new: by, count }) =>
    methodOf(str(value), 'replace')?.(count === undefined ? [old, by] : [old, by, count], {}),
  ),
  split: filter('sep maxsplit', (value, { sep, maxsplit }) => methodOf(str(value), 'split')?.([sep, maxsplit], {})),
  splitlines: method('splitlines'),
  format: filter('* **', (value, { rest, ...named }) =>
    format(str(value), Object.keys(named).length > 0 ? named : rest),
  ),
  indent: filter('width first blank', (value, { width = 4, first = false, blank = false }) =>
    indent(str(value), width, truthy(first), truthy(blank)),
  ),
  truncate: filter(
    'length killwords end leeway',
    (value, { length = 255, killwords = false, end = '...', leeway = 5 }) =>
      truncate(str(value), numberOf(length), truthy(killwords), str(end), numberOf(leeway)),
  ),
  wordwrap: filter(
    'width break_long_words wrapstring',
    (value, { width = 79, break_long_words: long = true, wrapstring = '\n' }) =>
      wordwrap(str(value), numberOf(width), truthy(long), str(wrapstring)),
  ),
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
  comment: filter('style decoration prefix postfix', (value, { style = 'plain', decoration, prefix, postfix }) =>
    comment(str(value), str(style), decoration, prefix, postfix),
  ),
  regex_replace: filter(
    'pattern replacement ignorecase multiline count mandatory_count',
    (value, { pattern = '', replacement = '', ignorecase, multiline, count = 0, mandatory_count: needed = 0 }) =>
      replaceRegex(
        numberOf(needed),
        str(value),
        str(pattern),
        str(replacement),
        flags(multiline, ignorecase),
        numberOf(count),
      ),
  ),
  regex_search: filter('regex * **', (value, { regex, rest, ignorecase, multiline }) =>
    search(str(value), str(regex), rest, flags(multiline, ignorecase)),
  ),
  regex_findall: filter('regex multiline ignorecase', (value, { regex, multiline, ignorecase }) =>
    findall(str(value), str(regex), flags(multiline, ignorecase)),
  ),
  regex_escape: filter('re_type', (value, { re_type: kind = 'python' }) =>
    str(value).replace(SPECIAL[str(kind)] ?? /$^/g, '\\$&'),
  ),
  urlencode: filter('', (value) =>
    typeof value === 'object' && value !== null && (Array.isArray(value) || entriesOf(value))
      ? (entriesOf(value) ?? (iterate(value) as [unknown, unknown][]))
          .map((pair) => pair.map((one) => encode(str(one)).replaceAll('/', '%2F').replaceAll('%20', '+')).join('='))
          .join('&')
      : encode(str(value)),
  ),
  urldecode: filter('', (value) => decodeURIComponent(str(value).replaceAll('+', ' '))),
};

/** Python's quote(): a slash stays. */
const encode = (text: string): string =>
  encodeURIComponent(text)
    .replace(/%2F/g, '/')
    .replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);

import { Problem } from './problem.ts';

const FLAGS: Record<string, string> = { i: 'i', m: 'm', s: 's', a: '', u: '', L: '' };

/** A regular expression written for Python's re, as one of JavaScript's that finds the same. Throws a Problem. */
export function pyRegExp(pattern: string, flags = ''): RegExp {
  try {
    let source = pattern;
    let all = flags;
    const inline = /^\(\?([a-zA-Z]+)\)/.exec(source);
    if (inline) {
      source = source.slice(inline[0].length);
      for (const letter of inline[1] ?? '') {
        const flag = FLAGS[letter];
        if (flag === undefined) throw new Error(`(?${letter}) is not known here`);
        if (!all.includes(flag)) all += flag;
      }
    }
    return new RegExp(translate(source, all), all);
  } catch (thrown) {
    throw new Problem({
      code: 'bad-regular-expression',
      what: `"${pattern}" is not a regular expression that can be used`,
      why: (thrown as Error).message,
      cause: thrown,
    });
  }
}

/** Python's `$` also matches before a line end that ends the text; JavaScript's does not. */
const END = '(?=\\n?(?![\\s\\S]))';

function translate(source: string, flags: string): string {
  const token =
    /\\[AZz]|\\[\s\S]|\[\^?\]?(?:\\[\s\S]|\[:[a-z]+:\]|[^\]\\])*\]|\(\?P<(\w+)>|\(\?P=(\w+)\)|\(\?#[^)]*\)|\{,\d+\}|[$.^]/g;
  return source.replace(token, (found, opened?: string, named?: string) => {
    if (opened !== undefined) return `(?<${opened}>`;
    if (named !== undefined) return `\\k<${named}>`;
    if (found === '\\A') return '(?<![\\s\\S])';
    if (found === '\\Z' || found === '\\z') return '(?![\\s\\S])';
    // Only a line feed ends a line for Python, so a carriage return counts as any other character.
    if (found === '$') return flags.includes('m') ? '(?![^\\n])' : END;
    if (found === '^') return flags.includes('m') ? '(?<![^\\n])' : '^';
    if (found === '.') return flags.includes('s') ? '.' : '[^\\n]';
    if (found.startsWith('(?#')) return '';
    if (found.startsWith('{')) return found.replace('{,', '{0,');
    // A bracket that stands first in a class is a member of it.
    return found.startsWith('[') ? found.replace(/^(\[\^?)\]/, '$1\\]') : found;
  });
}

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', a: '\x07', b: '\b' };

/** What Python's `match.expand(template)` makes of a match: `\1`, `\g<name>` and escapes filled in. */
export function expandMatch(match: RegExpExecArray, template: string): string {
  return template.replace(
    /\\(?:g<(\w+)>|(\d{1,2})|([\s\S]))/g,
    (found, name?: string, digits?: string, letter?: string) => {
      if (letter !== undefined) return ESCAPES[letter] ?? (letter === '\\' ? '\\' : found);
      const group = name ?? digits ?? '';
      if (digits === '0') return '\0';
      const value = /^\d+$/.test(group) ? match[Number(group)] : match.groups?.[group];
      const known = /^\d+$/.test(group) ? Number(group) < match.length : match.groups && group in match.groups;
      if (!known) {
        throw new Problem({
          code: 'bad-regular-expression',
          what: `the text refers to the group "${group}", which the regular expression does not have`,
        });
      }
      return value ?? '';
    },
  );
}

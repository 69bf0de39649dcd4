import type { YAMLException } from 'js-yaml';
import { Problem } from '../problem.ts';
import type { Source } from './node.ts';
import { placeAt } from './place.ts';

/** A syntax error in the words of a person, with what usually mends it. */
export function syntaxProblem(source: Source, thrown: YAMLException): Problem {
  const at = placeAt(source, thrown.mark?.position ?? 0);
  const line = at.text ?? '';
  if (/tab characters/.test(thrown.reason) || /^ *\t/.test(line)) {
    const tab = Math.max(0, line.indexOf('\t'));
    return new Problem({
      code: 'yaml-tab',
      what: 'a tab in the indentation; YAML takes spaces only',
      at: { ...at, column: tab + 1 },
      mend: 'replace the tab by spaces',
    });
  }
  const bare = /:\s*\{\{/.test(line);
  const found = bare ? undefined : (leftOpen(source, thrown) ?? meant(source, thrown, line));
  if (found) return new Problem({ code: 'yaml-syntax', at, ...found, what: `this is not valid YAML: ${found.what}` });
  const mend = bare
    ? 'put the whole value in double quotes: "{{ … }}"'
    : /:\s+[^'"[{|>&*!].*:\s/.test(line)
      ? 'quote the value: a colon and a space inside it start a new key'
      : /^bad indentation of a (mapping|sequence) entry/.test(thrown.reason)
        ? 'begin it in the same column as what stands beside it in the lines above'
        : undefined;
  return new Problem({ code: 'yaml-syntax', what: `this is not valid YAML: ${thrown.reason}`, at, mend });
}

type Found = Partial<Pick<Problem, 'at' | 'mend'>> & { what: string };

const CLOSED_BY: Readonly<Record<string, string>> = { '{': '}', '[': ']', '"': '"', "'": "'" };

/** The reader stumbles over the line after a bracket or a quote that is not closed; it is the opening one that is told. */
function leftOpen(source: Source, { reason, mark }: YAMLException): Found | undefined {
  if (!/deficient indentation|unexpected end of the stream within/.test(reason)) return undefined;
  let end = mark?.position ?? source.text.length;
  while (end > 0) {
    const start = source.text.lastIndexOf('\n', end - 1) + 1;
    const at = openIn(source.text.slice(start, end));
    const sign = at === undefined ? '' : source.text.charAt(start + at);
    if (at !== undefined)
      return {
        what: `${sign} is not closed`,
        at: placeAt(source, start + at),
        mend: `close it with ${CLOSED_BY[sign]}`,
      };
    end = start - 1;
  }
  return undefined;
}

/** Where in a line the last bracket or quote stands that the line does not close. */
function openIn(line: string): number | undefined {
  const open: number[] = [];
  let quote = -1;
  for (const [at, letter] of [...line].entries()) {
    if (quote !== -1) {
      if (letter === line[quote] && !(letter === '"' && line[at - 1] === '\\')) quote = -1;
    } else if (letter === '#' && /\s/.test(line[at - 1] ?? ' ')) break;
    else if ((letter === '"' || letter === "'") && /[\s[{,:]/.test(line[at - 1] ?? ' ')) quote = at;
    else if ('[{'.includes(letter)) open.push(at);
    else if (']}'.includes(letter)) open.pop();
  }
  return quote === -1 ? open.at(-1) : quote;
}

/** What js-yaml calls bad indentation, a comma or an escape, though it is something else that people do. */
function meant(source: Source, { reason, mark }: YAMLException, line: string): Found | undefined {
  const position = mark?.position ?? 0;
  const sign = source.text.charAt(position);
  const before = source.text.slice(source.text.lastIndexOf('\n', position - 1) + 1, position);
  if (/^unknown escape/.test(reason))
    return { what: reason, mend: 'write the backslash twice, or put the value in single quotes' };
  if (/^missed comma/.test(reason) && ']}'.includes(sign)) {
    const opened = line.charAt(openIn(before) ?? -1);
    if (CLOSED_BY[opened])
      return { what: `${opened} is closed by ${sign}`, mend: `close it with ${CLOSED_BY[opened]}` };
  }
  if (!/^bad indentation/.test(reason)) return undefined;
  if (/[:-]\s+$/.test(before) && /[%@`]/.test(sign))
    return { what: `a value cannot begin with ${sign}`, mend: 'put the whole value in quotes' };
  const quoted = /(?:[:-]\s+)('[^']*'|"(?:[^"\\]|\\.)*")\s*$/.exec(before)?.[1];
  if (!quoted) return undefined;
  return {
    what: 'something comes after the closing quote',
    mend: quoted.startsWith("'") ? "inside of '…' write a quote twice: ''" : 'put the whole value in single quotes',
  };
}

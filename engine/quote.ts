import { Problem } from './problem.ts';

/** One word for a POSIX shell: single quotes, each quote inside in double ones, as Python's shlex.quote. The only quoting there is. */
export function quote(word: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) && !word.startsWith('=') ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

/** A command line of words. */
export const quoteAll = (words: readonly string[]): string => words.map(quote).join(' ');

const WORD = /(?:[^\s"'\\]|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"|'[^']*')+/g;

/** The first word of a command line, and what is written after it. */
export function firstWord(text: string): { word: string; rest: string } {
  const line = text.trim();
  const written = new RegExp(`^${WORD.source}`).exec(line)?.[0] ?? '';
  return { word: shellWords(written)[0] ?? '', rest: line.slice(written.length) };
}

/** Splits a command line as a POSIX shell would, with quotes and backslashes; nothing is expanded. */
export function shellWords(text: string): string[] {
  const left = text.replace(WORD, '').trim();
  if (left !== '') throw unclosed(left);
  return (text.match(WORD) ?? []).map((word) =>
    word.replace(
      /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])/g,
      (_, single?: string, double?: string, escaped?: string) =>
        single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? '',
    ),
  );
}

const unclosed = (sign: string): Problem =>
  new Problem({
    code: 'wrong-argument',
    what: sign.startsWith('\\') ? 'the command ends in a backslash' : `the command has no closing ${sign.charAt(0)}`,
    mend: 'a value that may hold quotes goes through the filter quote, or into argv',
  });

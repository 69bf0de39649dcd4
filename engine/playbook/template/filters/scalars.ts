import { resolvePlain } from '../../resolve.ts';

/** How a text is written: its letters, escaped when it is in double quotes. */
export interface Analysis {
  letters: readonly string[];
  style: 'plain' | 'single' | 'double';
  /** It may be a key without a question mark before it. */
  simple: boolean;
}

const NAMED: Record<string, string> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\x85': 'N',
  '\xa0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
};

const LONGEST_KEY = 128;

/** Letters that stand for themselves; libyaml takes none beyond 16 bits for printable. */
const printable = (letter: string): boolean => /^[\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]$/u.test(letter);

const blank = (letter: string | undefined): boolean => letter === undefined || /[ \t\n\r\x85\u2028\u2029]/.test(letter);

/** Which quotes a text needs, by libyaml's yaml_emitter_analyze_scalar and yaml_emitter_select_scalar_style. */
export function analyse(text: string, at: { key: boolean; flow: boolean }): Analysis {
  const letters = [...text];
  const multiline = text.includes('\n');
  const simple = letters.length <= LONGEST_KEY && !multiline;
  if (needsDouble(text, letters) || (at.key && multiline))
    return { letters: letters.map(escaped), style: 'double', simple };
  const plain = !needsQuotes(text, letters, at.flow) && isText(text);
  return { letters, style: plain ? 'plain' : 'single', simple };
}

const needsDouble = (text: string, letters: readonly string[]): boolean =>
  /\n | \n/.test(text) || letters.some((letter) => !printable(letter) || letter === '\u2028' || letter === '\u2029');

function needsQuotes(text: string, letters: readonly string[], flow: boolean): boolean {
  if (text === '' || /^[ \n]|[ \n]$|\n/.test(text) || /^(?:---|\.\.\.)/.test(text)) return true;
  return letters.some((letter, index) => {
    const followed = blank(letters[index + 1]);
    if (index === 0) {
      if ('#,[]{}&*!|>\'"%@`'.includes(letter) || (letter === '-' && followed)) return true;
      return (letter === '?' || letter === ':') && (flow || followed);
    }
    if (',?[]{}'.includes(letter)) return flow;
    if (letter === ':') return flow || followed;
    return letter === '#' && blank(letters[index - 1]);
  });
}

/** A text that would be read as something else needs quotes; PyYAML reads dates, `=` and `<<` so too. */
const isText = (text: string): boolean =>
  resolvePlain(text) === text && text !== '=' && text !== '<<' && !DATE.test(text);

const DATE =
  /^\d{4}-(?:\d\d-\d\d$|\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?$)/;

function escaped(letter: string): string {
  const named = NAMED[letter];
  if (named !== undefined) return `\\${named}`;
  if (printable(letter)) return letter;
  const code = (letter.codePointAt(0) ?? 0).toString(16).toUpperCase();
  if (code.length <= 2) return `\\x${code.padStart(2, '0')}`;
  return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\U${code.padStart(8, '0')}`;
}

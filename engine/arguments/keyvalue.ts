import { Problem } from '../problem.ts';
import type { Mapping } from '../value.ts';

/**
 * Reads Ansible's argument strings: `src=a dest="b c" mode=0644`. Words that are no `key=value` are kept together under
 * `_raw_params`. With `options`, only those names count as keys and all else is raw, as in `command: ls creates=/x`.
 */
export function parseKeyValue(text: string, options?: readonly string[]): Mapping {
  const values: Mapping = {};
  const raw: string[] = [];
  for (const word of splitWords(text)) {
    const decoded = decodeEscapes(word);
    const at = equalsSign(decoded);
    const key = decoded.slice(0, at).trim();
    if (at === -1 && decoded.includes('=')) raw.push(decoded.replaceAll('\\=', '='));
    // As it is written: a shell and sed read their escapes themselves.
    else if (at === -1 || (options && !options.includes(key))) raw.push(word);
    else values[key] = unquote(decoded.slice(at + 1).trim());
  }
  if (raw.length > 0) values._raw_params = joinWords(raw);
  return values;
}

/** Where the first equals sign is that no backslash stands before; never at the start. */
function equalsSign(word: string): number {
  for (let at = word.indexOf('=', 1); at !== -1; at = word.indexOf('=', at + 1)) if (word[at - 1] !== '\\') return at;
  return -1;
}

const ESCAPES: Record<string, string> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function decodeEscapes(word: string): string {
  return word.replace(
    /\\(?:U([a-fA-F0-9]{8})|u([a-fA-F0-9]{4})|x([a-fA-F0-9]{2})|([\\'"abfnrtv]))/g,
    (_, long?: string, short?: string, byte?: string, letter?: string) => {
      const hex = long ?? short ?? byte;
      return hex === undefined ? (ESCAPES[letter ?? ''] ?? '') : String.fromCodePoint(Number.parseInt(hex, 16));
    },
  );
}

function unquote(text: string): string {
  const first = text[0] ?? '';
  const quoted = text.length > 1 && (first === '"' || first === "'") && text.endsWith(first) && text.at(-2) !== '\\';
  return quoted ? text.slice(1, -1) : text;
}

const joinWords = (words: readonly string[]): string =>
  words.reduce((text, word) => (text === '' || text.endsWith('\n') ? text + word : `${text} ${word}`), '');

/** The quote that is open after a token, given the one open before it. */
function openQuote(token: string, before: string): string {
  let open = before;
  for (const [index, letter] of [...token].entries()) {
    if ((letter !== '"' && letter !== "'") || (index > 0 && token[index - 1] === '\\')) continue;
    if (open === '') open = letter;
    else if (open === letter) open = '';
  }
  return open;
}

const BRACKETS = [
  ['{{', '}}'],
  ['{%', '%}'],
  ['{#', '#}'],
] as const;

const occurrences = (text: string, part: string): number => text.split(part).length - 1;

/** Splits at white space, but not inside quotes or a template. White space between words stays with the word before. */
class Splitter {
  readonly words: string[] = [];
  #quote = '';
  readonly #depths = [0, 0, 0];

  get open(): boolean {
    return this.#quote !== '' || this.#inTemplate();
  }

  #inTemplate(): boolean {
    return this.#depths.some((depth) => depth > 0);
  }

  /** Adds to the last word; one is begun when there is none. */
  glue(text: string): void {
    if (this.words.length === 0) this.words.push('');
    this.words[this.words.length - 1] += text;
  }

  token(token: string, startsLine: boolean): boolean {
    if (token === '' && !startsLine) {
      this.glue(' ');
      return false;
    }
    if (token === '\\' && this.#quote === '') return true;
    const wasOpen = this.open;
    this.#quote = openQuote(token, this.#quote);
    for (const [index, [begin, end]] of BRACKETS.entries()) {
      const depth = (this.#depths[index] ?? 0) + occurrences(token, begin) - occurrences(token, end);
      this.#depths[index] = Math.max(0, depth);
    }
    if (wasOpen) this.glue(startsLine ? token : ` ${token}`);
    else if (token !== '') this.words.push(token);
    return false;
  }
}

function splitWords(text: string): string[] {
  if (text === '') return [];
  const splitter = new Splitter();
  const lines = text.split('\n');
  for (const [number, line] of lines.entries()) {
    let continued = false;
    for (const [index, token] of line.split(' ').entries()) {
      if (splitter.token(token, index === 0)) continued = true;
    }
    if (number < lines.length - 1 && !continued) splitter.glue('\n');
  }
  if (splitter.open) {
    throw new Problem({
      code: 'unbalanced-arguments',
      what: `a quote or a template is not closed in the arguments: ${text}`,
    });
  }
  return splitter.words;
}

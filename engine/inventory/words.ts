/** One word of a shell-like line: its value without quotes, and where it stood in the line. */
export interface Word {
  value: string;
  start: number;
  end: number;
}

/** Why a line could not be split; the caller knows its place. */
export class UnclosedQuote extends Error {
  readonly index: number;

  constructor(index: number) {
    super('a quote is not closed');
    this.index = index;
  }
}

const SPACE = /[ \t\r\n]/;

/** Splits a line as Python's shlex does with comments on: quotes, backslashes, and `#` even inside an unquoted word. */
export function splitWords(line: string): Word[] {
  const words: Word[] = [];
  let index = 0;
  while (index < line.length) {
    while (index < line.length && SPACE.test(line.charAt(index))) index++;
    if (index >= line.length || line[index] === '#') break;
    const word = readWord(line, index);
    words.push(word);
    index = word.end;
  }
  return words;
}

function readWord(line: string, start: number): Word {
  let value = '';
  let index = start;
  while (index < line.length) {
    const char = line.charAt(index);
    if (char === '#' || SPACE.test(char)) break;
    if (char === '\\') {
      if (index + 1 >= line.length) throw new UnclosedQuote(index);
      value += line.charAt(index + 1);
      index += 2;
    } else if (char === '"' || char === "'") {
      const quoted = readQuoted(line, index);
      value += quoted.value;
      index = quoted.end;
    } else {
      value += char;
      index++;
    }
  }
  return { value, start, end: index };
}

function readQuoted(line: string, start: number): { value: string; end: number } {
  const quote = line.charAt(start);
  let value = '';
  for (let index = start + 1; index < line.length; index++) {
    const char = line.charAt(index);
    if (char === quote) return { value, end: index + 1 };
    const next = line.charAt(index + 1);
    // Inside double quotes a backslash escapes only itself and the quote; inside single quotes nothing is escaped.
    if (char === '\\' && quote === '"' && (next === '"' || next === '\\')) {
      value += next;
      index++;
    } else {
      value += char;
    }
  }
  throw new UnclosedQuote(start);
}

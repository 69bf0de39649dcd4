import { late } from '../../../late.ts';
import { filter } from '../environment.ts';
import { splitlines } from '../methods/split.ts';
import { isNumber, numberOf, str, textOf, truthy, UseProblem } from '../python.ts';

const SPACE = '[\\t\\n\\v\\f\\r ]';
const LETTER = '[\\p{L}_]';
const PUNCTUATED = '[\\p{L}\\p{N}_!"\'&.,?]';

/** Python's textwrap.wordsep_re: white space, dashes between words, words up to a hyphen. */
const parts = late(
  () =>
    new RegExp(
      `(${SPACE}+|(?<=${PUNCTUATED})-{2,}(?=[\\p{L}\\p{N}_])|[^\\t\\n\\v\\f\\r ]+?(?:` +
        `-(?:(?<=${LETTER}{2}-)|(?<=${LETTER}-${LETTER}-))(?=${LETTER}-?${LETTER})` +
        `|(?=${SPACE}|$)|(?<=${PUNCTUATED})(?=-{2,}[\\p{L}\\p{N}_])))`,
      'u',
    ),
);

interface Wrap {
  width: number;
  long: boolean;
  hyphens: boolean;
}

/** How much of a word that is too long still goes on a line. */
function cutOf(word: string, room: number, hyphens: boolean): number {
  const hyphen = hyphens && word.length > room ? word.lastIndexOf('-', room - 1) : -1;
  return hyphen > 0 && /[^-]/.test(word.slice(0, hyphen)) ? hyphen + 1 : room;
}

/** Python's textwrap.wrap of one line. */
function wrapped(line: string, { width, long, hyphens }: Wrap): string[] {
  const rest = line.split(hyphens ? parts() : new RegExp(`(${SPACE}+)`)).filter(Boolean);
  const lines: string[] = [];
  while (rest.length > 0) {
    if (lines.length > 0 && rest[0]?.trim() === '') rest.shift();
    const taken: string[] = [];
    let length = 0;
    while (rest[0] !== undefined && length + rest[0].length <= width) {
      length += rest[0].length;
      taken.push(rest.shift() as string);
    }
    const word = rest[0];
    if (word !== undefined && word.length > width) {
      if (long) {
        const cut = cutOf(word, width < 1 ? 1 : width - length, hyphens);
        taken.push(word.slice(0, cut));
        rest[0] = word.slice(cut);
      } else if (taken.length === 0) taken.push(rest.shift() as string);
    }
    if (taken.at(-1)?.trim() === '') taken.pop();
    if (taken.length > 0) lines.push(taken.join(''));
  }
  return lines;
}

function widthOf(width: unknown): number {
  const columns = isNumber(width) ? numberOf(width) : 0;
  if (columns > 0) return columns;
  throw new UseProblem('wordwrap needs a width of at least 1');
}

/** Jinja's wordwrap: each line by itself. */
export const wordwrap = filter(
  'width break_long_words wrapstring break_on_hyphens',
  (value, { width = 79, break_long_words: long = true, wrapstring = '\n', break_on_hyphens: hyphens = true }) =>
    splitlines(textOf(value), false)
      .map((line) =>
        wrapped(line, { width: widthOf(width), long: truthy(long), hyphens: truthy(hyphens) }).join(str(wrapstring)),
      )
      .join(str(wrapstring)),
);

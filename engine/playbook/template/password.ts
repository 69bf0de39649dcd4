import { randomInt } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { str, UseProblem } from './python.ts';
import { SeededRandom } from './random.ts';

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const DIGITS = '0123456789';
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

/** Sets of letters by the names of Python's module string. */
const SETS: Readonly<Record<string, string>> = {
  ascii_lowercase: LOWER,
  ascii_uppercase: UPPER,
  ascii_letters: LOWER + UPPER,
  digits: DIGITS,
  hexdigits: `${DIGITS}abcdefABCDEF`,
  octdigits: '01234567',
  punctuation: PUNCTUATION,
};

type Options = Readonly<Record<string, unknown>>;

/** A password that is kept in a file of the controller: made when the file is not there, `/dev/null` makes one each time. */
export function passwordIn(term: string, named: Options, folder: string | undefined): string {
  const { path, options } = parsed(term, named);
  if (path === '/dev/null') return made(options);
  const home = path.replace(/^~(?=\/|$)/, homedir());
  const file = isAbsolute(home) ? home : join(folder ?? '.', home);
  const kept = readKept(file);
  if (kept !== undefined) return kept;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    const password = made(options);
    writeFileSync(file, `${password}\n`, { mode: 0o600, flag: 'wx' });
    return password;
  } catch (thrown) {
    // Another run has made it meanwhile.
    const other = (thrown as NodeJS.ErrnoException).code === 'EEXIST' ? readKept(file) : undefined;
    if (other === undefined) throw thrown;
    return other;
  }
}

function readKept(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
      .trimEnd()
      .replace(/ salt=.*$/, '');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  }
}

/** `path length=20 chars=digits`: what stands before the options is the path, blanks and all. */
function parsed(term: string, named: Options): { path: string; options: Options } {
  const words = term.split(' ');
  const first = words.findIndex((word, index) => index > 0 && /^\w+=/.test(word));
  const given =
    first === -1
      ? []
      : words
          .slice(first)
          .map((word): [string, string] => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]);
  const options: Options = { ...named, ...Object.fromEntries(given) };
  const unknown = Object.keys(options).find((name) => !['length', 'chars', 'seed', 'encrypt', 'ident'].includes(name));
  if (unknown !== undefined) throw new UseProblem(`the lookup password has no option "${unknown}"`);
  if (options['encrypt'] ?? options['ident'])
    throw new UseProblem('the lookup password cannot hash what it gives yet: encrypt and ident are not here');
  return { path: (first === -1 ? words : words.slice(0, first)).join(' '), options };
}

function made({ length = 20, chars = ['ascii_letters', 'digits', '.,:-_'], seed }: Options): string {
  const sets = Array.isArray(chars) ? chars.map(str) : listed(str(chars));
  const letters = [...sets.map((set) => SETS[set] ?? set).join('')].filter((letter) => !['"', "'"].includes(letter));
  if (letters.length === 0) throw new UseProblem('the lookup password has no letters to choose from');
  const seeded = seed === undefined || seed === null ? undefined : new SeededRandom(str(seed));
  const below = (limit: number): number => (seeded ? seeded.below(limit) : randomInt(limit));
  return Array.from({ length: Number(length) }, () => letters[below(letters.length)]).join('');
}

/** Two commas stand for one. */
const listed = (chars: string): string[] => [
  ...(chars.includes(',,') ? [','] : []),
  ...chars.replaceAll(',,', ',').split(',').filter(Boolean),
];

import type { ArchiveEntry } from './entry.ts';

/** What of an archive is unpacked, and how. */
export interface Selection {
  include: readonly string[];
  exclude: readonly string[];
  options: readonly string[];
}

/** Words for tar, after `-f ARCHIVE`, that list it in the C locale and UTC; names are those it is unpacked under. */
export function listWords({ include, options, exclude }: Selection): string[] {
  return [
    ...['--list', '--verbose', '--full-time', '--quoting-style=c', '--show-transformed-names'],
    ...options,
    ...exclude.map((pattern) => `--exclude=${pattern}`),
    // A name with a colon is a file here, not one of another machine.
    '--force-local',
    ...include,
  ];
}

const TYPES: Record<string, ArchiveEntry['type']> = {
  '-': 'file',
  C: 'file',
  d: 'directory',
  l: 'link',
  h: 'hard',
  p: 'fifo',
  b: 'block',
  c: 'char',
};

const NAME = '"(?:[^"\\\\]|\\\\.)*"';
const LINE = new RegExp(
  `^(.)([r-][w-][xsS-][r-][w-][xsS-][r-][w-][xtT-])[+.@]? (\\S+)/(.*?) +(\\d+|\\d+,\\d+) (\\d{4}-\\d\\d-\\d\\d) (\\d\\d:\\d\\d:\\d\\d)\\S* (${NAME})/?(?: (?:->|link to) (${NAME}))?$`,
);

/** The entries of two listings of one archive: with names of owners, and with numbers. */
export function parseListings(named: string, numbered: string): ArchiveEntry[] {
  const numbers = numbered.split('\n');
  return named.split('\n').flatMap((line, index) => {
    const entry = parseLine(line);
    if (!entry) return [];
    const other = LINE.exec(numbers[index] ?? '');
    return [{ ...entry, ...(other ? { uid: Number(other[3]), gid: Number(other[4]) } : {}) }];
  });
}

function parseLine(line: string): ArchiveEntry | undefined {
  const found = LINE.exec(line);
  if (!found) return undefined;
  const [, letter = '', mode = '', owner = '', group = '', size = '', day = '', time = '', name = '', target] = found;
  const bare = unquoted(name)
    .replace(/^(?:\.?\/)+(?=.)/, '')
    .replace(/(?<=.)\/+$/, '');
  // What is left of a name that --strip-components takes whole is not unpacked.
  if (bare === '') return undefined;
  return {
    name: bare,
    type: TYPES[letter] ?? 'file',
    mode: octalOf(mode),
    size: Number(size.split(',')[0]),
    mtime: Date.parse(`${day}T${time}Z`) / 1000,
    owner,
    group,
    ...(target === undefined ? {} : { target: unquoted(target) }),
  };
}

/** `rwsr-x--T` as four octal digits. */
function octalOf(text: string): string {
  let [bits, special] = [0, 0];
  for (const [index, letter] of [...text].entries()) {
    if (/[rwxst]/.test(letter)) bits |= 1 << (8 - index);
    if (/[sStT]/.test(letter)) special |= 4 >> Math.floor(index / 3);
  }
  return `${special}${bits.toString(8).padStart(3, '0')}`;
}

const ESCAPES: Record<string, number> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 };

/** A name as tar quotes it: bytes that are no ASCII text come as octal numbers. */
function unquoted(text: string): string {
  const bytes: number[] = [];
  for (const [, octal, escaped, plain] of text.slice(1, -1).matchAll(/\\([0-7]{3})|\\(.)|([^\\])/gs)) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
    else if (escaped !== undefined) bytes.push(ESCAPES[escaped] ?? escaped.charCodeAt(0));
    else if (plain !== undefined) bytes.push(...Buffer.from(plain));
  }
  return Buffer.from(bytes).toString('utf8');
}

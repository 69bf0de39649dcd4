import type { Reader } from '../connection/connection.ts';
import { globRegex } from '../glob.ts';
import { Problem } from '../problem.ts';
import { pyRegExp } from '../regexp.ts';
import type { Found } from './finding.ts';
import { modeFor } from './mode.ts';

/** What find lists of all that is there. */
export interface FindWish {
  patterns: string[];
  excludes?: string[];
  use_regex: boolean;
  file_type: string;
  contains?: string;
  read_whole_file: boolean;
  encoding?: string;
  age?: string;
  age_stamp: string;
  size?: string;
  mode?: string;
  exact_mode: boolean;
  hidden: boolean;
  depth?: number;
}

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const BYTES = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };
const KINDS: Readonly<Record<string, string>> = { file: 'f', directory: 'd', link: 'l' };

/** Whether something below a folder is listed, but for what it contains. Throws a Problem where the wish makes no sense. */
export function wantedBy(wish: FindWish): (found: Found, root: string, now: number) => boolean {
  const named = nameFilter(wish);
  const age = numberOf('age', wish.age, SECONDS);
  const size = numberOf('size', wish.size, BYTES);
  const mode = wish.mode === undefined ? undefined : Number.parseInt(modeFor(wish.mode, NO_MODE, 0o022), 8);
  encodingOf(wish);
  const { file_type: type, age_stamp: stamp, hidden, depth, exact_mode: exact } = wish;
  return (found, root, now) => {
    const name = found.path.slice(found.path.lastIndexOf('/') + 1);
    if (type !== 'any' && KINDS[type] !== found.kind) return false;
    if ((name.startsWith('.') && !hidden) || !named(name)) return false;
    if (depth && levels(found.path) - levels(root === '/' ? '' : root) > depth) return false;
    if (!reaches(now - found[stamp as 'mtime'], age)) return false;
    if (found.kind === 'f' && !reaches(found.size, size)) return false;
    return !mode || (exact ? found.mode === mode : (found.mode & mode) !== 0);
  };
}

const NO_MODE = { mode: '0000', directory: false };
const levels = (path: string): number => path.split('/').length;
/** At least so much, or with a minus at most. */
const reaches = (actual: number, limit: number | undefined): boolean =>
  limit === undefined || (Object.is(Math.sign(limit), -1) ? actual <= -limit : actual >= limit);

function numberOf(name: string, text: string | undefined, units: Readonly<Record<string, number>>): number | undefined {
  if (text === undefined) return undefined;
  const [, number, unit = Object.keys(units)[0] ?? ''] = /^(-?\d+)([a-z])?$/.exec(text.toLowerCase()) ?? [];
  const factor = units[unit];
  if (number !== undefined && factor !== undefined) return Number(number) * factor;
  const mend = `write a number, and one of ${Object.keys(units).join(', ')} behind it`;
  throw new Problem({ code: 'wrong-argument', what: `find: "${name}" is "${text}"`, mend });
}

function nameFilter({ patterns, excludes = [], use_regex: regex }: FindWish): (name: string) => boolean {
  const compile = (pattern: string): RegExp => {
    if (!regex) return globRegex(pattern);
    const [, inline = '', source = ''] = /^(\(\?[a-zA-Z]+\))?([\s\S]*)$/.exec(pattern) ?? [];
    return pyRegExp(`${inline}\\A(?:${source})`);
  };
  const [kept, left] = [patterns.map(compile), excludes.map(compile)];
  return (name) => (kept.length === 0 || kept.some((one) => one.test(name))) && !left.some((one) => one.test(name));
}

function encodingOf({ encoding }: FindWish): void {
  if (encoding === undefined || /^(utf[-_]?8|ascii|us[-_]ascii)$/i.test(encoding)) return;
  throw new Problem({
    code: 'wrong-argument',
    what: `find cannot look into files that are written in "${encoding}"`,
    mend: 'take utf-8 or ascii',
  });
}

/**
 * $1 options of grep, $2 the expression. The paths come on standard input. xargs says with one status that a file did not
 * match and that grep failed, which then told why.
 */
const GREP = `LC_ALL=C.UTF-8 xargs -0 -r grep -laZsP $1 -e "$2" -- || :`;
const LINE_ENDS = '(?=\\n?(?![\\s\\S]))';

/** Those that contain what is wanted: a line that begins with it, or the whole text with it somewhere. */
export async function containing(host: Reader, found: readonly Found[], wish: FindWish): Promise<readonly Found[]> {
  const { contains, read_whole_file: whole, file_type: type } = wish;
  if (contains === undefined || type !== 'file' || found.length === 0) return found;
  const { source, flags } = pyRegExp(contains);
  const letters = flags.replaceAll(/[^ims]/g, '');
  const inside = `${letters === '' ? '' : `(?${letters})`}${source}`;
  // Python reads a carriage return before a line feed as part of the line end.
  const pattern = whole ? `(?-m)${inside}` : `^(?:${inside.replaceAll(LINE_ENDS, LINE_ENDS.replace('n?', 'r?'))})`;
  const stdin = found.map(({ path }) => `${path}\0`).join('');
  const { stdout, stderr } = await host.script(GREP, [whole ? '-z' : '', pattern], { stdin });
  if (stderr.trim() !== '')
    throw new Problem({
      code: 'bad-regular-expression',
      what: `grep -P of the host cannot look for "${contains}"`,
      details: stderr.trim().split('\n').slice(-3),
    });
  const matching = new Set(stdout.split('\0'));
  return found.filter(({ path }) => matching.has(path));
}

/** Checksums of the regular files, by path. */
export async function checksumsOf(
  host: Reader,
  found: readonly Found[],
  algorithm: string,
): Promise<Map<string, { checksum: string }>> {
  const stdin = found.flatMap(({ kind, path }) => (kind === 'f' ? [`${path}\0`] : [])).join('');
  if (stdin === '') return new Map();
  const { stdout } = await host.script(`xargs -0 -r "$1" -z -- 2>/dev/null || :`, [`${algorithm}sum`], { stdin });
  const lines = stdout.split('\0').filter(Boolean);
  return new Map(
    lines.map((line) => [line.slice(line.indexOf(' ') + 2), { checksum: line.slice(0, line.indexOf(' ')) }]),
  );
}

import { globRegex } from '../glob.ts';
import { Problem } from '../problem.ts';
import type { ArchiveEntry } from './entry.ts';
import type { Selection } from './tar.ts';

/** How much of a zip's end is read for its directory, before more is asked for. */
export const ZIP_TAIL = 256 * 1024;

/** An entry, with where its content is in the archive. */
export interface ZipEntry extends ArchiveEntry {
  offset: number;
  packed: number;
  method: number;
}

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const TIMES = 0x5455;
const UNIX = 3;
const LINK = 0o12;
const FOLDER = 0o4;

/**
 * What a zip holds, from the last bytes of a file of `size` bytes; how many bytes are needed when they do not reach.
 * APPNOTE.TXT, 4.3.12 and 4.3.16. A link's target is its content, which is not read here.
 */
export function zipEntries(tail: Buffer, size: number, name: string): ZipEntry[] | number {
  const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end === -1 || tail.length - end < 22 || tail.readUInt32LE(end) !== END)
    throw notZip(name, 'its directory is missing');
  const [count, start] = [tail.readUInt16LE(end + 10), tail.readUInt32LE(end + 16)];
  if (start === 0xffffffff || count === 0xffff)
    throw notZip(name, 'it is a zip64 archive, which unarchive cannot compare');
  const first = size - tail.length;
  if (start < first) return size - start;
  const entries: ZipEntry[] = [];
  let at = start - first;
  for (let index = 0; index < count; index++) {
    if (at + 46 > tail.length || tail.readUInt32LE(at) !== ENTRY) throw notZip(name, 'its directory is damaged');
    const [nameLength, extra, comment] = [28, 30, 32].map((field) => tail.readUInt16LE(at + field)) as [
      number,
      number,
      number,
    ];
    entries.push(entryAt(tail, at, nameLength, extra));
    at += 46 + nameLength + extra + comment;
  }
  return entries.filter((entry) => entry.name !== '');
}

function entryAt(tail: Buffer, at: number, nameLength: number, extra: number): ZipEntry {
  const written = tail.toString('utf8', at + 46, at + 46 + nameLength);
  const attributes = tail.readUInt32LE(at + 38) >>> 16;
  const unix = tail.readUInt8(at + 5) === UNIX && attributes !== 0;
  const kind = unix ? attributes >> 12 : 0;
  const type = written.endsWith('/') || kind === FOLDER ? 'directory' : kind === LINK ? 'link' : 'file';
  return {
    name: written.replace(/\/+$/, ''),
    type,
    // unzip drops set-uid and its kind.
    ...(unix ? { mode: (attributes & 0o777).toString(8).padStart(4, '0') } : {}),
    size: tail.readUInt32LE(at + 24),
    mtime: timeOf(tail, at, at + 46 + nameLength, extra),
    offset: tail.readUInt32LE(at + 42),
    packed: tail.readUInt32LE(at + 20),
    method: tail.readUInt16LE(at + 10),
  };
}

/** The time in UTC where the archive has it; the clock of whoever packed it, taken for UTC, where it has not. */
function timeOf(tail: Buffer, at: number, start: number, length: number): number {
  for (let field = start; field + 4 <= start + length; field += 4 + tail.readUInt16LE(field + 2)) {
    if (tail.readUInt16LE(field) === TIMES && (tail.readUInt8(field + 4) & 1) === 1) return tail.readInt32LE(field + 5);
  }
  const [time, date] = [tail.readUInt16LE(at + 12), tail.readUInt16LE(at + 14)];
  const day = [1980 + (date >> 9), ((date >> 5) & 15) - 1, date & 31] as const;
  return Date.UTC(...day, time >> 11, (time >> 5) & 63, 2 * (time & 31)) / 1000;
}

/** The entries that unzip unpacks for these patterns; `*` takes slashes too. */
export function chosen<Entry extends ArchiveEntry>(
  entries: readonly Entry[],
  { include, exclude }: Selection,
): Entry[] {
  const any = (patterns: readonly string[], { name, type }: Entry): boolean =>
    patterns.some((pattern) => globRegex(pattern).test(type === 'directory' ? `${name}/` : name));
  return entries.filter((entry) => (include.length === 0 || any(include, entry)) && !any(exclude, entry));
}

const notZip = (name: string, why: string): Problem =>
  new Problem({ code: 'bad-archive', what: `"${name}" cannot be read as a zip archive`, why });

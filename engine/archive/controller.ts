import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { Problem } from '../problem.ts';
import type { ArchiveEntry } from './entry.ts';
import { listWords, parseListings, type Selection } from './tar.ts';
import { chosen, ZIP_TAIL, type ZipEntry, zipEntries } from './zip.ts';

const LISTING_BYTES = 512 * 1024 * 1024;

/** An archive that can be read from any place: a file, or bytes. */
interface Archive {
  file: string;
  size: number;
  /** What tar is to read on its standard input, where it cannot read the file. */
  bytes?: Buffer;
  read(position: number, length: number): Promise<Buffer>;
}

/**
 * What an archive on the controller holds. Read there, so that it is sent only when something is to be unpacked. `bytes`
 * is what the file holds, where it is vaulted.
 */
export async function readArchive(
  file: string,
  selection: Selection,
  bytes?: Buffer,
): Promise<{ zip: boolean; entries: ArchiveEntry[] }> {
  if (bytes) {
    const read = async (position: number, length: number): Promise<Buffer> =>
      bytes.subarray(position, position + length);
    return entriesIn({ file, size: bytes.length, bytes, read }, selection);
  }
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    return await entriesIn({ file, size, read: (...range) => readAt(handle, ...range) }, selection);
  } finally {
    await handle.close();
  }
}

async function entriesIn(archive: Archive, selection: Selection): Promise<{ zip: boolean; entries: ArchiveEntry[] }> {
  if (isZip(await archive.read(0, 4))) return { zip: true, entries: await readZip(archive, selection) };
  const [named, numbered] = await Promise.all([list(archive, selection, false), list(archive, selection, true)]);
  return { zip: false, entries: parseListings(named, numbered) };
}

const isZip = (start: Buffer): boolean => ['PK\u0003\u0004', 'PK\u0005\u0006'].includes(start.toString('latin1'));

/** By their first bytes: tar finds out by itself how a file is packed, but not its standard input. */
const UNPACKERS = { '1f8b': '-z', '425a68': '-j', fd377a58: '-J', '28b52ffd': '--zstd' };

const unpackerOf = (bytes: Buffer): string[] =>
  Object.entries(UNPACKERS).flatMap(([start, option]) =>
    bytes.subarray(0, 4).toString('hex').startsWith(start) ? [option] : [],
  );

function list({ file, bytes }: Archive, selection: Selection, numeric: boolean): Promise<string> {
  const words = [
    ...(bytes ? ['-f', '-', ...unpackerOf(bytes)] : ['-f', file]),
    ...(numeric ? ['--numeric-owner'] : []),
    ...listWords(selection),
  ];
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  return new Promise((resolve, reject) => {
    const tar = execFile('tar', words, { env, maxBuffer: LISTING_BYTES }, (error, stdout, stderr) => {
      if (!error) resolve(stdout);
      else reject(notListed(file, error, stderr));
    });
    // tar that ends before it has read all of it has said why.
    tar.stdin?.on('error', () => undefined).end(bytes);
  });
}

function notListed(file: string, error: Error & { code?: unknown }, stderr: string): Problem {
  if (error.code === 'ENOENT')
    return new Problem({ code: 'no-tool', what: 'the controller has no tar', mend: 'install tar' });
  return badArchive(file, stderr);
}

/** An archive that tar does not take, with what tar said of it. */
export const badArchive = (src: string, stderr: string): Problem =>
  new Problem({
    code: 'bad-archive',
    what: `tar cannot read "${src}"`,
    details: stderr.trim().split('\n').slice(-5).filter(Boolean),
  });

async function readZip(archive: Archive, selection: Selection): Promise<ArchiveEntry[]> {
  const { file, size } = archive;
  const tail = (length: number): Promise<Buffer> => archive.read(Math.max(0, size - length), Math.min(size, length));
  let entries = zipEntries(await tail(ZIP_TAIL), size, file);
  if (typeof entries === 'number') entries = zipEntries(await tail(entries), size, file);
  if (typeof entries === 'number') return [];
  const complete: ArchiveEntry[] = [];
  // One after the other, so that no more than one file is in memory.
  for (const entry of chosen(entries, selection)) complete.push(await withContent(archive, entry));
  return complete;
}

async function withContent({ file, read }: Archive, zipped: ZipEntry): Promise<ArchiveEntry> {
  const { offset, packed, method, ...entry } = zipped;
  if (entry.type === 'directory') return entry;
  const header = await read(offset, 30);
  const start = offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  const bytes = await read(start, packed);
  const unknown = (): Problem =>
    badArchive(file, `${entry.name} is packed in a way unarchive does not know (${method})`);
  if (method !== 0 && method !== 8) throw unknown();
  const content = method === 0 ? bytes : await promisify(inflateRaw)(bytes);
  if (entry.type === 'link') return { ...entry, target: content.toString('utf8') };
  return { ...entry, sha256: createHash('sha256').update(content).digest('hex') };
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

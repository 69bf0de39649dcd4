import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Content } from '../connection/connection.ts';
import { Vault } from '../playbook/vault.ts';
import { HashNotes } from './hashes.ts';

/** Larger files are never shown as text diffs. */
const LARGEST_TEXT = 64 * 1024;

/** Two changes of a file within this time may leave it with the same times: the coarsest file systems count in 2 s. */
const TICK_MS = 2000;

/** Contents by path, so that a file for five hundred hosts is hashed once; a changed file is hashed again. */
const known = new Map<string, { stamp: string; content: Promise<Read> }>();

/** What vaulted files hold, by the content of the file. */
const opened = new WeakMap<Content, Content>();

/** What earlier runs noted, by cache folder. */
const notes = new Map<string, HashNotes>();

interface Read {
  content: Content;
  vaulted: boolean;
}

/** A file of the controller as it is. Throws Node's error when it cannot be read. */
export async function fileContent(path: string, cacheFolder: string): Promise<Read> {
  // Asked for each host, and answered sooner than another thread could be told to.
  const { stamp, size } = stampOf(path);
  const kept = known.get(path);
  if (kept?.stamp === stamp) return kept.content;
  const content = size <= LARGEST_TEXT ? readText(path) : readLarge(path, size, stamp, notesIn(cacheFolder));
  known.set(path, { stamp, content });
  return content;
}

/** What a vaulted file holds. */
export async function openedContent(
  content: Content,
  path: string,
  unvault: (text: string) => Buffer,
): Promise<Content> {
  const kept = opened.get(content);
  if (kept) return kept;
  const bytes = unvault(await readFile(path, 'utf8'));
  const inside = { ...bytesContent(bytes), bytes };
  opened.set(content, inside);
  return inside;
}

/** What tells a file from every other, and from itself before a change. */
function stampOf(path: string): { stamp: string; size: number; settled: boolean } {
  const { size, mtimeNs, ctimeNs, ino, dev } = statSync(path, { bigint: true });
  const stamp = [size, mtimeNs, ctimeNs, ino, dev].join(':');
  return { stamp, size: Number(size), settled: Date.now() - Number(ctimeNs / 1_000_000n) > TICK_MS };
}

function notesIn(cacheFolder: string): HashNotes {
  const kept = notes.get(cacheFolder) ?? new HashNotes(cacheFolder);
  notes.set(cacheFolder, kept);
  return kept;
}

async function readText(path: string): Promise<Read> {
  const content = bytesContent(await readFile(path));
  return { content, vaulted: Vault.isVaulted(content.text ?? '') };
}

async function readLarge(path: string, size: number, stamp: string, hashes: HashNotes): Promise<Read> {
  const open = () => createReadStream(path, { highWaterMark: 256 * 1024 });
  const noted = await hashes.of(path, stamp);
  if (noted) return { content: { size, sha256: noted.sha256, open }, vaulted: noted.vaulted };
  const hash = createHash('sha256');
  let vaulted: boolean | undefined;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    vaulted ??= Vault.isVaulted((chunk as Buffer).toString('latin1', 0, 32));
    hash.update(chunk);
  }
  const found = { sha256: hash.digest('hex'), vaulted: vaulted ?? false };
  const now = stampOf(path);
  if (now.settled && now.stamp === stamp) await hashes.note(path, stamp, found);
  return { content: { size, sha256: found.sha256, open }, vaulted: found.vaulted };
}

/** What is made on the controller, as the content of a file. */
export function bytesContent(bytes: Buffer): Content {
  const text = bytes.length <= LARGEST_TEXT && !bytes.includes(0) ? bytes.toString('utf8') : undefined;
  return {
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    async *open() {
      yield bytes;
    },
    ...(text === undefined ? {} : { text }),
  };
}

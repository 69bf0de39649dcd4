import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMapping } from '../value.ts';

/** What a file holds, as one reading of the whole of it found. */
export interface Found {
  sha256: string;
  vaulted: boolean;
}

interface Note extends Found {
  stamp: string;
}

/** How many files are remembered; the longest known go first. */
const MOST = 500;

/**
 * Hashes of large files that earlier runs made, in the user's cache folder. A file is known by its stamp (size, times, inode),
 * as git's index knows it (gitformat-index(5)): whoever changes it changes its ctime.
 */
export class HashNotes {
  readonly #folder: string;
  readonly #path: string;
  #notes: Promise<Map<string, Note>> | undefined;
  #written = Promise.resolve();

  constructor(cacheFolder: string) {
    this.#folder = cacheFolder;
    this.#path = join(cacheFolder, 'hashes.json');
  }

  /** What was found of a file when it had this stamp. */
  async of(path: string, stamp: string): Promise<Found | undefined> {
    const note = (await this.#read()).get(path);
    return note?.stamp === stamp ? note : undefined;
  }

  /** Remembers what was found. */
  async note(path: string, stamp: string, { sha256, vaulted }: Found): Promise<void> {
    const notes = await this.#read();
    notes.delete(path);
    notes.set(path, { stamp, sha256, vaulted });
    this.#written = this.#written.then(() => this.#write(notes));
    await this.#written;
  }

  /** A cache that cannot be written to costs time and nothing else: files are hashed again. */
  async #write(notes: ReadonlyMap<string, Note>): Promise<void> {
    const temporary = `${this.#path}.${process.pid}`;
    try {
      await mkdir(this.#folder, { recursive: true });
      await writeFile(temporary, JSON.stringify(Object.fromEntries([...notes].slice(-MOST))));
      await rename(temporary, this.#path);
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  #read(): Promise<Map<string, Note>> {
    this.#notes ??= readNotes(this.#path);
    return this.#notes;
  }
}

/** Nothing where there are none yet, or where they are not as this version writes them. */
async function readNotes(path: string): Promise<Map<string, Note>> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    const entries = Object.entries(isMapping(value) ? value : {});
    return new Map(entries.flatMap(([file, note]) => (isNote(note) ? [[file, note]] : [])));
  } catch {
    return new Map();
  }
}

const isNote = (value: unknown): value is Note =>
  isMapping(value) &&
  typeof value['stamp'] === 'string' &&
  typeof value['sha256'] === 'string' &&
  typeof value['vaulted'] === 'boolean';

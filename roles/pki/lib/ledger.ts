import { randomUUID, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What is noted of a serial: `ends` of one that was given out, `since` of one that was taken back. */
interface Note {
  ends?: string;
  since?: string;
}

// A file for each serial: hosts and controllers that write at once have none in common, and none needs a lock.
const issuedTo = (ca: string, host: string): string => join(ca, 'issued', encodeURIComponent(host));
const revokedBy = (ca: string): string => join(ca, 'revoked');
const at = (folder: string, serial: string): string => join(folder, `${serial}.json`);

/** Notes that a certificate is a host's, and forgets those of that host that have ended. */
export async function remember(ca: string, host: string, pem: string): Promise<void> {
  const { serialNumber, validTo } = new X509Certificate(pem);
  const folder = issuedTo(ca, host);
  await keep(folder, serialNumber, { ends: new Date(validTo).toISOString() });
  for (const [serial, note] of await read(folder)) if (!lasts(note)) await rm(at(folder, serial), { force: true });
}

/** Why a certificate is not one that the CA stands by for this host, whatever the host says of it; undefined where it is. */
export function whyDisowned(ca: string, host: string, serial: string): string | undefined {
  if (existsSync(at(revokedBy(ca), serial))) return 'it was revoked';
  return existsSync(at(issuedTo(ca, host), serial)) ? undefined : 'the CA has not noted that it gave it to this host';
}

/** Serials of what a host has that has not ended, or undefined where nothing was ever noted of that host. */
export async function readIssued(ca: string, host: string): Promise<string[] | undefined> {
  const notes = [...(await read(issuedTo(ca, host)))];
  return notes.length === 0 ? undefined : notes.flatMap(([serial, note]) => (lasts(note) ? serial : []));
}

/** Takes a serial back, for ever. */
export const revoke = (ca: string, serial: string, since = new Date()): Promise<void> =>
  keep(revokedBy(ca), serial, { since: since.toISOString() });

/** Serials that were taken back, and when. */
export async function readRevoked(ca: string): Promise<Map<string, Date>> {
  return new Map([...(await read(revokedBy(ca)))].map(([serial, { since = '' }]) => [serial, new Date(since)]));
}

const lasts = ({ ends = '' }: Note): boolean => Date.parse(ends) > Date.now();

async function keep(folder: string, serial: string, note: Note): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const aside = join(folder, `${randomUUID()}.new`);
  await writeFile(aside, `${JSON.stringify(note)}\n`, { mode: 0o600 });
  await rename(aside, at(folder, serial));
}

async function read(folder: string): Promise<Map<string, Note>> {
  const names = await readdir(folder).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return [];
    throw thrown;
  });
  const serials = names.flatMap((name) => /^([0-9A-F]+)\.json$/.exec(name)?.[1] ?? []);
  return new Map(
    await Promise.all(
      serials.map(async (serial) => [serial, JSON.parse(await readFile(at(folder, serial), 'utf8'))] as const),
    ),
  );
}

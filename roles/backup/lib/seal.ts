import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Problem } from 'mesh-play';

/** Writes what is read to a file that only its owner may read; through gpg when there is a key file. */
export async function seal(from: AsyncIterable<Uint8Array>, to: string, keyFile: string): Promise<void> {
  const file = createWriteStream(to, { mode: 0o600 });
  if (keyFile === '') return pipeline(Readable.from(from), file);
  await gpg(keyFile, ['--symmetric', '--cipher-algo', 'AES256', '--compress-algo', 'none'], (child) => [
    pipeline(Readable.from(from), child.stdin),
    pipeline(child.stdout, file),
  ]);
}

/** Opens what `seal` made into a file, whose path is handed to `use` and which is gone afterwards. */
export async function unseal<T>(path: string, keyFile: string, use: (path: string) => Promise<T>): Promise<T> {
  const work = await mkdtemp(join(tmpdir(), 'mesh-play-restore-'));
  try {
    const to = join(work, 'archive.tar');
    await gpg(keyFile, ['--decrypt', path], (child) => {
      child.stdin.end();
      return [pipeline(child.stdout, createWriteStream(to, { mode: 0o600 }))];
    });
    return await use(to);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

type Child = ReturnType<typeof spawn> & { stdin: NonNullable<unknown> & NodeJS.WritableStream; stdout: Readable };

/** The passphrase is read from its file by gpg itself. Its agent gets a home of its own, and ends with it. */
async function gpg(keyFile: string, words: readonly string[], flow: (child: Child) => Promise<void>[]): Promise<void> {
  await refuseOpenKey(keyFile);
  const home = await mkdtemp(join(tmpdir(), 'mesh-play-gpg-'));
  try {
    const fixed = ['--batch', '--quiet', '--no-options', '--homedir', home, '--pinentry-mode', 'loopback'];
    const child = spawn('gpg', [...fixed, '--passphrase-file', keyFile, ...words]) as Child;
    let said = '';
    child.stderr?.on('data', (chunk) => {
      said += chunk;
    });
    const ended = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
    const status = await Promise.all([ended, ...flow(child)]).then(
      ([code]) => code,
      (thrown: { code?: string }) => {
        if (thrown.code === 'ENOENT') throw noGpg();
        // A broken pipe only says that gpg ended; why, it says itself.
        return ended;
      },
    );
    if (status !== 0)
      throw new Problem({
        code: 'gpg-failed',
        what: `gpg ended with status ${status}`,
        details: said.trim().split('\n').slice(-4),
      });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

const noGpg = (): Problem =>
  new Problem({
    code: 'no-gpg',
    what: 'there is no "gpg" on the controller',
    mend: 'install gnupg, or leave backup_key_file empty',
  });

async function refuseOpenKey(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new Problem({ code: 'missing-file', what: `there is no key file ${path}` });
  if ((found.mode & 0o077) === 0) return;
  throw new Problem({
    code: 'open-key',
    what: `others may read the key file ${path}`,
    mend: `run: chmod 0600 ${path}`,
  });
}

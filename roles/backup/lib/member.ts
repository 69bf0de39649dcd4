import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Takes one file out of an archive of backup_archive; its path is handed to `use`, and it is gone afterwards. */
export async function withMember<T>(archive: string, member: string, use: (path: string) => Promise<T>): Promise<T> {
  const work = await mkdtemp(join(tmpdir(), 'mesh-play-member-'));
  try {
    await promisify(execFile)('tar', ['-xf', archive, '-C', work, '--no-same-owner', `.${member}`]);
    return await use(join(work, member));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { promisify } from 'node:util';
import { Problem } from 'mesh-play';
import { checkPinned, exists, fill, keep, type Source, sha256Of, type Told, type Wanted } from './source.ts';

const run = promisify(execFile);

/** Takes programs out of a release archive, whose sha256 is checked before anything of it is used. */
export async function takeFromRelease(
  wanted: Wanted,
  source: Extract<Source, { kind: 'release' }>,
  folder: string,
  tell: Told,
) {
  const url = fill(source.url, wanted);
  const work = await mkdtemp(join(tmpdir(), 'mesh-play-release-'));
  try {
    const archive = join(work, basename(new URL(url).pathname));
    await download(url, archive, tell, 'https:');
    const pinned = source.sha256 ?? (await published(source, wanted, basename(archive)));
    await checkPinned(archive, url, pinned, await sha256Of(archive));
    const path = (program: string): string => fill(source.members[program] ?? program, wanted);
    if (wanted.programs.some((program) => path(program) !== ITSELF)) await unpack(archive, work, url);
    for (const program of wanted.programs) {
      const from = path(program) === ITSELF ? archive : join(work, path(program));
      if (!(await exists(from)))
        throw new Problem({ code: 'missing-file', what: `${url} has no ${path(program)} in it` });
      await place(from, join(folder, program));
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The member that is no part of an archive but what was downloaded. */
const ITSELF = '.';

async function unpack(archive: string, folder: string, url: string): Promise<void> {
  await run('tar', ['-xf', archive, '-C', folder, '--no-same-owner']).catch((thrown: { stderr?: string }) => {
    throw new Problem({
      code: 'broken-archive',
      what: `${url} is no archive that tar can unpack`,
      details: (thrown.stderr ?? '').trim().split('\n').slice(-3),
      cause: thrown,
    });
  });
}

async function place(from: string, to: string): Promise<void> {
  await keep(from, to);
  await chmod(to, 0o755);
}

/** The sum that a release's own checksum file has for an archive. */
async function published(
  { checksumUrl }: Extract<Source, { kind: 'release' }>,
  wanted: Wanted,
  archive: string,
): Promise<string> {
  if (checksumUrl === undefined) {
    throw new Problem({
      code: 'not-pinned',
      what: `${wanted.product} ${wanted.version} has neither a pinned sha256 nor a checksum file`,
      mend: 'set sha256 or checksum_url of its release',
    });
  }
  const url = fill(checksumUrl, wanted);
  const text = await (await fetched(url, 'https:')).text().catch((thrown: unknown) => {
    throw unfetched(url, thrown);
  });
  const sums = [...text.matchAll(/^\s*([\da-f]{64})\b[ \t]*\*?(.*)$/gim)].map(([, sum = '', name = '']) => ({
    sum,
    name,
  }));
  // A file with one sum may call what it is of as it likes.
  const found = sums.length === 1 ? sums[0] : sums.find(({ name }) => basename(name.trim()) === archive);
  if (found !== undefined) return found.sum;
  throw new Problem({ code: 'not-pinned', what: `${url} has no sha256 for ${archive}` });
}

async function download(url: string, to: string, tell: Told, scheme?: 'https:'): Promise<void> {
  const response = await fetched(url, scheme);
  const total = Number(response.headers.get('content-length') ?? 0);
  let done = 0;
  const body = Readable.fromWeb(response.body as ReadableStream);
  body.on('data', (chunk: Buffer) => {
    done += chunk.length;
    tell(`fetching ${basename(to)}`, done, total);
  });
  await pipeline(body, createWriteStream(to)).catch((thrown: unknown) => {
    throw unfetched(url, thrown, ` after ${done} of ${total || 'an unknown number of'} bytes`);
  });
}

/** An answer with a body. With a scheme, neither the address nor one it leads to may have another. */
async function fetched(url: string, scheme?: 'https:'): Promise<Response> {
  refuse(url, url, scheme);
  const response = await fetch(url).catch((thrown: unknown) => {
    throw unfetched(url, thrown);
  });
  refuse(url, response.url, scheme);
  if (response.ok && response.body) return response;
  throw unfetched(url, `the server answered ${response.status}`);
}

function refuse(asked: string, answered: string, scheme?: 'https:'): void {
  if (scheme === undefined || new URL(answered).protocol === scheme) return;
  const leads = asked === answered ? '' : `, to which ${asked} leads`;
  throw new Problem({ code: 'wrong-argument', what: `a release is fetched by https, not from ${answered}${leads}` });
}

function unfetched(url: string, thrown: unknown, far = ''): Problem {
  // What fetch throws only says that it failed; the reason is below it.
  const reason = thrown instanceof Error ? ((thrown.cause as Error | undefined) ?? thrown).message : String(thrown);
  return new Problem({ code: 'download-failed', what: `${url} cannot be fetched`, why: reason + far, cause: thrown });
}

/** Takes programs from a folder of the user's, or from an address, as they are; folders as archives of what is in them. */
export async function takeFromMirror(wanted: Wanted, from: string, folder: string, tell: Told): Promise<void> {
  for (const name of [...wanted.programs, ...wanted.folders.map((folder) => `${folder}.tar`)]) {
    const place = fill(from.includes('{program}') ? from : `${from.replace(/\/$/, '')}/{program}`, wanted, name);
    const to = join(folder, name);
    if (/^https?:\/\//.test(place)) {
      const work = await mkdtemp(join(tmpdir(), 'mesh-play-mirror-'));
      try {
        await download(place, join(work, name), tell);
        await keep(join(work, name), to);
      } finally {
        await rm(work, { recursive: true, force: true });
      }
    } else await keepLocal(place, to);
    await chmod(to, 0o755);
  }
}

async function keepLocal(from: string, to: string): Promise<void> {
  if (!(await exists(from))) throw new Problem({ code: 'missing-file', what: `the mirror has no ${from}` });
  await keep(from, to);
}

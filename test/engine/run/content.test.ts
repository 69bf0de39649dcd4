import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../support/module.ts';

const LARGE = Buffer.alloc(100_000, 'a');
const OTHER = Buffer.alloc(100_000, 'b');
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

let runs = 0;
/** What a run that begins now finds of a file. */
async function found(path: string, cache: string): Promise<string> {
  const own = `../../../engine/run/content.ts?run=${++runs}`;
  const { fileContent } = (await import(own)) as typeof import('../../../engine/run/content.ts');
  return (await fileContent(path, cache)).content.sha256;
}

function large() {
  const folder = temporaryFolder();
  const [path, cache] = [join(folder, 'large'), join(folder, 'cache')];
  writeFileSync(path, LARGE);
  return { path, cache, notes: join(cache, 'hashes.json') };
}

const later = (): void => {
  vi.setSystemTime(Date.now() + 10_000);
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('a large file is read once, and again by a later run only when something touched it', async () => {
  const { path, cache, notes } = large();
  later();
  expect(await found(path, cache)).toBe(sha256(LARGE));
  writeFileSync(notes, readFileSync(notes, 'utf8').replace(sha256(LARGE), '0'.repeat(64)));
  expect(await found(path, cache)).toBe('0'.repeat(64));
  const { atime, mtime } = statSync(path);
  writeFileSync(path, OTHER);
  utimesSync(path, atime, mtime);
  expect(await found(path, cache)).toBe(sha256(OTHER));
});

it('a file that was changed just now is not believed to stay as it is', async () => {
  const { path, cache, notes } = large();
  expect(await found(path, cache)).toBe(sha256(LARGE));
  expect(existsSync(notes)).toBe(false);
});

it('notes that nobody can read, or that cannot be written, cost nothing but time', async () => {
  const { path, cache, notes } = large();
  later();
  await found(path, cache);
  writeFileSync(notes, '{"broken');
  expect(await found(path, cache)).toBe(sha256(LARGE));
  expect(await found(path, join(path, 'no folder'))).toBe(sha256(LARGE));
});

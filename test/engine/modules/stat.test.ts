import { createHash } from 'node:crypto';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import stat from '../../../engine/modules/stat.ts';
import { runModule, temporaryFolder } from '../../support/module.ts';

const folder = temporaryFolder();
const file = join(folder, 'file');
writeFileSync(file, 'hello', { mode: 0o640 });
symlinkSync('file', join(folder, 'link'));
symlinkSync('nowhere', join(folder, 'dangling'));

const ask = async (args: Record<string, string | boolean>) => (await runModule(stat, args)).returns.stat;
const hash = (algorithm: string): string => createHash(algorithm).update('hello').digest('hex');

it('answers what a file is, with its SHA-1', async () => {
  expect(await ask({ path: file })).toMatchObject({
    exists: true,
    path: file,
    mode: '0640',
    size: 5,
    isreg: true,
    isdir: false,
    islnk: false,
    readable: true,
    wusr: true,
    xgrp: false,
    checksum: hash('sha1'),
  });
  expect(await ask({ path: file, checksum_algorithm: 'sha256' })).toMatchObject({ checksum: hash('sha256') });
  expect(await ask({ path: file, get_checksum: false })).not.toHaveProperty('checksum');
});

it('answers that nothing is there, also behind a link that is followed', async () => {
  expect(await ask({ path: join(folder, 'none') })).toEqual({ exists: false });
  expect(await ask({ path: join(folder, 'dangling'), follow: true })).toEqual({ exists: false });
  expect(await ask({ path: join(folder, 'dangling') })).toMatchObject({ exists: true, islnk: true });
});

it('tells a link from what it leads to', async () => {
  const link = { islnk: true, lnk_source: file, lnk_target: 'file' };
  expect(await ask({ path: join(folder, 'link') })).toMatchObject(link);
  expect(await ask({ path: join(folder, 'link'), follow: true })).toMatchObject({ islnk: false, isreg: true, size: 5 });
});

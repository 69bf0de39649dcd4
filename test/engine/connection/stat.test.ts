import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/module.ts';
import { localReader } from '../../support/reader.ts';

const folder = temporaryFolder();
const { reader, close } = await localReader();
afterAll(close);

it('a link that leads nowhere is there, and nothing is where it leads', async () => {
  symlinkSync('nowhere', join(folder, 'dangling'));
  expect(await reader.stat(join(folder, 'dangling'))).toMatchObject({ type: 'link', target: 'nowhere' });
  expect(await reader.stat(join(folder, 'dangling'), { follow: true })).toBeUndefined();
  mkdirSync(join(folder, 'dir'));
  symlinkSync('dir', join(folder, 'link'));
  expect(await reader.stat(join(folder, 'link'), { follow: true })).toMatchObject({ type: 'directory' });
});

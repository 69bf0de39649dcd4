import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import slurp from '../../../engine/modules/slurp.ts';
import { problemOf, runModule, temporaryFolder } from '../../support/module.ts';

const folder = temporaryFolder();
const src = join(folder, 'file');

describe('slurp', () => {
  it.each([
    ['text', Buffer.from('grüße\n')],
    ['bytes that are no text', Buffer.from([0, 255, 10, 0, 128])],
    ['an empty file', Buffer.alloc(0)],
  ])('reads %s as it is', async (_title, bytes) => {
    writeFileSync(src, bytes);
    const { changed, returns } = await runModule(slurp, { src });
    expect([changed, returns]).toEqual([false, { content: bytes.toString('base64'), source: src, encoding: 'base64' }]);
  });

  it('says which file is not there', async () => {
    const problem = await problemOf(slurp, { path: join(folder, 'nosuch') });
    expect([problem.code, problem.what]).toEqual(['missing-file', expect.stringContaining(join(folder, 'nosuch'))]);
  });
});

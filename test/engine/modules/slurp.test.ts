import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import slurp from '../../../engine/modules/slurp.ts';
import { runModule, temporaryFolder } from '../../support/module.ts';

const folder = temporaryFolder();

it('slurp reads a file, bytes that are no text included', async () => {
  const bytes = Buffer.from([0, 255, 10, 65]);
  writeFileSync(join(folder, 'file'), bytes);
  const { returns } = await runModule(slurp, { src: join(folder, 'file') });
  expect(returns).toMatchObject({ content: bytes.toString('base64'), encoding: 'base64' });
});

it('slurp says which file is missing', async () => {
  const path = join(folder, 'none');
  await expect(runModule(slurp, { src: path })).rejects.toThrow(`there is no file ${path} on the host`);
});

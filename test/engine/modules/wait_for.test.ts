import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import waitFor from '../../../engine/modules/wait_for.ts';
import { runModule, temporaryFolder } from '../../support/module.ts';

const folder = temporaryFolder();

it('wait_for finds an open port, and says when one stays closed', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
  );
  expect((await runModule(waitFor, { port })).failed).toBeUndefined();
  await new Promise((resolve) => server.close(resolve));
  expect((await runModule(waitFor, { port, state: 'stopped' })).failed).toBeUndefined();
  expect((await runModule(waitFor, { port, timeout: 0 })).failed).toBe(`127.0.0.1:${port} did not open within 0 s`);
});

it('wait_for finds a text in a file', async () => {
  const path = join(folder, 'log');
  writeFileSync(path, 'one\nready 2\n');
  expect((await runModule(waitFor, { path, search_regex: '^ready \\d' })).failed).toBeUndefined();
  expect((await runModule(waitFor, { path, search_regex: 'done', timeout: 0 })).failed).toBe(
    `"done" was not found in ${path} within 0 s`,
  );
});

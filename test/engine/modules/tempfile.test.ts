import { readdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import tempfile from '../../../engine/modules/tempfile.ts';
import { problemOf, runModule, temporaryFolder } from '../../support/module.ts';

const folder = temporaryFolder();
const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

it.each([
  ['file', '', '600'],
  ['file', '.a b', '600'],
  ['directory', '', '700'],
  ['directory', '.d', '700'],
])('makes a %s that ends in "%s", for its owner only', async (state, suffix, wanted) => {
  const { returns, changed } = await runModule(tempfile, { state, suffix, path: folder, prefix: 'my $x.' });
  const path = String(returns.path);
  expect([changed, dirname(path), mode(path), returns.state]).toEqual([true, folder, wanted, state]);
  expect(path.slice(folder.length + 1)).toMatch(/^my \$x\.[A-Za-z0-9]{8}/);
  expect(path.endsWith(suffix)).toBe(true);
});

it('makes another each time', async () => {
  const paths = await Promise.all(
    [1, 2, 3].map(async () => (await runModule(tempfile, { path: folder })).returns.path),
  );
  expect(new Set(paths).size).toBe(3);
  expect(readdirSync(folder).filter((name) => name.startsWith('ansible.'))).toHaveLength(3);
});

it('names the folder that is missing, and refuses paths in names', async () => {
  const problem = await problemOf(tempfile, { path: `${folder}/none` });
  expect([problem.code, problem.what]).toEqual(['no-folder', expect.stringContaining(`${folder}/none`)]);
  expect((await problemOf(tempfile, { prefix: '../' })).code).toBe('wrong-argument');
});

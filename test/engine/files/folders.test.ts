import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { connect } from '../../../engine/connection/connect.ts';
import { makeFolders } from '../../../engine/files/folders.ts';
import { HERE } from '../../support/here.ts';
import { temporaryFolder } from '../../support/module.ts';

/** A host on which another run makes each folder at the moment this one is about to. */
async function withRival(make: string) {
  const programs = temporaryFolder();
  writeFileSync(join(programs, 'mkdir'), `#!/bin/sh\n${make}\nexec /bin/mkdir "$@"\n`, { mode: 0o755 });
  vi.stubEnv('PATH', `${programs}:${process.env['PATH']}`);
  return connect(HERE);
}

afterEach(() => vi.unstubAllEnvs());

it('takes a folder that another run made in the meantime', async () => {
  const top = temporaryFolder();
  const session = await withRival('/bin/mkdir "$@"');
  await makeFolders(session.writer({}), join(top, 'a/b'), { mode: '0700' });
  expect(statSync(join(top, 'a/b')).mode & 0o777).toBe(0o700);
  await session.close();
});

it('does not take a file for one', async () => {
  const top = temporaryFolder();
  const session = await withRival('for path; do :; done; : >"$path"');
  await expect(makeFolders(session.writer({}), join(top, 'a'), {})).rejects.toThrow('ended with status 1');
  expect(existsSync(join(top, 'a/b'))).toBe(false);
  await session.close();
});

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import getUrl from '../../../engine/modules/get_url.ts';
import { problemOf, runModule, settles, temporaryFolder } from '../../support/module.ts';
import { play, playbook } from '../../support/playbook.ts';
import { webServer } from '../../support/web.ts';

const folder = temporaryFolder();
const CONTENT = 'from the net\n';
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');
const sum = (algorithm: string): string => createHash(algorithm).update(CONTENT).digest('hex');
const SUMS: Record<string, string> = {
  '/SHA512SUMS': `${'0'.repeat(128)}  other\n${sum('sha512')} *./tool\n`,
  '/tool.md5': `${sum('md5').toUpperCase()}\n`,
  '/short': 'abc  tool\n',
  '/others': `${sum('sha1')}  tool2\n`,
};
let asked = 0;
const base = await webServer((request, response) => {
  asked++;
  if (request.url === '/secret' && request.headers.authorization !== `Basic ${btoa('ann:pass')}`)
    response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
  else response.end(SUMS[request.url ?? ''] ?? CONTENT);
});

it('get_url puts a file into a folder under its own name, with its mode, and leaves one that is there', async () => {
  const args = { url: `${base}/tool`, dest: `${folder}/`, mode: '0750' };
  expect((await runModule(getUrl, args)).remaining).toEqual([]);
  expect(readFileSync(join(folder, 'tool'), 'utf8')).toBe(CONTENT);
  expect(statSync(join(folder, 'tool')).mode & 0o777).toBe(0o750);
  const before = asked;
  const whole = { url: args.url, dest: join(folder, 'tool') };
  expect((await runModule(getUrl, whole)).changed).toBe(false);
  expect(asked).toBe(before);
});

it('get_url replaces a file in a folder, or with force, only where it is another one', async () => {
  for (const more of [{ dest: `${folder}/` }, { dest: join(folder, 'tool'), force: true, backup: true }]) {
    const args = { url: `${base}/tool`, ...more };
    await settles(getUrl, args);
    expect((await runModule(getUrl, args)).changed).toBe(false);
    writeFileSync(join(folder, 'tool'), 'edited');
    const { changes, returns } = await settles(getUrl, args);
    const edited = createHash('sha256').update('edited').digest('hex');
    expect(changes).toMatchObject([{ key: 'content', before: edited, after: SHA256 }]);
    expect(readFileSync(join(folder, 'tool'), 'utf8')).toBe(CONTENT);
    if ('backup' in more) expect(readFileSync(String(returns['backup_file']), 'utf8')).toBe('edited');
  }
});

it('get_url says that the folder is missing', async () => {
  const missing = await problemOf(getUrl, { url: `${base}/tool`, dest: join(folder, 'no/where') });
  expect(missing.what).toBe(`the folder ${join(folder, 'no')} does not exist`);
});

it('get_url puts nothing in place that has another checksum', async () => {
  const dest = join(folder, 'checked');
  const wrong = { url: `${base}/tool`, dest, checksum: `sha256:${'0'.repeat(64)}` };
  await expect(runModule(getUrl, wrong)).rejects.toThrow(`${base}/tool has another sha256 than it should`);
  expect(existsSync(dest)).toBe(false);
  const right = { ...wrong, checksum: `sha256:${SHA256}` };
  expect((await runModule(getUrl, right)).remaining).toEqual([]);
  expect((await runModule(getUrl, right)).changed).toBe(false);
});

it('get_url logs in, and says when it is refused', async () => {
  const args = { url: `${base}/secret`, dest: join(folder, 'secret') };
  await expect(runModule(getUrl, args)).rejects.toThrow(`${base}/secret could not be fetched`);
  expect((await runModule(getUrl, { ...args, url_username: 'ann', url_password: 'pass' })).remaining).toEqual([]);
});

it.each(['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'])('get_url checks %s', async (algorithm) => {
  const args = { url: `${base}/tool`, dest: join(folder, algorithm) };
  const { changes } = await settles(getUrl, { ...args, checksum: `${algorithm}:${sum(algorithm).toUpperCase()}` });
  expect(changes).toEqual([{ key: 'content', before: null, after: sum(algorithm) }]);
  writeFileSync(args.dest, 'edited');
  await settles(getUrl, { ...args, checksum: `${algorithm}:${sum(algorithm)}` });
  expect(readFileSync(args.dest, 'utf8')).toBe(CONTENT);
  const wrong = await problemOf(getUrl, { ...args, checksum: `${algorithm}:${'0'.repeat(sum(algorithm).length)}` });
  expect([wrong.what, ...wrong.details]).toEqual([
    `${base}/tool has another ${algorithm} than it should`,
    `wanted ${'0'.repeat(sum(algorithm).length)}`,
    `found  ${sum(algorithm)}`,
  ]);
});

it('get_url takes the sum from a file of sums', async () => {
  const args = { url: `${base}/tool`, dest: join(folder, 'summed') };
  await settles(getUrl, { ...args, checksum: `sha512:${base}/SHA512SUMS` });
  await settles(getUrl, { ...args, checksum: `md5:${base}/tool.md5` });
  const said = async (checksum: string): Promise<string> => (await problemOf(getUrl, { ...args, checksum })).what;
  expect(await said(`sha1:${base}/others`)).toBe(`${base}/others has no sum for "tool"`);
  expect(await said(`sha1:${base}/short`)).toBe(`${base}/short has "abc" for "tool", which is no sha1`);
  expect(await said('sha1:abc')).toBe(
    'get_url takes 40 hex digits or an address for "checksum" after sha1:, not "abc"',
  );
  expect(await said('sha1:http://127.0.0.1:1/x')).toBe('http://127.0.0.1:1/x could not be fetched');
});

it('get_url shows a file that is to be private to nobody meanwhile', async () => {
  const [tools, log] = [join(folder, 'tools'), join(folder, 'log')];
  mkdirSync(tools);
  const chmod = `#!/bin/sh\n/bin/chmod "$@" || exit\nfor last; do :; done\nstat -c %a -- "$last" >>${log}\n`;
  writeFileSync(join(tools, 'chmod'), chmod, { mode: 0o755 });
  const task = { url: `${base}/tool`, dest: join(folder, 'private'), mode: '0600' };
  const environment = { PATH: `${tools}:${process.env['PATH']}` };
  const site = play(`- get_url: ${JSON.stringify(task)}\n  environment: ${JSON.stringify(environment)}\n`);
  const { worst } = await playbook({ files: { 'site.yml': site }, limit: 'a1' });
  expect(worst).toBe('fine');
  expect(new Set(readFileSync(log, 'utf8').trim().split('\n'))).toEqual(new Set(['600']));
});

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import getUrl from '../../../engine/modules/get_url.ts';
import { runModule, temporaryFolder } from '../../support/module.ts';
import { webServer } from '../../support/web.ts';

const folder = temporaryFolder();
const CONTENT = 'from the net\n';
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');
let asked = 0;
const base = await webServer((request, response) => {
  asked++;
  if (request.url === '/secret' && request.headers.authorization !== `Basic ${btoa('ann:pass')}`)
    response.writeHead(401).end();
  else response.end(CONTENT);
});

it('get_url fetches once, into a folder under its own name, with its mode', async () => {
  const args = { url: `${base}/tool`, dest: `${folder}/`, mode: '0750' };
  expect((await runModule(getUrl, args)).remaining).toEqual([]);
  expect(readFileSync(join(folder, 'tool'), 'utf8')).toBe(CONTENT);
  expect(statSync(join(folder, 'tool')).mode & 0o777).toBe(0o750);
  const before = asked;
  expect((await runModule(getUrl, args)).changed).toBe(false);
  expect(asked).toBe(before);
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

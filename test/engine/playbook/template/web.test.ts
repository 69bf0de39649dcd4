import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, describe, expect, test } from 'vitest';
import { play, playbook } from '../../../support/playbook.ts';

/** A lookup holds up the process that makes it, so the server is in another. It says what it was asked. */
const SERVER = `require('node:http').createServer((request, response) => {
  if (request.url === '/moved') response.writeHead(302, { Location: '/two' }).end();
  else if (request.url === '/none') response.writeHead(404).end();
  else if (request.url === '/two') response.end('one\\ntwo\\n');
  else response.end(JSON.stringify({ x: request.headers['x-a'], who: request.headers.authorization }));
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });`;

const server = spawn(process.execPath, ['-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
afterAll(() => server.kill());
const [port] = await once(server.stdout, 'data');
const base = `http://127.0.0.1:${String(port).trim()}`;

async function said(expression: string): Promise<string[]> {
  const played = await playbook({
    files: { 'site.yml': play(`- debug: {msg: "{{ ${expression} }}"}\n`) },
    limit: 'b1',
  });
  expect(played.problems).toEqual([]);
  return played.said.length > 0 ? played.said : [played.text.replaceAll(base, 'BASE')];
}

describe('the lookup url', () => {
  test('gives the lines of what is answered, after a redirect too', async () => {
    expect(await said(`query('url', '${base}/moved')`)).toEqual(['b1: ["one","two"]']);
    expect(await said(`lookup('url', '${base}/two')`)).toEqual(['b1: one,two']);
    expect(await said(`lookup('ansible.builtin.url', '${base}/two', split_lines=False) | length`)).toEqual(['b1: 8']);
  });

  test('sends headers, and who asks', async () => {
    const options = "headers={'X-A': 'y'}, username='u', password='p'";
    expect(await said(`lookup('url', '${base}/', ${options}) | from_json`)).toEqual([
      'b1: {"x":"y","who":"Basic dTpw"}',
    ]);
  });

  test('says why there is no answer, unless that is to be ignored', async () => {
    expect((await said(`lookup('url', '${base}/none')`)).join()).toContain(
      'BASE/none could not be fetched: it answered 404 Not Found',
    );
    expect((await said("lookup('url', 'http://127.0.0.1:1/')")).join()).toContain(
      'http://127.0.0.1:1/ could not be fetched: ',
    );
    expect(await said(`query('url', '${base}/none', errors='ignore')`)).toEqual(['b1: []']);
    expect((await said(`lookup('url', '${base}/two', ca_path='/x')`)).join()).toContain(
      'the lookup url has no option "ca_path"',
    );
  });
});

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import uri from '../../../engine/modules/uri.ts';
import { runModule, temporaryFolder } from '../../support/module.ts';
import { webServer } from '../../support/web.ts';

const base = await webServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  if (request.url === '/moved') response.writeHead(302, { Location: '/json' }).end();
  else if (request.url === '/login')
    response.writeHead(302, { Location: '/json', 'Set-Cookie': ['sid=42; Path=/', 'lang=de'] }).end();
  else if (request.url === '/shut' && request.headers.authorization === undefined)
    response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
  else if (request.url === '/none') response.writeHead(404).end('no');
  else if (request.url === '/file')
    response.writeHead(request.headers['if-modified-since'] === undefined ? 200 : 304).end('the body');
  else {
    const answer = {
      method: request.method,
      body,
      type: request.headers['content-type'] ?? null,
      x: request.headers['x-a'] ?? null,
      agent: request.headers['user-agent'] ?? null,
    };
    response.writeHead(200, { 'Content-Type': 'application/json', 'X-Some-Header': 'y' }).end(JSON.stringify(answer));
  }
});

it('uri answers status, headers and JSON, and follows a redirect', async () => {
  const { returns, changed } = await runModule(uri, { url: `${base}/moved`, headers: { 'X-A': 'q"uote' } });
  expect(returns).toMatchObject({ status: 200, x_some_header: 'y', json: { method: 'GET', x: 'q"uote' } });
  expect(changed).toBe(false);
});

it('uri sends a body as JSON or as a form', async () => {
  const args = { url: `${base}/post`, method: 'POST', body: { a: 'x y' } };
  const json = await runModule(uri, { ...args, body_format: 'json' });
  expect(json.returns['json']).toMatchObject({ method: 'POST', body: '{"a": "x y"}', type: 'application/json' });
  const form = await runModule(uri, { ...args, body_format: 'form-urlencoded' });
  expect(form.returns['json']).toMatchObject({ body: 'a=x+y', type: 'application/x-www-form-urlencoded' });
});

it('uri fails for a status that is not among those wanted', async () => {
  expect((await runModule(uri, { url: `${base}/none` })).failed).toBe('Status code was 404 and not 200');
  const fine = await runModule(uri, { url: `${base}/none`, status_code: [404], return_content: true });
  expect(fine).toMatchObject({ returns: { status: 404, content: 'no' } });
  expect(fine.failed).toBeUndefined();
});

it('uri sends each value of a list in a form, and takes a method in any case', async () => {
  const body = { a: ['x', 'y'], b: true, c: 5, d: null };
  const form = await runModule(uri, { url: `${base}/p`, method: 'post', body, body_format: 'form-urlencoded' });
  expect(form.returns['json']).toMatchObject({ method: 'POST', body: 'a=x&a=y&b=True&c=5' });
});

it('uri answers where it was led and the cookies it was given', async () => {
  const led = await runModule(uri, { url: `${base}/login` });
  expect(led.returns).toMatchObject({ redirected: true, url: `${base}/json`, elapsed: 0 });
  expect(led.returns).toMatchObject({ cookies: { sid: '42', lang: 'de' }, cookies_string: 'sid=42; lang=de' });
  const kept = await runModule(uri, { url: `${base}/login`, follow_redirects: 'none', status_code: [302] });
  expect(kept.returns).toMatchObject({ redirected: false, url: `${base}/login`, location: `${base}/json` });
});

it('uri logs in when it is asked to, or at once, and names an agent', async () => {
  const args = { url: `${base}/shut`, url_username: 'u', url_password: 'p', http_agent: 'probe/1' };
  expect((await runModule(uri, args)).returns).toMatchObject({ status: 200, json: { agent: 'probe/1' } });
  expect((await runModule(uri, { ...args, force_basic_auth: true })).returns).toMatchObject({ status: 200 });
});

it('uri keeps the body in a file, and asks for it again only if it is newer', async () => {
  const dest = join(temporaryFolder(), 'kept');
  const args = { url: `${base}/file`, dest, mode: '0640' };
  const first = await runModule(uri, args);
  expect(first).toMatchObject({ changed: true, returns: { status: 200, path: dest } });
  expect(first.returns).not.toHaveProperty('content');
  expect(readFileSync(dest, 'utf8')).toBe('the body');
  expect(statSync(dest).mode & 0o777).toBe(0o640);
  const again = await runModule(uri, { ...args, status_code: [200, 304] });
  expect(again).toMatchObject({ changed: false, returns: { status: 304, path: dest } });
  expect((await runModule(uri, args)).failed).toBe('Status code was 304 and not 200');
  expect(readFileSync(dest, 'utf8')).toBe('the body');
});

it('uri keeps no body of a status that is not wanted, and names what it keeps in a folder', async () => {
  const folder = temporaryFolder();
  const failed = await runModule(uri, { url: `${base}/none`, dest: join(folder, 'none') });
  expect(failed).toMatchObject({ changed: false, failed: 'Status code was 404 and not 200' });
  const named = await runModule(uri, { url: `${base}/some.json?x=1`, dest: folder, return_content: true });
  expect(named.returns).toMatchObject({ path: join(folder, 'some.json'), json: { method: 'GET' } });
  expect(readdirSync(folder)).toEqual(['some.json']);
});

it('uri asks through a socket, and not when creates is there', async () => {
  const socket = join(temporaryFolder(), 'socket');
  const server = createServer((_request, response) => response.end('through'));
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const through = await runModule(uri, { url: 'http://x/', unix_socket: socket, return_content: true });
  expect(through.returns).toMatchObject({ content: 'through' });
  await new Promise((resolve) => server.close(resolve));
  expect((await runModule(uri, { url: 'http://127.0.0.1:1/', creates: '/etc/passwd' })).failed).toBeUndefined();
});

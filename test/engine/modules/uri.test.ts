import { expect, it } from 'vitest';
import uri from '../../../engine/modules/uri.ts';
import { runModule } from '../../support/module.ts';
import { webServer } from '../../support/web.ts';

const base = await webServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  if (request.url === '/moved') response.writeHead(302, { Location: '/json' }).end();
  else if (request.url === '/none') response.writeHead(404).end('no');
  else {
    const answer = {
      method: request.method,
      body,
      type: request.headers['content-type'] ?? null,
      x: request.headers['x-a'] ?? null,
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

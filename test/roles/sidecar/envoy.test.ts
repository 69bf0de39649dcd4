import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { certificates, freePort, idOf, type Sidecar, startSidecar } from '../../support/envoy.ts';

let folder: string;
let sidecar: Sidecar;
let port: number;
let program: Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mesh-play-envoy-'));
  await certificates(folder, { stock: idOf('stock'), shop: idOf('shop'), other: idOf('other') });
  program = createServer((asked, answer) => answer.end(JSON.stringify({ url: asked.url, headers: asked.headers })));
  await once(program.listen(0, '127.0.0.1'), 'listening');
  port = await freePort();
  sidecar = await startSidecar(folder, 'stock', {
    listen: (program.address() as { port: number }).port,
    mesh_port: port,
    allow_from: [{ spiffe_id: idOf('shop'), methods: ['GET'], paths: ['/api/*'] }],
  });
}, 120_000);

afterAll(async () => {
  sidecar?.process.kill();
  program?.close();
  await rm(folder, { recursive: true, force: true });
});

interface Answer {
  status: number | undefined;
  body: string;
  reused: boolean;
}

async function call(
  path: string,
  more: RequestOptions & { as?: string; session?: Buffer } = {},
  keep?: (session: Buffer) => void,
) {
  const { as = 'shop', ...options } = more;
  const file = (name: string) => readFile(join(folder, name));
  const [cert, key, ca] = await Promise.all([file(`${as}.crt`), file(`${as}.key`), file('ca.crt')]);
  return new Promise<Answer>((resolve, reject) => {
    const own = { cert, key, ca, agent: false as const, checkServerIdentity: () => undefined };
    const asked = request({ host: '127.0.0.1', port, path, ...own, ...options }, async (answer) => {
      let body = '';
      for await (const chunk of answer) body += chunk;
      resolve({ status: answer.statusCode, body, reused: (answer.socket as TLSSocket).isSessionReused() });
    });
    asked.on('socket', (socket) => socket.on('session', (session: Buffer) => keep?.(session)));
    asked.on('error', reject).end();
  });
}

describe('a real Envoy with the configuration of a sidecar', () => {
  it('lets a peer do what it may, and tells the program who asks', async () => {
    const { status, body } = await call('/api/x?a=1');
    expect(status).toBe(200);
    expect(JSON.parse(body).headers['x-forwarded-client-cert']).toContain(`URI=${idOf('shop')}`);
  });

  it.each([
    ['another method', '/api/x', 'POST', 403],
    ['another path', '/admin', 'GET', 403],
    ['a path that climbs out', '/api/../admin', 'GET', 403],
    ['a path that climbs out in disguise', '/api/%2e%2e/admin', 'GET', 403],
    ['backslashes', '/api/..\\admin', 'GET', 403],
    ['a path that climbs out with a parameter', '/api/..;/admin', 'GET', 403],
    ['a path that climbs out with a parameter in disguise', '/api/%2e%2e;/admin', 'GET', 403],
    ['a path that climbs out with a named parameter in disguise', '/api/.%2E;a=1/admin', 'GET', 403],
    ['a path that climbs out with an escaped parameter', '/api/..%3b/admin', 'GET', 403],
    ['a path that climbs out with what some throw away', '/api/..%09/admin', 'GET', 403],
    ['a path that ends where it climbs out', '/api/%2e%2e;', 'GET', 403],
    ['a doubled slash before another path', '//admin', 'GET', 403],
    ['escaped slashes', '/api/..%2fadmin', 'GET', 400],
    ['escaped backslashes', '/api/..%5cadmin', 'GET', 400],
  ])('refuses %s', async (_what, path, method, status) => {
    expect((await call(path, { method })).status).toBe(status);
  });

  it.each([
    ['parameters', '/api/x;a=1/y;b', '/api/x;a=1/y;b'],
    ['dots in names', '/api/a..;b/...;/.c;d', '/api/a..;b/...;/.c;d'],
    ['escapes in names', '/api/a%20b%3bc', '/api/a%20b%3bc'],
    ['dots that stay below', '/api/x/..;/y', '/api/y'],
  ])('lets through a path with %s', async (_what, path, forwarded) => {
    const { status, body } = await call(path);
    expect([status, JSON.parse(body).url]).toEqual([200, forwarded]);
  });

  it('refuses a peer of the same trust domain that is not named', async () => {
    await expect(call('/api/x', { as: 'other' })).rejects.toThrow();
  });

  it('passes on no identity that a caller claims, however it writes the header', async () => {
    const forged = `URI=${idOf('other')}`;
    const headers = { 'X-Forwarded-Client-Cert': forged, X_Forwarded_Client_Cert: forged };
    const { body } = await call('/api/x', { headers });
    expect(body).not.toContain(idOf('other'));
  });

  it('logs the path that was asked for, whatever a caller says it was', async () => {
    await call('/api/true', { headers: { 'X-Envoy-Original-Path': '/api/forged' } });
    await vi.waitFor(() => expect(sidecar.log()).toContain('"path":"/api/true"'), 5000);
    expect(sidecar.log()).not.toContain('"path":"/api/forged"');
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('asks for a certificate again at each connection of %s', async (version) => {
    let kept: Buffer | undefined;
    const only = { minVersion: version, maxVersion: version };
    await call('/api/x', only, (session) => {
      kept = session;
    });
    const again = await call('/api/x', kept === undefined ? only : { ...only, session: kept });
    expect(again).toMatchObject({ status: 200, reused: false });
  });
});

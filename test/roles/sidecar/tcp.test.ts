import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { certificates, counted, freePort, idOf, type Sidecar, startSidecar } from '../../support/envoy.ts';

let folder: string;
let sidecar: Sidecar;
let port: number;
let program: Server;
/** What the program was sent. */
let heard = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mesh-play-tcp-'));
  await certificates(folder, { db: idOf('db'), shop: idOf('shop'), other: idOf('other') });
  await mkdir(join(folder, 'stranger'));
  await certificates(join(folder, 'stranger'), { shop: idOf('shop') });
  program = createServer((socket) =>
    socket.on('data', (chunk) => {
      heard += chunk;
      socket.write(`you said ${chunk}`);
    }),
  );
  await once(program.listen(0, '127.0.0.1'), 'listening');
  port = await freePort();
  sidecar = await startSidecar(folder, 'db', {
    protocol: 'tcp',
    listen: (program.address() as { port: number }).port,
    mesh_port: port,
    allow_from: [{ spiffe_id: idOf('shop') }],
    connection_ttl: 2,
  });
}, 120_000);

afterAll(async () => {
  sidecar?.process.kill();
  program?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A connection to the sidecar with the certificate of a name, or without one. */
async function connected(as: string | undefined, more: ConnectionOptions = {}): Promise<Socket> {
  const file = (name: string): Promise<Buffer> => readFile(join(folder, name));
  const own = as === undefined ? {} : { cert: await file(`${as}.crt`), key: await file(`${as}.key`) };
  return connect({
    host: '127.0.0.1',
    port,
    ca: await file('ca.crt'),
    ...own,
    checkServerIdentity: () => undefined,
    ...more,
  });
}

/** What comes back for a word; nothing when the connection ends without an answer. */
async function say(word: string, socket: Socket): Promise<string> {
  let answer = '';
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    answer += chunk;
    socket.end();
  });
  socket.write(word);
  await once(socket, 'close').catch(() => undefined);
  return answer;
}

describe('a real Envoy in front of a program that speaks no HTTP', () => {
  it('passes on what a peer says that may, and logs who it is', async () => {
    expect(await say('ping', await connected('shop'))).toBe('you said ping');
    await vi.waitFor(() => expect(sidecar.log()).toContain(`"downstream_peer_uri_san":"${idOf('shop')}"`), 5000);
    expect(await counted(sidecar, 'envoy_rbac_allowed')).toBe(1);
  });

  it.each<[string, () => Promise<Socket>, string]>([
    [
      'a peer of the same trust domain that is not named',
      () => connected('other'),
      'envoy_listener_ssl_fail_verify_san',
    ],
    ['a peer without a certificate', () => connected(undefined), 'envoy_listener_ssl_fail_verify_no_cert'],
    [
      'the right name from a strange authority',
      () => connected('stranger/shop'),
      'envoy_listener_ssl_fail_verify_error',
    ],
    ['what is no TLS', async () => dial(port, '127.0.0.1'), 'envoy_listener_ssl_connection_error'],
  ])('refuses %s, and counts it', async (_what, refused, counter) => {
    const before = (await counted(sidecar, counter)) ?? Number.NaN;
    expect(await say('forbidden', await refused())).not.toContain('you said');
    expect(await counted(sidecar, counter)).toBe(before + 1);
    expect(heard).not.toContain('forbidden');
    expect(await say('ping', await connected('shop'))).toBe('you said ping');
  });

  it('ends a connection when a certificate would have ended', async () => {
    const socket = await connected('shop');
    await once(socket, 'secureConnect');
    const began = Date.now();
    await once(socket.resume(), 'close');
    expect(Date.now() - began).toBeGreaterThan(1500);
  });
});

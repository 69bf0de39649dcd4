import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { certificates, freePort, idOf, type Sidecar, startSidecar } from '../../support/envoy.ts';

/** Seconds: so short that a test can wait for its end. */
const TTL = 4;
let folder: string;
let sidecar: Sidecar;
let port: number;
let program: Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mesh-play-lifetime-'));
  await certificates(folder, { stock: idOf('stock'), shop: idOf('shop') });
  // Answers begin and never end.
  program = createServer((_asked, answer) => answer.writeHead(200).write('begun'));
  program.on('upgrade', (_asked: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => undefined);
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  });
  await once(program.listen(0, '127.0.0.1'), 'listening');
  port = await freePort();
  sidecar = await startSidecar(folder, 'stock', {
    listen: (program.address() as { port: number }).port,
    mesh_port: port,
    connection_ttl: TTL,
    allow_from: [{ spiffe_id: idOf('shop') }],
  });
}, 120_000);

afterAll(async () => {
  sidecar?.process.kill();
  program?.closeAllConnections();
  program?.close();
  await rm(folder, { recursive: true, force: true });
});

async function ask(headers: Record<string, string>) {
  const file = (name: string) => readFile(join(folder, name));
  const [cert, key, ca] = await Promise.all([file('shop.crt'), file('shop.key'), file('ca.crt')]);
  const own = { cert, key, ca, agent: false as const, checkServerIdentity: () => undefined };
  return request({ host: '127.0.0.1', port, path: '/', headers, ...own }).end();
}

/** Waits for the end, whichever it is: one that was cut off is an error of the stream. */
const ended = (stream: Readable): Promise<unknown> =>
  new Promise((resolve) =>
    stream
      .on('error', () => undefined)
      .on('close', resolve)
      .resume(),
  );

it('ends an answer that would go on for longer than a certificate', async () => {
  const asked = await ask({});
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  expect(answer.statusCode).toBe(200);
  await ended(answer);
}, 15_000);

it('ends a web socket that would stay open for longer than a certificate', async () => {
  const asked = await ask({ Connection: 'Upgrade', Upgrade: 'websocket' });
  const [answer, socket] = (await once(asked, 'upgrade')) as [IncomingMessage, Duplex];
  expect(answer.statusCode).toBe(101);
  await ended(socket);
}, 15_000);

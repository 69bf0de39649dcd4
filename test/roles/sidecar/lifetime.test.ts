import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { trialOf } from '../../../roles/sidecar/lib/bootstrap.ts';
import type { Instance } from '../../../roles/sidecar/lib/instance.ts';
import { certificates, envoyProgram, freePort, type Running, startEnvoy, withFiles } from '../../support/envoy.ts';

const ID = (name: string): string => `spiffe://mesh.internal/${name}`;
/** Seconds: so short that a test can wait for its end. */
const TTL = 4;
let folder: string;
let envoy: Running;
let port: number;
let program: Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mesh-play-lifetime-'));
  await certificates(folder, { stock: ID('stock'), shop: ID('shop') });
  // Answers begin and never end.
  program = createServer((_asked, answer) => answer.writeHead(200).write('begun'));
  program.on('upgrade', (_asked: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => undefined);
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  });
  await once(program.listen(0, '127.0.0.1'), 'listening');
  port = await freePort();
  const instance: Instance = {
    name: 'stock',
    host: 'vm1',
    spiffe_id: ID('stock'),
    protocol: 'http',
    listen: (program.address() as { port: number }).port,
    mesh_port: port,
    metrics_port: await freePort(),
    connection_ttl: TTL,
    allow_from: [{ spiffe_id: ID('shop') }],
    egress: [],
  };
  const around = {
    trustDomain: 'mesh.internal',
    agentSocket: join(folder, 'agent.sock'),
    dnsServers: ['127.0.0.1'],
    folder,
    adminSocket: join(folder, 'admin.sock'),
  };
  envoy = await startEnvoy(await envoyProgram(), withFiles(trialOf(instance, around), folder, 'stock'));
}, 120_000);

afterAll(async () => {
  envoy?.process.kill();
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

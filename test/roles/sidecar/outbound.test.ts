import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { connect as connectHttp2, createSecureServer, type Http2SecureServer } from 'node:http2';
import { createServer, connect as dial, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTls, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Destination } from '../../../roles/mesh/lib/mesh.ts';
import { certificates, counted, freePort, idOf, type Sidecar, startSidecar } from '../../support/envoy.ts';

let folder: string;
let sidecar: Sidecar;
const servers: (Server | Http2SecureServer)[] = [];
/** What the services were asked: which one, by whom, in which protocol. */
const asked: string[] = [];

/** Who answers as a service: with which certificate, from which authority's folder. */
interface Answering {
  certificate?: string;
  authority?: string;
}

const PORT_OF = { http: 0, tcp: 0 };
/** Where the program finds a service: each has an address of its own, and all of a protocol the same port. */
const destinations: Record<string, Destination> = {};

const peerOf = (socket: TLSSocket): string => socket.getPeerCertificate().subjectaltname ?? 'nobody';

async function listening<T extends Server | Http2SecureServer>(server: T): Promise<T> {
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

async function tlsOf({ certificate = 'stock', authority = '.' }: Answering) {
  const file = (name: string): Promise<Buffer> => readFile(join(folder, name));
  const [cert, key] = await Promise.all(['crt', 'key'].map((kind) => file(join(authority, `${certificate}.${kind}`))));
  return { cert, key, ca: await file('ca.crt'), requestCert: true, allowHTTP1: true };
}

const SPEAKING = {
  http: async (name: string, answering: Answering) =>
    createSecureServer(await tlsOf(answering), (question, answer) => {
      // Of HTTP/2 only the session has the real socket.
      const socket = question.stream?.session?.socket ?? question.socket;
      asked.push(`${name} by ${peerOf(socket as TLSSocket)} in ${question.httpVersion}`);
      answer.end(name);
    }),
  tcp: async (name: string, answering: Answering) =>
    createTls(await tlsOf(answering), (socket) =>
      socket.once('data', (chunk) => {
        asked.push(`${name} by ${peerOf(socket)}: ${chunk}`);
        socket.end(`${name} heard ${chunk}`);
      }),
    ),
};
const inPlain = (name: string): Server =>
  createServer((socket) =>
    socket.once('data', (chunk) => {
      // Whatever else is in it, the beginning of a TLS handshake is binary (RFC 8446, 5.1).
      asked.push(...(chunk[0] === 22 ? [] : [`${name} in plain: ${chunk}`]));
      socket.end('no TLS here');
    }),
  );

async function service(name: string, protocol: 'http' | 'tcp', answering: Answering | 'plain'): Promise<void> {
  const server = await listening(answering === 'plain' ? inPlain(name) : await SPEAKING[protocol](name, answering));
  const address = `127.64.1.${Object.keys(destinations).length + 2}`;
  destinations[name] = {
    ...{ service: name, spiffe_id: idOf('stock'), dns_name: '127.0.0.1', protocol, port: PORT_OF[protocol] },
    ...{ mesh_port: (server.address() as { port: number }).port, loopback: address },
  };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mesh-play-outbound-'));
  await certificates(folder, { shop: idOf('shop'), stock: idOf('stock'), other: idOf('other') });
  await mkdir(join(folder, 'stranger'));
  await certificates(join(folder, 'stranger'), { stock: idOf('stock') });
  [PORT_OF.http, PORT_OF.tcp] = [await freePort(), await freePort()];
  for (const protocol of ['http', 'tcp'] as const) {
    await service(`stock-${protocol}`, protocol, {});
    await service(`other-${protocol}`, protocol, { certificate: 'other' });
    await service(`stranger-${protocol}`, protocol, { authority: 'stranger' });
    await service(`plain-${protocol}`, protocol, 'plain');
  }
  sidecar = await startSidecar(folder, 'shop', { egress: Object.values(destinations) });
}, 120_000);

afterAll(async () => {
  sidecar?.process.kill();
  for (const server of servers) server.close();
  await rm(folder, { recursive: true, force: true });
});

const at = (name: string): { host: string; port: number } => {
  const { loopback, port } = destinations[name] as Destination;
  return { host: loopback, port };
};

/** The status and the body that the program gets. */
const call = (name: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const question = request({ ...at(name), path: '/x', agent: false }, async (answer) => {
      let body = '';
      for await (const chunk of answer) body += chunk;
      resolve(`${answer.statusCode} ${body}`);
    });
    question.on('error', reject).end();
  });

/** What comes back for a word. */
async function say(name: string, word: string): Promise<string> {
  const socket = dial(at(name));
  let answer = '';
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.write(word);
  await once(socket, 'close').catch(() => undefined);
  return answer;
}

describe('a real Envoy on the way out', () => {
  it('takes a plain call to the service that is meant, as who the caller is', async () => {
    expect(await call('stock-http')).toBe('200 stock-http');
    expect(asked.at(-1)).toBe(`stock-http by URI:${idOf('shop')} in 1.1`);
    const line = `"upstream_peer_uri_san":"${idOf('stock')}"`;
    await vi.waitFor(() => expect(sidecar.log()).toContain(line), 5000);
  });

  it('asks in HTTP/2 what it was asked in HTTP/2', async () => {
    const { host, port } = at('stock-http');
    const session = connectHttp2(`http://${host}:${port}`);
    const stream = session.request({ ':path': '/x' });
    const [headers] = await once(stream, 'response');
    session.destroy();
    expect(headers[':status']).toBe(200);
    expect(asked.at(-1)).toBe(`stock-http by URI:${idOf('shop')} in 2.0`);
  });

  it('takes words to a service that speaks no HTTP', async () => {
    expect(await say('stock-tcp', 'ping')).toBe('stock-tcp heard ping');
    expect(asked.at(-1)).toBe(`stock-tcp by URI:${idOf('shop')}: ping`);
  });

  it.each([
    ['has the name of another service', 'other', 'envoy_cluster_ssl_fail_verify_san'],
    ['has the right name from a strange authority', 'stranger', 'envoy_cluster_ssl_fail_verify_error'],
    ['speaks no TLS', 'plain', 'envoy_cluster_ssl_connection_error'],
  ])('tells nothing to what answers as the service and %s, and counts it', async (_what, who, counter) => {
    asked.length = 0;
    const before = (await counted(sidecar, counter)) ?? Number.NaN;
    expect(await call(`${who}-http`)).toMatch(/^503 /);
    const between = (await counted(sidecar, counter)) ?? Number.NaN;
    expect(between).toBeGreaterThan(before);
    expect(await say(`${who}-tcp`, 'secret')).toBe('');
    expect(await counted(sidecar, counter)).toBeGreaterThan(between);
    expect(asked).toEqual([]);
    expect(await call('stock-http')).toBe('200 stock-http');
  });

  it('listens nowhere but at the addresses of destinations', async () => {
    const socket = dial(PORT_OF.http, '127.64.1.99');
    const [error] = await once(socket, 'error');
    expect(error.code).toBe('ECONNREFUSED');
    expect(await call('stock-http')).toBe('200 stock-http');
  });
});

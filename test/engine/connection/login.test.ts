import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Target } from '../../../engine/connection/connection.ts';
import { login } from '../../../engine/connection/login.ts';
import { sshTransport } from '../../../engine/connection/ssh.ts';
import type { Problem } from '../../../engine/problem.ts';
import { eventually } from '../../support/lab.ts';
import { temporaryFolder } from '../../support/module.ts';

const folder = temporaryFolder();

const target = (port: number, more: Partial<Target> = {}): Target => ({
  host: 'far',
  transport: 'ssh',
  address: '127.0.0.1',
  port,
  user: 'root',
  homeFolder: folder,
  knownHostsFiles: [],
  hostKeyChecking: 'yes',
  sshArgs: [],
  shell: '/bin/sh',
  connectTimeoutMs: 10_000,
  ...more,
});

/** A server that is closed again; with `met`, one that stays and is given who comes. */
async function portOf(met?: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => met?.(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  if (met) afterAll(() => void server.close());
  else await new Promise((resolve) => server.close(resolve));
  return port;
}

const why = async (opened: Promise<unknown>): Promise<string | undefined> =>
  opened.then(
    () => undefined,
    (problem: Problem) => problem.why,
  );

it('says that nothing listens', async () => {
  expect(await why(sshTransport(target(await portOf())))).toBe('nothing listens there');
});

it('says so too of a socket that failed before anybody logged in over it', async () => {
  const port = await portOf();
  const socket = connect(port, '127.0.0.1');
  await new Promise((resolve) => socket.on('error', resolve));
  expect(await why(login(target(port), socket))).toBe('nothing listens there');
});

it('says that the host closed the connection before the login was done', async () => {
  const port = await portOf((socket) => socket.end('SSH-2.0-short\r\n'));
  expect(await why(sshTransport(target(port)))).toBe('it closed the connection before the login was done');
});

it('leaves no connection open where there is no key to log in with', async () => {
  let closed: Promise<unknown> | undefined;
  const port = await portOf((socket) => {
    closed = once(socket.resume(), 'close');
  });
  const missing = join(folder, 'missing');
  expect(await why(sshTransport(target(port, { privateKeyFile: missing })))).toBe(
    `there is no private key file ${missing}`,
  );
  await eventually(
    async () => closed,
    (met) => met !== undefined,
    5,
  );
});

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import type { Target } from '../../../engine/connection/connection.ts';
import { login } from '../../../engine/connection/login.ts';
import { sshTransport } from '../../../engine/connection/ssh.ts';
import type { Problem } from '../../../engine/problem.ts';
import { farAt } from '../../support/here.ts';
import { eventually } from '../../support/lab.ts';
import { temporaryFolder } from '../../support/module.ts';
import { sshd } from '../../support/sshd.ts';

const folder = temporaryFolder();

const target = (port: number, more: Partial<Target> = {}): Target => farAt(port, { homeFolder: folder, ...more });

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

it('leaves nothing for the process to wait for once it is closed', async () => {
  const { inventory, files } = await sshd();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const { ansible_port: port } = JSON.parse(inventory).all.hosts.far;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  try {
    const transport = await sshTransport(
      target(port, { privateKeyFile: join(folder, 'key'), knownHostsFiles: [join(folder, 'known')] }),
    );
    const channel = await transport.open('cat');
    channel.stdout.resume();
    const closed = once(channel.stdout, 'close');
    await transport.close();
    await closed;
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Server as NetServer } from 'node:net';
import { join } from 'node:path';
import ssh2, { type Client, type Connection } from 'ssh2';
import { expect, it, onTestFinished } from 'vitest';
import { leaveOtherKeys } from '../../../engine/connection/otherkeys.ts';
import { sshTransport } from '../../../engine/connection/ssh.ts';
import { farAt } from '../../support/here.ts';
import { temporaryFolder } from '../../support/module.ts';

const folder = temporaryFolder();
const { sendPacket } = createRequire(import.meta.url)('ssh2/lib/protocol/utils.js');

/** What ssh2's server has no method for: it is written into its packets by hand, as OpenSSH's writes it. */
interface Internals {
  _protocol: {
    _handlers: { GLOBAL_REQUEST: (protocol: unknown, name: string, ...rest: unknown[]) => void };
    _packetRW: { write: { allocStart: number; alloc(size: number): Buffer; finalize(packet: Buffer): Buffer } };
  };
}

/** Tells of a key, as OpenSSH's server does once somebody is logged in. */
function tellOf(key: Buffer, to: Internals): void {
  const { write } = to._protocol._packetRW;
  const string = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  const words = Buffer.concat([
    Buffer.from([80]),
    string(Buffer.from('hostkeys-00@openssh.com')),
    Buffer.from([0]),
    string(key),
  ]);
  const start = write.allocStart;
  const packet = write.alloc(words.length);
  packet.set(words, start);
  sendPacket(to._protocol, write.finalize(packet));
}

it('has no host sign its other keys, and goes on to its shell', async () => {
  const user = ssh2.utils.generateKeyPairSync('ed25519');
  const host = ssh2.utils.generateKeyPairSync('ed25519');
  const other = ssh2.utils.parseKey(ssh2.utils.generateKeyPairSync('ed25519').public);
  if (other instanceof Error) throw other;
  const asked: string[] = [];
  const server = new ssh2.Server({ hostKeys: [host.private] }, (client: Connection) => {
    client.on('error', () => undefined);
    client.on('authentication', (attempt) => attempt.accept());
    client.on('ready', () => {
      const internals = client as unknown as Internals;
      const handlers = internals._protocol._handlers;
      const answer = handlers.GLOBAL_REQUEST;
      handlers.GLOBAL_REQUEST = (from, name, ...rest) => {
        asked.push(name);
        answer(from, name, ...rest);
      };
      tellOf(other.getPublicSSH(), internals);
    });
    client.on('session', (accept) =>
      accept().on('exec', (take) => {
        const stream = take();
        stream.exit(3);
        stream.end();
      }),
    );
  });
  (server as unknown as NetServer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  writeFileSync(join(folder, 'key'), user.private);
  writeFileSync(join(folder, 'known'), `[127.0.0.1]:${port} ${host.public.split(' ').slice(0, 2).join(' ')}\n`);
  const transport = await sshTransport(
    farAt(port, {
      homeFolder: folder,
      privateKeyFile: join(folder, 'key'),
      knownHostsFiles: [join(folder, 'known')],
    }),
  );
  const channel = await transport.open('true');
  channel.stdout.on('data', () => undefined);
  channel.stderr.on('data', () => undefined);
  expect(await channel.closed).toEqual({ status: 3, reason: 'the shell ended with status 3' });
  await transport.close();
  expect(asked).toEqual(['keepalive@openssh.com']);
});

it('leaves an ssh2 that is made otherwise as it is', () => {
  expect(() => leaveOtherKeys({} as Client)).not.toThrow();
});

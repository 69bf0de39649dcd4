import { connect, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { Target, Transport } from './connection.ts';
import { needsCertificate } from './hostkey.ts';

/** A connection by ssh2, loaded while the host answers; by OpenSSH where only a certificate vouches for the host. */
export async function sshTransport(target: Target, signal?: AbortSignal): Promise<Transport> {
  if (needsCertificate(target)) return (await import('./openssh.ts')).opensshTransport(target, signal);
  const socket = dial(target);
  // Nothing is sent before the turn of the event loop is over.
  await setImmediate();
  try {
    const { login } = await import('./login.ts');
    return await login(target, socket, signal);
  } catch (thrown) {
    socket.destroy();
    throw thrown;
  }
}

function dial({ address, port }: Target): Socket {
  // From the first packet on: each message of the login is small and waits for an answer, so with a delay the two ends
  // wait for each other's late acknowledgements, 40 ms a message.
  const socket = connect({ host: address, port, noDelay: true });
  // Whoever logs in over it is told; until then nobody listens, and that would end the process.
  socket.on('error', () => undefined);
  return socket.setMaxListeners(0);
}

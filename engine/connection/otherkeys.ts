import type { Client } from 'ssh2';

/** What ssh2 answers a server's requests with. It is its own, and there is no other way to answer otherwise. */
interface Internals {
  _protocol: {
    _handlers: { GLOBAL_REQUEST: (protocol: unknown, name: string, ...rest: unknown[]) => void };
    ping(): void;
  };
  _callbacks: (() => void)[];
}

/**
 * OpenSSH's server tells a client that has logged in of all its host keys, and ssh2 has it prove each by a signature, for
 * a list that nobody reads here: an eighth of what a login costs the host and a fifth of what it costs here. It is
 * answered by a word that costs nothing, since the server's next words wait for an acknowledgement of these.
 */
export function leaveOtherKeys(client: Client): void {
  const internals = client as unknown as Partial<Internals>;
  const protocol = internals._protocol;
  const answer = protocol?._handlers?.GLOBAL_REQUEST;
  // Another ssh2 may be made otherwise: then each login costs what it did, and works.
  if (!protocol || !internals._callbacks || !answer) return;
  protocol._handlers.GLOBAL_REQUEST = (from, name, ...rest) => {
    if (name !== 'hostkeys-00@openssh.com') {
      answer(from, name, ...rest);
      return;
    }
    internals._callbacks?.push(() => undefined);
    protocol.ping();
  };
}

import { spawn } from 'node:child_process';
import { createServer, connect as dial, type Server as NetServer, type Socket } from 'node:net';
import ssh2, { type Connection, type ServerChannel } from 'ssh2';
import { onTestFinished } from 'vitest';

const { Server, utils } = ssh2;

/** What the way between client and server does to bytes. */
export interface Way {
  /** Bytes to the server after which the connection is cut in both directions. */
  cutAfter?: number;
  /** The server's bytes wait this long, one after another, in milliseconds. */
  delay?: number;
  /** Nothing the server says comes through. */
  silent?: boolean;
  /** How many shells a connection may have, as sshd's MaxSessions. */
  shells?: number;
}

/** ssh2's own server on loopback, with a way to it that can be made bad. Logs in whoever has the key; runs real sh. */
export interface Sshd {
  /** An inventory with the host `far`, and the files that must be beside the playbook for it. */
  inventory: string;
  files: Record<string, string>;
  /** How many logins there were. */
  logins(): number;
  /** Cuts what is open now. */
  cut(): void;
  /** Ends the server's half of what is open now. */
  halfClose(): void;
}

const userKey = utils.generateKeyPairSync('ed25519');
const hostKey = utils.generateKeyPairSync('ed25519');

export async function sshd(way: Way = {}): Promise<Sshd> {
  let logins = 0;
  const server = new Server({ hostKeys: [hostKey.private] }, (client: Connection) => {
    client.on('error', () => undefined);
    client.on('authentication', (attempt) => {
      if (attempt.method !== 'publickey') attempt.reject(['publickey']);
      else attempt.accept();
    });
    client.on('ready', () => {
      logins++;
      let left = way.shells ?? Number.POSITIVE_INFINITY;
      client.on('session', (accept, refuse) => {
        if (left-- <= 0) refuse();
        else accept().on('exec', (take, _refuse, { command }) => run(take(), command));
      });
    });
  });
  const inner = await listen(server as unknown as NetServer);
  const open = new Set<Socket>();
  const outer = createServer({ allowHalfOpen: true }, (near) => {
    open.add(near);
    near.on('close', () => open.delete(near));
    carry(near, dial(inner, '127.0.0.1'), way);
  });
  const port = await listen(outer);
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    outer.close();
    server.close();
  });
  const known = hostKey.public.split(' ').slice(0, 2).join(' ');
  const far = {
    ansible_host: '127.0.0.1',
    ansible_port: port,
    ansible_user: 'root',
    ansible_ssh_private_key_file: '{{ playbook_dir }}/key',
    ansible_ssh_known_hosts_file: '{{ playbook_dir }}/known',
  };
  return {
    inventory: JSON.stringify({ all: { hosts: { far } } }),
    files: { key: userKey.private, known: `[127.0.0.1]:${port} ${known}\n` },
    logins: () => logins,
    cut: () => {
      for (const socket of open) socket.destroy();
    },
    halfClose: () => {
      for (const socket of open) socket.end();
    },
  };
}

function listen(server: NetServer): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
}

function carry(
  near: Socket,
  far: Socket,
  { cutAfter = Number.POSITIVE_INFINITY, delay = 0, silent = false }: Way,
): void {
  let sent = 0;
  near.on('data', (chunk) => {
    sent += chunk.length;
    if (sent <= cutAfter) far.write(chunk);
    else near.destroy();
  });
  let last: Promise<unknown> = Promise.resolve();
  far.on('data', (chunk) => {
    if (silent) return;
    if (delay === 0) near.write(chunk);
    else {
      const wait = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, delay));
      last = last.then(wait).then(() => near.writable && near.write(chunk));
    }
  });
  near.on('close', () => far.destroy());
  far.on('close', () => near.destroy());
  for (const socket of [near, far]) socket.on('error', () => undefined);
}

/** As sshd without a terminal: when the connection goes, the program's standard input ends. */
function run(stream: ServerChannel, command: string): void {
  const child = spawn('/bin/sh', ['-c', command], { detached: true });
  for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.on('error', () => undefined);
  stream.on('error', () => undefined);
  stream.pipe(child.stdin);
  child.stdout.pipe(stream);
  child.stderr.pipe(stream.stderr);
  stream.on('close', () => child.stdin.end());
  child.on('close', (code) => {
    stream.exit(code ?? 255);
    stream.end();
  });
}

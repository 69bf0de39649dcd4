import { existsSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { ClientChannel, ConnectConfig, ParsedKey } from 'ssh2';
import Client from 'ssh2/lib/client.js';
import keyParser from 'ssh2/lib/protocol/keyParser.js';
import { Problem } from '../problem.ts';
import { unreachable } from './codes.ts';
import type { Channel, Target, Transport } from './connection.ts';
import { judgeHostKey, preferredTypes } from './hostkey.ts';
import { leaveOtherKeys } from './otherkeys.ts';

/** How often a silent connection is asked whether it is alive, and how many questions may go unanswered. */
const KEEPALIVE_MS = 10_000;
const KEEPALIVE_COUNT = 3;
/** How long a channel that closed waits to hear that the whole connection did. */
const REASON_MS = 100;
/** OpenSSH's order, ssh_config(5) IdentityFile. */
const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/** Logs in by ssh2 over a socket that is connected, or about to be. */
export async function login(target: Target, socket: Socket, signal?: AbortSignal): Promise<Transport> {
  // What went wrong with it already, nobody is told again.
  if (socket.errored) throw connectProblem(target, socket.errored, []);
  const client = new Client();
  let refused: Problem | undefined;
  const tried: string[] = [];
  const config: ConnectConfig = {
    sock: socket,
    username: target.user,
    readyTimeout: target.connectTimeoutMs,
    keepaliveInterval: KEEPALIVE_MS,
    keepaliveCountMax: KEEPALIVE_COUNT,
    // AES-GCM is done by OpenSSL inside Node; everything else in ssh2 costs far more of the controller's processor.
    algorithms: {
      serverHostKey: preferredTypes(target) as never,
      cipher: { prepend: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com'], append: [], remove: [] },
    },
    hostVerifier: (key: Buffer) => {
      refused = judgeHostKey(target, key);
      return refused === undefined;
    },
    authHandler: methods(target, tried) as never,
    tryKeyboard: target.password !== undefined,
  };
  return new Promise((resolve, reject) => {
    const fail = (error: Error & { level?: string }): void => {
      client.destroy();
      reject(refused ?? connectProblem(target, error, tried));
    };
    // Only until the login is done: what runs on the host is ended over this connection.
    const interrupted = (): void => fail(new Error('interrupted'));
    signal?.addEventListener('abort', interrupted, { once: true });
    // Stays: dropping a connection that is not up yet is one more error to ssh2.
    client.on('error', fail);
    // ssh2 has no error for a connection that ends between its first word and the login.
    const closed = (): void => fail(new Error('it closed the connection before the login was done'));
    client.on('close', closed);
    client.once('ready', () => {
      client.off('error', fail).off('close', closed);
      signal?.removeEventListener('abort', interrupted);
      resolve(clientTransport(client, target));
    });
    client.on('keyboard-interactive', (_name, _instructions, _language, prompts, answer) =>
      answer(prompts.map(() => target.password ?? '')),
    );
    client.connect(config);
    leaveOtherKeys(client);
  });
}

type Method = Record<string, unknown> & { type: string };

/** Ways to prove who we are, in OpenSSH's order: agent, key files, password. Each is noted when it is tried. */
function methods(
  target: Target,
  tried: string[],
): (left: string[] | null, partial: boolean | null, next: (method: Method | false) => void) => void {
  const queue = candidates(target);
  return (left, _partial, next) => {
    for (let method = queue.shift(); method; method = queue.shift()) {
      const wire = method.how.type === 'agent' ? 'publickey' : method.how.type;
      if (left && !left.includes(wire)) continue;
      tried.push(method.name);
      next(method.how);
      return;
    }
    next(false);
  };
}

function candidates(target: Target): { name: string; how: Method }[] {
  const { user: username, password } = target;
  const list: { name: string; how: Method }[] = [];
  if (target.agent && !target.privateKeyFile)
    list.push({ name: 'agent', how: { type: 'agent', username, agent: target.agent } });
  for (const { file, key } of keys(target))
    list.push({ name: `key ${file}`, how: { type: 'publickey', username, key } });
  if (password !== undefined) {
    list.push({ name: 'password', how: { type: 'password', username, password } });
    const prompt = (_n: string, _i: string, _l: string, prompts: unknown[], answer: (a: string[]) => void): void =>
      answer(prompts.map(() => password));
    list.push({ name: 'keyboard-interactive', how: { type: 'keyboard-interactive', username, prompt } });
  }
  return list;
}

function keys(target: Target): { file: string; key: ParsedKey }[] {
  if (target.privateKeyFile) return [{ file: target.privateKeyFile, key: readKey(target, target.privateKeyFile) }];
  const files = DEFAULT_KEYS.map((name) => join(target.homeFolder, '.ssh', name)).filter((file) => existsSync(file));
  return files.flatMap((file) => {
    const parsed = parse(target, file);
    // A default key that cannot be used is passed over, as ssh does.
    return parsed instanceof Error ? [] : [{ file, key: parsed }];
  });
}

function parse(target: Target, file: string): ParsedKey | Error {
  const parsed = keyParser.parseKey(readFileSync(file), target.passphrase);
  return Array.isArray(parsed) ? (parsed[0] as ParsedKey) : parsed;
}

function readKey(target: Target, file: string): ParsedKey {
  if (!existsSync(file)) throw unreachable(target, 'authentication-failed', `there is no private key file ${file}`);
  const parsed = parse(target, file);
  if (!(parsed instanceof Error)) return parsed;
  const locked = /passphrase|encrypted/i.test(parsed.message);
  throw unreachable(
    target,
    'authentication-failed',
    locked ? `the private key ${file} needs a passphrase` : `the private key ${file} cannot be read: ${parsed.message}`,
    locked ? 'load it into ssh-agent, or set ansible_ssh_private_key_passphrase' : undefined,
  );
}

function connectProblem(
  target: Target,
  error: Error & { level?: string; code?: string },
  tried: readonly string[],
): Problem {
  if (error instanceof Problem) return error;
  if (error.level === 'client-authentication') {
    const ways =
      tried.length > 0 ? `tried ${tried.join(', ')}` : 'there was nothing to try: no agent, no key file, no password';
    return unreachable(
      target,
      'authentication-failed',
      `it refused the login; ${ways}`,
      'give the right user, key or password',
      error,
    );
  }
  if (error.level === 'client-timeout') {
    return unreachable(target, 'unreachable', `no answer within ${target.connectTimeoutMs / 1000} s`, undefined, error);
  }
  const why: Record<string, string> = {
    ECONNREFUSED: 'nothing listens there',
    ENOTFOUND: 'its name does not resolve',
    EAI_AGAIN: 'its name does not resolve just now',
    EHOSTUNREACH: 'there is no route to it',
    ENETUNREACH: 'there is no route to its network',
    ETIMEDOUT: 'no answer',
  };
  return unreachable(target, 'unreachable', why[error.code ?? ''] ?? error.message, undefined, error);
}

function clientTransport(client: Client, target: Target): Transport {
  const closed = new Promise<string>((resolve) => {
    let reason = 'the host closed it';
    client.on('error', (error: Error & { code?: string; level?: string }) => {
      if (error.level === 'client-timeout') reason = 'the host no longer answers';
      else if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reason = error.message;
    });
    client.on('close', () => resolve(reason));
  });
  return {
    closed,
    open: (command) =>
      new Promise((resolve, reject) => {
        client.exec(command, (error, stream) =>
          error
            ? reject(
                unreachable(target, 'connection-lost', `it opens no further shell: ${error.message}`, undefined, error),
              )
            : resolve(channelOf(stream, closed)),
        );
      }),
    close: async () => {
      client.end();
      await closed;
    },
  };
}

function channelOf(stream: ClientChannel, lost: Promise<string>): Channel {
  const ended = new Promise<{ status: number | undefined; reason: string }>((resolve) => {
    let status: number | undefined;
    stream.on('exit', (code: number | null) => {
      status = code ?? undefined;
    });
    stream.on('close', () => {
      if (status !== undefined) resolve({ status, reason: `the shell ended with status ${status}` });
      else {
        // A lost connection closes its channels first, and then says why.
        const late = setTimeout(() => resolve({ status, reason: 'the channel was closed' }), REASON_MS);
        // Nobody waits for it then, and the process need not either.
        void lost.then(() => clearTimeout(late));
      }
    });
  });
  const closed = Promise.race([ended, lost.then((reason) => ({ status: undefined, reason }))]);
  // A program that the shell left running does not end with its channel.
  const destroy = (): void => stream.close();
  return { stdin: stream, stdout: stream, stderr: stream.stderr, closed, release: destroy, destroy };
}

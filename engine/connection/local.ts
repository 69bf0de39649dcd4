import { type ChildProcess, spawn } from 'node:child_process';
import type { Channel, Transport } from './connection.ts';

/** How long a child's output may go on after its end: what it left running may hold it for ever. */
const OUTPUT_MS = 100;

/** The machine mesh-play runs on: each shell is a child in a process group of its own. */
export function localTransport(): Transport {
  const channels: Channel[] = [];
  let end: (reason: string) => void = () => undefined;
  const closed = new Promise<string>((resolve) => {
    end = resolve;
  });
  return {
    closed,
    open: async (command) => {
      const channel = childChannel(['/bin/sh', '-c', command]);
      channels.push(channel);
      return channel;
    },
    close: async () => {
      for (const channel of channels) channel.stdin.end();
      await Promise.all(channels.map((channel) => channel.closed));
      for (const { stdout, stderr } of channels) for (const output of [stdout, stderr]) output.destroy();
      end('closed');
    },
  };
}

/** A child process as a channel. */
export function childChannel(
  [program = '', ...args]: readonly string[],
  onStderr?: (text: string) => void,
  environment: Readonly<Record<string, string>> = {},
): Channel {
  const env = { ...process.env, ...environment };
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true, env });
  if (onStderr) child.stderr.on('data', (chunk: Buffer) => onStderr(chunk.toString('utf8')));
  const closed = new Promise<{ status: number | undefined; reason: string }>((resolve) => {
    child.on('error', (error) => resolve({ status: undefined, reason: error.message }));
    const end = (status: number | null, signal: string | null): void =>
      resolve({ status: status ?? undefined, reason: signal ? `ended by ${signal}` : `ended with status ${status}` });
    // What it said before its end is read between the two.
    child.on('exit', (...how) => setTimeout(() => setImmediate(end, ...how), OUTPUT_MS).unref());
    child.on('close', end);
  });
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    closed,
    release: () => child.stdin.end(),
    destroy: () => killGroup(child),
  };
}

/** What the child started ends with it: it has a process group of its own. */
function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is gone already, or holds what is another user's.
    child.kill('SIGKILL');
  }
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Problem } from '../problem.ts';
import { unreachable } from './codes.ts';
import type { Channel, Target, Transport } from './connection.ts';
import { childChannel } from './local.ts';

/**
 * OpenSSH's own `ssh` as a child, for what ssh2 lacks: jump hosts, certificates, hardware keys, anything in ssh_config.
 * One master connection in a private folder carries every shell.
 */
export async function opensshTransport(target: Target, signal?: AbortSignal): Promise<Transport> {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-play-ssh-'));
  const base = ['ssh', ...options(target, join(folder, 'master'))];
  let said = '';
  const { words, environment } = asking(target, folder);
  const login = [...base.toSpliced(1, 0, ...words), '-o', 'ControlMaster=yes', '-N', destination(target)];
  const hear = (text: string): void => {
    said += text;
  };
  const master = childChannel(login, hear, environment);
  // Only until the login is done: what runs on the host is ended over this connection.
  const interrupted = (): void => master.destroy();
  signal?.addEventListener('abort', interrupted, { once: true });
  const closed = master.closed.then(({ reason }) => {
    rmSync(folder, { recursive: true, force: true });
    return said.trim().split('\n').at(-1) || reason;
  });
  await untilUp(base, target, master, () => said);
  signal?.removeEventListener('abort', interrupted);
  return {
    closed,
    open: async (command) => childChannel([...base, '-o', 'ControlMaster=no', '-T', destination(target), command]),
    close: async () => {
      master.destroy();
      await closed;
    },
  };
}

/**
 * What ssh asks in place of a person (ssh(1), SSH_ASKPASS). The password is for the login at the host itself: a host on
 * the way there is told nothing.
 */
const ASKPASS = `#!/bin/sh
case $1 in
  *assphrase*) printf '%s\\n' "$MESH_PLAY_PASSPHRASE" ;;
  "$MESH_PLAY_LOGIN's password:"*|"($MESH_PLAY_LOGIN) "*) printf '%s\\n' "$MESH_PLAY_PASSWORD" ;;
  *) exit 1 ;;
esac
`;

/** How ssh is made to ask for what the target has. Not in argv, where others would see it. */
function asking({ user, address, password, passphrase }: Target, folder: string) {
  if (password === undefined && passphrase === undefined) return { words: [], environment: {} };
  const program = join(folder, 'askpass');
  writeFileSync(program, ASKPASS, { mode: 0o700 });
  return {
    words: ['-o', 'BatchMode=no', '-o', 'NumberOfPasswordPrompts=1'],
    environment: {
      SSH_ASKPASS: program,
      SSH_ASKPASS_REQUIRE: 'force',
      MESH_PLAY_LOGIN: `${user}@${address}`,
      MESH_PLAY_PASSWORD: password ?? '',
      MESH_PLAY_PASSPHRASE: passphrase ?? '',
    },
  };
}

const destination = (target: Target): string => target.address;

function options(target: Target, control: string): string[] {
  const config: Record<string, string> = {
    BatchMode: 'yes',
    ControlPath: control,
    ConnectTimeout: String(Math.ceil(target.connectTimeoutMs / 1000)),
    ServerAliveInterval: '10',
    ServerAliveCountMax: '3',
    StrictHostKeyChecking: target.hostKeyChecking,
    UserKnownHostsFile: target.knownHostsFiles.join(' '),
    User: target.user,
  };
  return [
    // What the inventory says comes first: ssh takes the first value it sees for an option.
    ...target.sshArgs,
    ...Object.entries(config).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ...(target.port === 22 ? [] : ['-p', String(target.port)]),
    ...(target.privateKeyFile ? ['-i', target.privateKeyFile, '-o', 'IdentitiesOnly=yes'] : []),
  ];
}

/** The master is up when it answers `-O check`; it is asked again until it does or is gone. */
async function untilUp(base: readonly string[], target: Target, master: Channel, said: () => string): Promise<void> {
  let gone = false;
  void master.closed.then(() => {
    gone = true;
  });
  for (;;) {
    const check = childChannel([...base, '-O', 'check', destination(target)]);
    const { status } = await check.closed;
    if (status === 0) return;
    if (gone) throw refusal(target, said());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function refusal(target: Target, said: string): Problem {
  const last = said.trim().split('\n').at(-1) ?? '';
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED/.test(said)) {
    const line = /Offending \S+ key in (\S+)/.exec(said)?.[1];
    return unreachable(
      target,
      'host-key-changed',
      'its host key has changed: somebody may be listening in, or it was set up anew',
      line && `if it was set up anew, remove ${line}`,
    );
  }
  if (/Host key verification failed/.test(said)) {
    return unreachable(
      target,
      'host-key-unknown',
      'its host key is in no known_hosts file',
      'run once with --host-key-checking accept-new',
    );
  }
  if (/Permission denied/.test(said)) return unreachable(target, 'authentication-failed', last);
  return unreachable(target, 'unreachable', last || 'ssh ended without a word');
}

import { arrive, shellCommand } from './become.ts';
import type { Become, Target, Transport } from './connection.ts';
import { localTransport } from './local.ts';
import { ShellReader } from './reader.ts';
import type { As, Connect, Progress, Session } from './session.ts';
import { Shell } from './shell.ts';
import { ShellWriter } from './writer.ts';

/** Opens a connection by the transport the target names; ssh2 is loaded only when a host needs it. */
export const connect: Connect = async (target, signal) => {
  const transport = await transportTo(target, signal);
  return new HostSession(target, transport);
};

async function transportTo(target: Target, signal?: AbortSignal): Promise<Transport> {
  switch (target.transport) {
    case 'local':
      return localTransport();
    case 'ssh':
      return (await import('./ssh.ts')).sshTransport(target, signal);
    case 'openssh':
      return (await import('./openssh.ts')).opensshTransport(target, signal);
    default:
      return target.transport satisfies never;
  }
}

const keyOf = (become: Become | undefined): string =>
  become ? `${become.method} ${become.user} ${become.flags.join(' ')}` : '';

/** How long what is interrupted may take to end by itself. */
const GRACE_SECONDS = 1;

class HostSession implements Session {
  readonly #target: Target;
  readonly #transport: Transport;
  readonly #shells = new Map<string, { become: Become | undefined; shell: Promise<Shell> }>();

  constructor(target: Target, transport: Transport) {
    this.#target = target;
    this.#transport = transport;
  }

  reader(as: As): ShellReader {
    return new ShellReader(this.#target.host, () => this.#shell(as.become), as);
  }

  writer(as: As, progress?: Progress): ShellWriter {
    const { host, transport } = this.#target;
    return new ShellWriter(host, () => this.#shell(as.become), as, transport !== 'local', progress);
  }

  serves(as: As): boolean {
    return this.#shells.has(keyOf(as.become));
  }

  #shell(become: Become | undefined): Promise<Shell> {
    const key = keyOf(become);
    const known = this.#shells.get(key);
    if (known) return known.shell;
    const opened = this.#open(become).then((shell) => {
      shell.onTimeout = () => {
        this.#shells.delete(key);
        void this.#kill(shell, become);
      };
      return shell;
    });
    opened.catch(() => undefined);
    this.#shells.set(key, { become, shell: opened });
    return opened;
  }

  async #open(become: Become | undefined): Promise<Shell> {
    const { host, shell: path } = this.#target;
    const channel = await this.#transport.open(shellCommand(path, become));
    await arrive(channel, host, path, become);
    return new Shell(channel, host);
  }

  /** Ends the shell's process group from a second shell of the same user: TERM, then KILL. */
  async #kill(shell: Shell, become: Become | undefined): Promise<void> {
    if (shell.group === undefined) {
      shell.destroy();
      return;
    }
    const other = await this.#open(become);
    const script = 'kill -s TERM -- "-$1" 2>/dev/null; sleep "$2"; kill -s KILL -- "-$1" 2>/dev/null; exit 0';
    await other.run({ script, args: [String(shell.group), String(GRACE_SECONDS)] }, 'changes').catch(() => undefined);
    other.end();
    shell.destroy();
  }

  async interrupt(): Promise<void> {
    const open = await Promise.all(
      [...this.#shells.values()].map(async ({ become, shell }) => ({
        become,
        shell: await shell.catch(() => undefined),
      })),
    );
    await Promise.allSettled(
      open.map(({ become, shell }) => {
        if (!shell?.busy) return undefined;
        shell.interrupted = true;
        return this.#kill(shell, become);
      }),
    );
  }

  async close(): Promise<void> {
    for (const { shell } of this.#shells.values()) (await shell.catch(() => undefined))?.end();
    await this.#transport.close();
  }
}

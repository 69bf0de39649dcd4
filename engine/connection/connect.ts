import { Problem } from '../problem.ts';
import { arrive, shellCommand } from './become.ts';
import type { Become, Channel, Target, Transport } from './connection.ts';
import { localTransport } from './local.ts';
import { ShellReader } from './reader.ts';
import type { As, Connect, Progress, Session } from './session.ts';
import { Shell } from './shell.ts';
import { Shells, type Use } from './shells.ts';
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

/** How long what is interrupted may take to end by itself. */
const GRACE_SECONDS = 1;
/** How long the shell that ends it may take to be there. */
const KILLER_MS = 2000;

/** How many shells of one user a connection carries: sshd allows ten of all users (sshd_config(5), MaxSessions). */
const AT_MOST = { local: 32, ssh: 6, openssh: 6 };

const interrupted = (): Problem => new Problem({ code: 'interrupted', what: 'the run was interrupted' });

class HostSession implements Session {
  readonly #target: Target;
  readonly #transport: Transport;
  readonly #shells: Shells;
  readonly #arriving = new Set<Channel>();
  #interrupted = false;
  lost = false;

  constructor(target: Target, transport: Transport) {
    this.#target = target;
    this.#transport = transport;
    this.#shells = new Shells(
      AT_MOST[target.transport],
      (become) => this.#open(become, target.connectTimeoutMs),
      (shell, become) => void this.#kill(shell, become),
    );
    void transport.closed.then(() => {
      this.lost = true;
    });
  }

  reader(as: As): ShellReader {
    return new ShellReader(this.#target.host, this.#use(as), as);
  }

  writer(as: As, progress?: Progress): ShellWriter {
    const { host, transport } = this.#target;
    return new ShellWriter(host, this.#use(as), as, transport !== 'local', progress);
  }

  #use(as: As): Use {
    return async (effect, work) => {
      // What has more to do begins nothing more.
      if (this.#interrupted) throw interrupted();
      return this.#shells.use(as, effect, work);
    };
  }

  serves(as: As): boolean {
    return this.#shells.has(as);
  }

  async #open(become: Become | undefined, timeoutMs: number): Promise<Shell> {
    const { host, shell: path } = this.#target;
    const channel = await this.#transport.open(shellCommand(path, become));
    this.#arriving.add(channel);
    try {
      await arrive(channel, host, path, become, timeoutMs);
    } catch (thrown) {
      throw this.#interrupted ? interrupted() : thrown;
    } finally {
      this.#arriving.delete(channel);
    }
    return new Shell(channel, host);
  }

  /** Ends the shell's process group from a second shell of the same user: TERM, then KILL. */
  async #kill(shell: Shell, become: Become | undefined): Promise<void> {
    // Where none can be opened, nobody can end what runs; the shell is given up all the same.
    const other = shell.group === undefined ? undefined : await this.#open(become, KILLER_MS).catch(() => undefined);
    if (other) {
      const script = 'kill -s TERM -- "-$1" 2>/dev/null; sleep "$2"; kill -s KILL -- "-$1" 2>/dev/null; exit 0';
      const args = [String(shell.group), String(GRACE_SECONDS)];
      await other.run({ script, args }, 'changes').catch(() => undefined);
      other.end();
    }
    shell.destroy();
  }

  async interrupt(): Promise<void> {
    this.#interrupted = true;
    for (const channel of this.#arriving) channel.destroy();
    await Promise.allSettled(
      this.#shells.all().map(async ({ become, shell: opening }) => {
        const shell = await opening;
        if (!shell.busy) return;
        shell.interrupted = true;
        await this.#kill(shell, become);
      }),
    );
  }

  async close(): Promise<void> {
    for (const { shell } of this.#shells.all()) (await shell.catch(() => undefined))?.end();
    await this.#transport.close();
  }
}

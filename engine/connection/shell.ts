import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Problem } from '../problem.ts';
import { Answers } from './answers.ts';
import type { Channel, Output, QueryOptions } from './connection.ts';
import { type Command, encode, shown } from './encode.ts';
import { fateOf } from './fate.ts';
import { AFTER, BEFORE, HELD } from './held.ts';
import { type Effect, outputOf, type Request, requestOf } from './request.ts';
import { together } from './together.ts';

interface Flying extends Request {
  id: number;
  stdout?: { bytes: Buffer; status: number };
  stderr?: Buffer;
  ready?: () => void;
  /** All of the content is on its way. */
  sent?: boolean;
  timer?: NodeJS.Timeout;
}

/**
 * One long-lived `sh` at the far end. Requests are text it reads; each answer ends, on stdout and on stderr, with a line
 * that carries a random word, so an answer costs no process but the command itself. Requests made in the same turn of
 * the event loop leave in one write.
 */
export class Shell {
  readonly #channel: Channel;
  readonly #host: string;
  readonly #word = `mp${randomBytes(12).toString('hex')}`;
  readonly #stdout: Answers;
  readonly #stderr: Answers;
  readonly #flying: Flying[] = [];
  #waiting: Request[] = [];
  #nextId = 0;
  #flush: NodeJS.Immediate | undefined;
  #streaming = false;
  #held = false;
  #lost: Problem | undefined;
  /** Called to end what runs now, when it takes longer than it may. */
  onTimeout: () => void = () => undefined;
  /** Called when a command left something running that holds the shell's output: it ends when it has nothing left to do. */
  onHeld: () => void = () => undefined;
  /** Called when it is gone. */
  onLost: () => void = () => undefined;
  /** What runs is being ended, since the run was interrupted. */
  interrupted = false;
  /** The process group of the shell and all it runs, once known. */
  group: number | undefined;

  constructor(channel: Channel, host: string) {
    this.#channel = channel;
    this.#host = host;
    this.#stdout = new Answers(this.#word, (content, tail) => this.#onStdout(content, tail));
    this.#stderr = new Answers(this.#word, (content) => this.#onStderr(content));
    channel.stdout.on('data', (chunk: Buffer) => this.#stdout.push(chunk));
    channel.stderr.on('data', (chunk: Buffer) => this.#stderr.push(chunk));
    channel.stdin.on('error', () => undefined);
    void channel.closed.then(({ reason }) => this.#lose(reason));
    channel.stdin.write(HELD);
    // $$ stays the shell's own in subshells; the fifth field of its stat is the process group.
    void this.run({ script: 'read -r line </proc/$$/stat && printf %s "$line"', args: [] }, 'reads').then(
      ({ stdout }) => {
        this.group = Number(stdout.replace(/^.*\) /, '').split(' ')[2]);
      },
      () => undefined,
    );
  }

  get busy(): boolean {
    return this.#flying.length + this.#waiting.length > 0;
  }

  get lost(): boolean {
    return this.#lost !== undefined;
  }

  /** Runs a command to its end. Rejects only when the connection or the time runs out: a status is an answer. */
  run(command: Command, effect: Effect, options: QueryOptions = {}): Promise<Output> {
    return this.#request(requestOf(command, effect, options));
  }

  /** Runs a script whose standard input is `content`, of exactly `size` bytes. */
  stream(
    command: { script: string; args: readonly string[]; name: string },
    size: number,
    content: AsyncIterable<Uint8Array>,
    options: { timeoutMs?: number; limitMs?: number; onSent?: (bytes: number) => void; unsent?: string } = {},
  ): Promise<Output> {
    // `head` passes on just these bytes; what the script leaves unread is drained, so that a full disk cannot turn file
    // content into commands.
    const inner = `( ${encode(command, {}).replace(/ <\/dev\/null$/, '')}; s=$?; cat >/dev/null; exit $s )`;
    return this.#request({
      text: () => `printf '\\n${this.#word} ready\\n'; head -c ${size} | ${inner}`,
      shown: () => shown(command),
      effect: 'changes',
      content,
      ...options,
    });
  }

  #request(request: Omit<Request, 'resolve' | 'reject'>): Promise<Output> {
    return new Promise((resolve, reject) => this.#wait({ ...request, resolve, reject }));
  }

  #wait(request: Request): void {
    if (this.#lost) {
      request.reject(this.#lost);
      return;
    }
    this.#waiting.push(request);
    this.#flush ??= setImmediate(() => this.#send());
  }

  #send(): void {
    this.#flush = undefined;
    this.#waiting = together(this.#waiting, this.#word, (request) => this.#wait(request));
    let text = '';
    while (this.#waiting.length > 0 && !this.#streaming) {
      const request = this.#waiting[0] as Request;
      // Content may only follow when the shell has read everything before it, so a transfer begins alone.
      if (request.content && (this.#flying.length > 0 || text !== '')) break;
      this.#waiting.shift();
      const flying: Flying = { ...request, id: this.#nextId++ };
      this.#flying.push(flying);
      text += this.#framed(flying);
      if (request.content) {
        this.#streaming = true;
        flying.ready = () => void this.#pump(flying, request.content as AsyncIterable<Uint8Array>);
      }
    }
    if (text !== '') this.#channel.stdin.write(text);
    this.#watch();
  }

  #framed({ text, id, effect }: Flying): string {
    const word = this.#word;
    const end = `printf '\\n${word} ${id}\\n' >&2\n`;
    // All on one line: bash reads its input line by line, and a transfer's content must not stand before the end line.
    if (effect === 'reads') return `${text()}; mp_s=$?; printf '\\n${word} ${id} %s\\n' "$mp_s"; ${end}`;
    return `${BEFORE}; ${text()}; mp_s=$?; ${AFTER}; printf '\\n${word} ${id} %s\\n' "$mp_s $mp_h"; ${end}`;
  }

  async #pump(flying: Flying, content: AsyncIterable<Uint8Array>): Promise<void> {
    let sent = 0;
    try {
      for await (const chunk of content) {
        if (this.#lost) return;
        sent += chunk.length;
        // A pipe that breaks is a connection that is lost, which is told of where it closes.
        if (!this.#channel.stdin.write(chunk))
          await Promise.race([
            once(this.#channel.stdin, 'drain').catch(() => this.#channel.closed),
            this.#channel.closed,
          ]);
        flying.onSent?.(sent);
      }
      flying.sent = true;
    } catch (thrown) {
      // The far end still waits for bytes that will not come: only dropping the shell ends that.
      this.#channel.destroy();
      flying.reject(
        new Problem({ code: 'read-failed', what: 'the file could not be read on the controller', cause: thrown }),
      );
    }
  }

  #onStdout(content: Buffer, tail: string): void {
    // The two streams come apart: the next answer's stdout may be here before this one's stderr.
    const head = this.#flying.find((one) => one.stdout === undefined);
    if (!head) return;
    if (tail === 'ready') {
      head.ready?.();
      return;
    }
    const [, status = '255', held] = tail.split(' ');
    if (held && !this.#held) this.onHeld();
    this.#held ||= held === 'held';
    head.stdout = { bytes: Buffer.from(content), status: Number(status) };
    this.#answer();
  }

  #onStderr(content: Buffer): void {
    const head = this.#flying.find((one) => one.stderr === undefined);
    if (!head) return;
    head.stderr = Buffer.from(content);
    this.#answer();
  }

  #answer(): void {
    for (let head = this.#flying[0]; head?.stdout && head.stderr; head = this.#flying[0]) {
      this.#flying.shift();
      clearTimeout(head.timer);
      if (head.content) this.#streaming = false;
      head.resolve(outputOf(head.stdout.status, head.stdout.bytes, head.stderr.toString('utf8')));
    }
    this.#watch();
    // Not before all that it was asked is answered.
    if (this.#held && !this.busy) this.release();
    if (this.#waiting.length > 0) this.#flush ??= setImmediate(() => this.#send());
  }

  /** The clock of a request runs from when the shell gets to it. */
  #watch(): void {
    const head = this.#flying[0];
    if (!head || head.timer || head.timeoutMs === undefined) return;
    head.timer = setTimeout(() => {
      const seconds = (head.limitMs ?? head.timeoutMs ?? 0) / 1000;
      head.reject(
        new Problem({ code: 'timeout', what: `${head.shown()} took longer than ${seconds} s and was ended` }),
      );
      this.onTimeout();
    }, head.timeoutMs);
  }

  #lose(reason: string): void {
    const what = `the connection to ${this.#host} was lost: ${reason}`;
    this.#lost = new Problem({ code: 'connection-lost', what });
    this.onLost();
    for (const [index, one] of this.#flying.entries()) {
      clearTimeout(one.timer);
      const how = { host: this.#host, reason, behind: index > 0, interrupted: this.interrupted };
      one.reject(one.effect === 'changes' ? fateOf(one, how) : this.#lost);
    }
    for (const one of this.#waiting) one.reject(this.#lost);
    this.#flying.length = 0;
    this.#waiting.length = 0;
  }

  /** Drops the shell; what runs in it is not waited for. */
  destroy(): void {
    this.#channel.destroy();
  }

  /** Ends the shell when it has nothing left to do. */
  end(): void {
    this.#channel.stdin.end();
  }

  /** Ends the shell, and leaves what was started in it alone. */
  release(): void {
    this.#channel.release();
  }
}

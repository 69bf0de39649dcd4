import { Problem } from '../problem.ts';
import type { Output, QueryOptions, Reader, Stat, Survey } from './connection.ts';
import { type Command, shown } from './encode.ts';
import type { Effect } from './request.ts';
import type { As } from './session.ts';
import type { Use } from './shells.ts';
import { ABSENT, parseStat, STAT_SCRIPT } from './stat.ts';

const LAST_LINES = 10;

/** Reads a host through the shell of one user. */
export class ShellReader implements Reader {
  readonly host: string;
  protected readonly use: Use;
  readonly #as: As;

  constructor(host: string, use: Use, as: As) {
    this.host = host;
    this.use = use;
    this.#as = as;
  }

  query(argv: readonly string[], options: QueryOptions = {}): Promise<Output> {
    return this.perform({ argv }, 'reads', options);
  }

  script(text: string, args: readonly string[] = [], options: QueryOptions = {}): Promise<Output> {
    return this.perform({ script: text, args }, 'reads', options);
  }

  survey(survey: Survey, args: readonly string[], options: QueryOptions = {}): Promise<Output> {
    return this.perform({ survey, args }, 'reads', options);
  }

  async stat(path: string, { follow = false, sha256 = false } = {}): Promise<Stat | undefined> {
    const args = [path, follow ? '-L' : '', sha256 ? 'sha256' : ''];
    const { status, stdout } = await this.script(STAT_SCRIPT, args, { ok: [0, ABSENT] });
    return status === ABSENT ? undefined : parseStat(stdout);
  }

  async readFile(path: string): Promise<Buffer | undefined> {
    const { status, bytes } = await this.script(`[ -e "$1" ] || exit ${ABSENT}; cat -- "$1"`, [path], {
      ok: [0, ABSENT],
    });
    return status === ABSENT ? undefined : bytes;
  }

  /** What is left of the time; rejects what would begin when there is none. */
  protected left(): { timeoutMs?: number; limitMs?: number } {
    const { timeoutMs: limitMs, since } = this.#as;
    if (limitMs === undefined) return {};
    const timeoutMs = limitMs - (since === undefined ? 0 : performance.now() - since);
    if (timeoutMs > 0) return { timeoutMs, limitMs };
    throw new Problem({ code: 'timeout', what: `the task took longer than ${limitMs / 1000} s` });
  }

  protected async perform(command: Command, effect: Effect, options: QueryOptions): Promise<Output> {
    const { environment } = this.#as;
    const all: QueryOptions = {
      ...options,
      ...(environment ? { environment: { ...environment, ...options.environment } } : {}),
      ...(options.timeoutMs === undefined ? this.left() : {}),
    };
    const output = await this.use(options.waits ? 'changes' : effect, (shell) => shell.run(command, effect, all));
    return judged(command, output, options.ok ?? [0]);
  }
}

/** The output, or a Problem when its status is no answer. */
export function judged(command: Command, output: Output, ok: readonly number[] | 'any'): Output {
  if (ok === 'any' || ok.includes(output.status)) return output;
  const details = output.stderr.trimEnd().split('\n').slice(-LAST_LINES).filter(Boolean);
  throw new Problem({
    code: 'command-failed',
    what: `${shown(command)} ended with status ${output.status}`,
    details,
  });
}

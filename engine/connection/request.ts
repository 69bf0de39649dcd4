import { late } from '../late.ts';
import type { Problem } from '../problem.ts';
import type { Output, QueryOptions, Survey } from './connection.ts';
import { type Command, encode, shown } from './encode.ts';

/** Whether a command only reads. When the connection goes while one that does not is running, its fate is unknown. */
export type Effect = 'reads' | 'changes';

/** A survey with what it is asked about. */
export interface Asked {
  survey: Survey;
  args: readonly string[];
  options: QueryOptions;
}

/** What a shell is to run, until it has answered. */
export interface Request {
  /** As the shell reads it; not worked out where it becomes part of a survey of many. */
  text: () => string;
  shown: () => string;
  effect: Effect;
  /** Set where it may be answered together with others. */
  asked?: Asked;
  content?: AsyncIterable<Uint8Array>;
  onSent?: ((bytes: number) => void) | undefined;
  /** What is so when the connection goes before all of the content was sent. */
  unsent?: string | undefined;
  timeoutMs?: number | undefined;
  limitMs?: number | undefined;
  resolve(output: Output): void;
  reject(problem: Problem): void;
}

/** A command as a request, to which the caller adds who is to be told. */
export function requestOf(
  command: Command,
  effect: Effect,
  options: QueryOptions,
): Omit<Request, 'resolve' | 'reject'> {
  return {
    text: late(() => encode(command, options)),
    shown: () => shown(command),
    effect,
    timeoutMs: options.timeoutMs,
    limitMs: options.limitMs,
    ...('survey' in command ? { asked: { ...command, options } } : {}),
  };
}

/** An answer as callers get it; its text is made when somebody wants it. */
export function outputOf(status: number, bytes: Buffer, stderr: string): Output {
  let text: string | undefined;
  return {
    status,
    bytes,
    stderr,
    get stdout() {
      text ??= bytes.toString('utf8');
      return text;
    },
  };
}

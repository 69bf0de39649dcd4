import { Problem } from '../problem.ts';
import type { Target } from './connection.ts';

const UNREACHABLE = new Set([
  'unreachable',
  'host-key-unknown',
  'host-key-changed',
  'authentication-failed',
  'no-shell',
  'connection-lost',
  // The connection went away while a command that changes the host was running: nobody knows how it ended.
  'fate-unknown',
]);

/** True when a problem means that the host could not be reached, as opposed to a command that ran and failed. */
export function isUnreachable(problem: Problem): boolean {
  return UNREACHABLE.has(problem.code);
}

/** A transport that could not be opened, as a Problem of the given code. */
export function unreachable(target: Target, code: string, why: string, mend?: string, cause?: unknown): Problem {
  return new Problem({
    code,
    what: `${target.host} cannot be reached as ${target.user}@${target.address}:${target.port}`,
    why,
    mend,
    cause,
  });
}

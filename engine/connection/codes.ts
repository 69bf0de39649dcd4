import type { Problem } from '../problem.ts';

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

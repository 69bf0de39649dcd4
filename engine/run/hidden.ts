import { Problem } from '../problem.ts';
import type { TaskResult } from '../result.ts';

const CENSORED = "the output has been hidden due to the fact that 'no_log: true' was specified for this result";

/** A result with everything but its status taken out, for tasks with `no_log`. */
export function hidden(result: TaskResult): TaskResult {
  const returns = { censored: CENSORED };
  switch (result.status) {
    case 'ok':
      return { status: 'ok', returns };
    case 'changed':
      return { status: 'changed', changes: [], returns };
    case 'skipped':
      return { status: 'skipped', why: result.why, returns };
    case 'failed': {
      const { code, at } = result.problem;
      // Where it is, but not the line: the secret may be written in it.
      const place = at && { file: at.file, line: at.line, column: at.column };
      return { status: 'failed', problem: new Problem({ code, what: CENSORED, at: place }), returns };
    }
    case 'unreachable':
      return result;
    default:
      return result satisfies never;
  }
}

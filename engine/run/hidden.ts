import { type Place, Problem } from '../problem.ts';
import type { TaskResult } from '../result.ts';

const CENSORED = "the output has been hidden due to the fact that 'no_log: true' was specified for this result";

const LOST = 'the connection was lost while the command, hidden by no_log, was running';

/** Where it is, but not the line: the secret may be written in it. */
const bare = (at: Place | undefined): Place | undefined => at && { file: at.file, line: at.line, column: at.column };

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
      return { status: 'failed', problem: new Problem({ code, what: CENSORED, at: bare(at) }), returns };
    }
    case 'unreachable': {
      const { what, why, ...parts } = result.problem.parts();
      const { code, at } = parts;
      // The command that was running is named there.
      if (code === 'fate-unknown')
        return { status: 'unreachable', problem: new Problem({ code, what: LOST, why, at: bare(at) }) };
      return { status: 'unreachable', problem: new Problem({ ...parts, what, why, at: bare(at) }) };
    }
    default:
      return result satisfies never;
  }
}

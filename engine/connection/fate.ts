import { Problem } from '../problem.ts';
import type { Request } from './request.ts';

/** How a shell went while a request was under way; `behind`: another one was still running. */
interface Loss {
  host: string;
  reason: string;
  behind: boolean;
  interrupted: boolean;
}

/** What is to be told of a change when the shell it was given to is gone. It is never made again. */
export function fateOf(one: Request & { sent?: boolean }, { host, reason, behind, interrupted }: Loss): Problem {
  if (interrupted) {
    const what = `${one.shown()} was ended on ${host}, since the run was interrupted`;
    return new Problem({ code: 'interrupted', what });
  }
  if (one.content && !one.sent)
    return new Problem({
      code: 'connection-lost',
      what: `the connection to ${host} was lost in the middle of ${one.shown()}: ${reason}`,
      why: one.unsent,
      mend: 'run the play again',
    });
  return new Problem({
    code: 'fate-unknown',
    what: `the connection to ${host} was lost while ${one.shown()} was ${behind ? 'waiting' : 'running'}: ${reason}`,
    why: 'whether it finished is unknown, and it was not run again',
    mend: 'look at the host, then run the play again',
  });
}

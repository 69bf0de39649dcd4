import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../problem.ts';

/** Waits, and no longer than until the run is interrupted. */
export async function waited(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
    throw new Problem({ code: 'interrupted', what: 'the run was interrupted while it waited' });
  }
}

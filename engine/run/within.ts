import type { Ahead } from './ahead.ts';

/** What surrounds the items that run: a failure inside a block that has a rescue counts as rescued. */
export interface Within {
  ahead: Ahead;
  rescuing: boolean;
  /** A rescue or an always is still to come for hosts that fail. */
  pending?: boolean;
  /** Handlers run now. */
  handlers?: boolean;
  /** What includes what, down to here. */
  includes?: readonly string[];
}

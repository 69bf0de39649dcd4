import type { Problem } from './problem.ts';
import type { Mapping, Value } from './value.ts';

/** One difference between what is and what should be. The report renders it; modules never write diffs. */
export interface Change {
  /** What differs, in the module's own words: `mode`, `content`, `enabled`. */
  key: string;
  before: Value;
  after: Value;
  /** Both values print as `<hidden>`. */
  secret?: boolean;
  /** An action such as a restart, not a state: the probe after the apply ignores it. */
  once?: boolean;
  /** Both values are whole texts, shown as a line diff. */
  text?: boolean;
}

/** How an action or a query went. */
export interface Outcome {
  /** Default: true for an action, false for a query. */
  changed?: boolean;
  /** Why it failed, when it did; values in `returns` are kept. */
  failed?: string;
  /** Why there was nothing to do, when it was skipped. */
  skipped?: string;
  returns?: Mapping;
  /** Facts to set on the host, names with the `ansible_` prefix where Ansible has it. */
  facts?: Mapping;
  /** What the inventory is to have from here on; whether that is a change is seen there. */
  adds?: Addition;
}

/** A host, its groups and its variables, added to what the inventory has. */
export interface Addition {
  host: string;
  groups: readonly string[];
  /** Groups that hold these. */
  parents?: readonly string[];
  vars?: Mapping;
}

/** What became of one task (or one loop item) on one host. */
export type TaskResult =
  | { status: 'ok'; returns: Mapping }
  | { status: 'changed'; changes: readonly Change[]; returns: Mapping }
  | { status: 'skipped'; why: string; returns: Mapping }
  | { status: 'failed'; problem: Problem; returns: Mapping }
  | { status: 'unreachable'; problem: Problem };

export type Status = TaskResult['status'];

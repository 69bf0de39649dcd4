import type { Place, Problem } from './problem.ts';
import type { TaskResult } from './result.ts';

/** The task an event speaks of. `id` is unique in a run. */
export interface TaskRef {
  id: number;
  /** The task's name with its templates rendered, or the module's name. */
  name: string;
  /** `role : ` prefix source; absent outside roles. */
  role?: string;
  module: string;
  at: Place;
  handler: boolean;
}

/** Counts for one host, under Ansible's names. `ms` is time spent in this host's tasks. */
export interface HostRecap {
  host: string;
  ok: number;
  changed: number;
  unreachable: number;
  failed: number;
  skipped: number;
  rescued: number;
  ignored: number;
  ms: number;
}

/** Everything a run can announce. Reports subscribe; nothing else prints. Secrets are already hidden. */
export type Event =
  | { type: 'run-start'; playbooks: string[]; check: boolean; diff: boolean; verbosity: number }
  | { type: 'play-start'; play: string; at: Place; hosts: string[]; batch?: { index: number; of: number } }
  | { type: 'play-skip'; play: string; at: Place; why: string }
  | { type: 'task-start'; task: TaskRef; hosts: string[] }
  | { type: 'progress'; task: TaskRef; host: string; label: string; done: number; total: number }
  | { type: 'retry'; task: TaskRef; host: string; attempt: number; of: number; why: string }
  | { type: 'item-done'; task: TaskRef; host: string; item: string; result: TaskResult; ms: number; ignored: boolean }
  | {
      type: 'task-done';
      task: TaskRef;
      host: string;
      delegatedTo?: string;
      result: TaskResult;
      /** Number of loop items; absent when the task has no loop. */
      items?: number;
      ms: number;
      ignored: boolean;
      rescued: boolean;
      /** Show the differences even without --diff being on for the run, or never. */
      diff: boolean;
    }
  | { type: 'message'; host?: string; level: 'warning' | 'info' | 'debug'; verbosity: number; text: string }
  | { type: 'problem'; problem: Problem }
  | { type: 'interrupted' }
  | {
      type: 'run-end';
      recap: HostRecap[];
      pendingHandlers: { host: string; handler: string }[];
      interrupted: boolean;
      ms: number;
    };

export type Subscriber = (event: Event) => void;

/** Where a run announces and reports listen. */
export class Events {
  readonly #subscribers: Subscriber[] = [];

  subscribe(subscriber: Subscriber): void {
    this.#subscribers.push(subscriber);
  }

  emit(event: Event): void {
    for (const subscriber of this.#subscribers) subscriber(event);
  }
}

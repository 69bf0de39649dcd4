import { setImmediate } from 'node:timers/promises';
import type { TaskRef } from '../event.ts';
import type { Task } from '../playbook/model.ts';
import type { RunHost } from './host.ts';
import { reads } from './perform.ts';
import type { PlayRun } from './play.ts';
import { Prospect } from './prospect.ts';

/** How many tasks are looked at ahead on a host, and how many on all hosts: each keeps what was read in memory. */
const FURTHEST = 32;
const FURTHEST_IN_ALL = 4000;
/** What was read longer ago is read again, since hosts are not changed by this run alone. */
const FRESH_MS = 5000;

interface Looked {
  /** The prospect of the task whose turn it is. */
  own?: Prospect;
  /** How many tasks to look at beside it. */
  reach: number;
  made: Map<Task, Prospect>;
  madeMs: number;
}

/** Asks hosts about the tasks that come next, in the same round trip as about the task whose turn it is. */
export class Ahead {
  readonly #play: PlayRun;
  readonly #hosts = new Map<RunHost, Looked>();

  constructor(play: PlayRun) {
    this.#play = play;
  }

  /** The prospect of a task whose turn has come: the one made ahead if it still holds, else a new one, already asked. */
  async take(task: Task, host: RunHost, ref: TaskRef, looking: boolean): Promise<Prospect> {
    const looked = this.#looked(host);
    const kept = looked.made.get(task);
    looked.made.delete(task);
    const fresh = performance.now() - looked.madeMs < FRESH_MS;
    if (kept && !kept.holds) looked.reach = 0;
    if (kept?.holds && fresh && (await kept.answered())) {
      kept.turn.begin(ref);
      return kept;
    }
    const own = new Prospect(this.#play, task, host, ref);
    looked.own = own;
    looked.made.clear();
    void this.#ask(own, looked, looking);
    return own;
  }

  /** Asks about a task and those that follow. While its connection is opened there is time to look at these. */
  async #ask(own: Prospect, looked: Looked, looking: boolean): Promise<void> {
    await own.prepared();
    own.open();
    // The connections of the other hosts are opened first too.
    await setImmediate();
    const further = looking && looked.own === own ? this.#further(own.task, own.host, looked.reach) : [];
    for (const one of further) looked.made.set(one.task, one);
    looked.madeMs = performance.now();
    await Promise.all(further.map((prospect) => prospect.prepared()));
    for (const prospect of [own, ...further]) prospect.ask();
  }

  /** Looks further where nothing was done, and no further where something was. */
  learn(host: RunHost, wrote: boolean): void {
    const looked = this.#looked(host);
    looked.reach = wrote ? 0 : Math.min(this.#furthest(), Math.max(1, 2 * looked.reach));
  }

  #looked(host: RunHost): Looked {
    const looked = this.#hosts.get(host) ?? { reach: this.#furthest(), made: new Map<Task, Prospect>(), madeMs: 0 };
    this.#hosts.set(host, looked);
    return looked;
  }

  #furthest(): number {
    return Math.min(FURTHEST, Math.floor(FURTHEST_IN_ALL / this.#play.batch.length));
  }

  #further(task: Task, host: RunHost, reach: number): Prospect[] {
    const found: Prospect[] = [];
    if (!canBePassed(task)) return found;
    for (const item of this.#play.course.coming()) {
      if (found.length >= reach || item.kind !== 'task') break;
      if (!this.#play.selects(item, host)) continue;
      const prospect = canBeAsked(item) ? this.#prospect(item, host) : undefined;
      if (prospect) found.push(prospect);
      if (!canBePassed(item)) break;
    }
    return found;
  }

  #prospect(task: Task, host: RunHost): Prospect | undefined {
    try {
      return new Prospect(this.#play, task, host);
    } catch {
      // It may be that a task before it is what makes it work; if not, it is told at its turn.
      return undefined;
    }
  }
}

const waits = ({ until, retries, loop }: Task): boolean => (until ?? retries ?? loop?.pause) !== undefined;

/** Whether a task can be asked about before its turn: it reads first, is about its own host, and sets no limits. */
function canBeAsked(task: Task): boolean {
  const { delegateTo, runOnce, throttle, timeout } = task.keywords;
  const limits = (delegateTo ?? runOnce ?? throttle ?? timeout) !== undefined;
  return reads(task.spec) && !makes(task) && !waits(task) && !limits;
}

/** Whether what comes after a task can be asked about before it: it waits for nothing, sets no variable, just acts or not. */
function canBePassed(task: Task): boolean {
  if (task.register !== undefined || waits(task) || makes(task)) return false;
  return task.spec.kind === 'state' || (task.spec.kind === 'controller' && task.spec.setsNothing === true);
}

const makes = ({ spec }: Task): boolean => spec.kind === 'state' && spec.makes === true;

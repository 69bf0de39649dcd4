import type { TaskRef } from '../event.ts';
import type { Task } from '../playbook/model.ts';
import type { TaskScope } from '../playbook/vars.ts';
import type { TaskResult } from '../result.ts';
import type { Value } from '../value.ts';
import type { RunHost } from './host.ts';
import { type Done, falseWhen, finish, type Ready, ready } from './item.ts';
import { itemsUnless, loopVariables } from './loop.ts';
import { type Probed, prepare, probe, reads } from './perform.ts';
import type { PlayRun } from './play.ts';
import { Turn } from './turn.ts';

interface Sent {
  ready: Ready;
  probed: Promise<Probed | undefined> | undefined;
}

/**
 * A task on a host, as far as it can be had without doing anything: its loop's items, and for each, where its module
 * reads first, the arguments rendered and the host asked. Probes of all items are sent together; they hold until an item
 * does something.
 */
export class Prospect {
  readonly task: Task;
  readonly host: RunHost;
  readonly turn: Turn;
  /** What the loop goes over, or undefined without a loop. */
  readonly items: readonly Value[] | undefined;
  /** The variables of each item, or of the task where there is no loop. */
  readonly scopes: readonly TaskScope[];
  /** Why the whole task is skipped, where its items cannot be had but `when` is false without them. */
  readonly skipped: TaskResult | undefined;
  readonly #play: PlayRun;
  readonly #madeAt: number;
  readonly #sent: Promise<Sent>[] = [];
  #prepared: Promise<{ item: Ready }>[] = [];
  #ask: () => void = () => undefined;

  /** `ref` when its turn has come already. Throws a Problem where the loop's items cannot be had. */
  constructor(play: PlayRun, task: Task, host: RunHost, ref?: TaskRef) {
    [this.#play, this.task, this.host] = [play, task, host];
    this.#madeAt = play.clock.now;
    this.turn = new Turn(play.run.events, host.name);
    if (ref) this.turn.begin(ref);
    const scope = play.scope(task, host, this.turn);
    const items = itemsOrSkip(play, task, scope);
    this.skipped = items !== undefined && !Array.isArray(items) ? items : undefined;
    this.items = Array.isArray(items) ? items : undefined;
    const { loop } = task;
    this.scopes = loop
      ? (this.items ?? []).map((_item, index, all) => scope.with(loopVariables(loop, all, index)))
      : [scope];
    // Only what reads first has arguments that are sure not to depend on the items before: set_fact builds on itself.
    if (reads(task.spec) && !task.until && task.retries === undefined) this.#prepare();
  }

  /** Whether nothing happened since it was made. */
  get holds(): boolean {
    return this.#madeAt === this.#play.clock.now;
  }

  /** Does the controller's part of all items, and gets the questions ready, which `ask` then lets go. */
  #prepare(): void {
    const asked = new Promise<void>((resolve) => {
      this.#ask = resolve;
    });
    for (const scope of this.scopes) {
      const made = (async () => {
        const item = await ready(this.#play, this.task, this.host, scope, this.turn);
        return { item, prepared: item.call && (await settled(prepare(item.call))) };
      })();
      const sent = made.then(async ({ item, prepared }) => {
        await asked;
        const probed =
          prepared && item.call && ('wrong' in prepared ? rejected(prepared) : probe(item.call, prepared.right));
        // The rejection is met when the item's turn comes; until then it must not count as unhandled.
        probed?.catch(() => undefined);
        return { ready: item, probed };
      });
      sent.catch(() => undefined);
      this.#prepared.push(made);
      this.#sent.push(sent);
    }
  }

  /** Opens the connection that asking needs; why it could not be opened is met when the host is asked. */
  open(): void {
    const [first] = this.#prepared;
    first?.then(({ item }) => item.call?.reader()).catch(() => undefined);
  }

  /** Resolves when only the host is left to be asked. */
  async prepared(): Promise<void> {
    await Promise.allSettled(this.#prepared);
  }

  /** Asks the host; to be called once everything that is to travel together is prepared. */
  ask(): void {
    this.#prepared = [];
    this.#ask();
  }

  /** Whether all that was asked before the turn was answered; what failed then may fare better at its turn. */
  async answered(): Promise<boolean> {
    const answers = await Promise.allSettled(this.#sent.map(async (sent) => (await sent).probed));
    return answers.every(({ status }) => status === 'fulfilled');
  }

  /** What was done is seen by the items that follow: they are probed at their turn. */
  forget(): void {
    this.#sent.length = 0;
  }

  /** Finishes one item by what was read for it; undefined when that does not hold any more. */
  async finish(index: number): Promise<Done | undefined> {
    const sent = await this.#sent[index];
    return sent && finish(this.#play, this.task, this.host, sent.ready, this.turn, sent.probed);
  }
}

type Settled = { right: unknown } | { wrong: unknown };

/** What the controller could not do is the module's failure as much as what the host could not: failed_when judges it. */
const settled = (work: Promise<unknown>): Promise<Settled> =>
  work.then(
    (right) => ({ right }),
    (wrong: unknown) => ({ wrong }),
  );
const rejected = ({ wrong }: { wrong: unknown }): Promise<never> => Promise.reject(wrong);

/** The loop's items; or, when they cannot be had but `when` is false without them, the skip. */
function itemsOrSkip(play: PlayRun, task: Task, scope: TaskScope): Value[] | TaskResult | undefined {
  if (!task.loop) return undefined;
  const found = itemsUnless(play, task.loop, task.keywords.when, scope);
  return 'items' in found ? found.items : falseWhen(found.unmet);
}

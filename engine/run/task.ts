import { setTimeout as sleep } from 'node:timers/promises';
import { isUnreachable } from '../connection/codes.ts';
import type { TaskRef } from '../event.ts';
import type { Loop, Task } from '../playbook/model.ts';
import type { TaskScope } from '../playbook/vars.ts';
import { asProblem } from '../problem.ts';
import type { TaskResult } from '../result.ts';
import type { Mapping, Value } from '../value.ts';
import { hidden } from './hidden.ts';
import type { RunHost } from './host.ts';
import { type Done, finish, flag, type Ready, ready } from './item.ts';
import { itemLabel, loopItems, loopVariables } from './loop.ts';
import { type Probed, probe, thrownResult } from './perform.ts';
import type { PlayRun } from './play.ts';
import { type ItemResult, loopResult, registered } from './register.ts';

/** A task's result on one host, as it is told and as it is registered. */
export interface TaskDone {
  result: TaskResult;
  registered: Mapping;
  delegatedTo?: string;
  items?: number;
}

/** One task on one host, its loop included. Never throws: whatever goes wrong is a result. */
export async function runTask(play: PlayRun, task: Task, host: RunHost, ref: TaskRef): Promise<TaskDone> {
  const scope = play.scope(task, host);
  try {
    if (!task.loop) return await single(play, task, host, scope, ref);
    const items = itemsOrSkip(play, task, task.loop, scope);
    if (!Array.isArray(items)) return { result: items, registered: registered(items) };
    return await loop(play, task, task.loop, items, host, scope, ref);
  } catch (thrown) {
    const result = thrownResult(asProblem(thrown).placed(task.at), isUnreachable);
    return { result, registered: registered(result) };
  }
}

/** The loop's items; or, when they cannot be had but `when` is false without them, the skip. */
function itemsOrSkip(play: PlayRun, task: Task, loop: Loop, scope: TaskScope): Value[] | TaskResult {
  try {
    return loopItems(play, loop, scope);
  } catch (thrown) {
    for (const condition of task.keywords.when) {
      if (!play.run.expressions.holds(condition, scope)) {
        return { status: 'skipped', why: 'when was false before the loop', returns: {} };
      }
    }
    throw thrown;
  }
}

async function single(play: PlayRun, task: Task, host: RunHost, scope: TaskScope, ref: TaskRef): Promise<TaskDone> {
  const done = await attempts(play, task, host, scope, ref, await ready(play, task, host, scope, ref));
  return { result: done.result, registered: done.registered, ...delegatedTo(done, host) };
}

const delegatedTo = (done: Done, host: RunHost): { delegatedTo?: string } =>
  done.at === host ? {} : { delegatedTo: done.at.name };

async function loop(
  play: PlayRun,
  task: Task,
  loop: Loop,
  items: readonly Value[],
  host: RunHost,
  scope: TaskScope,
  ref: TaskRef,
): Promise<TaskDone> {
  const scopes = items.map((item, index) => scope.with(loopVariables(loop, item, index)));
  const ahead = new Ahead(play, task, host, scopes, ref);
  const results: ItemResult[] = [];
  let delegated: { delegatedTo?: string } = {};
  for (const [index, item] of items.entries()) {
    if (play.run.signal.aborted) break;
    const started = performance.now();
    const itemScope = scopes[index] as TaskScope;
    const done = await ahead.run(index);
    if (done.result.status === 'changed') ahead.forget();
    delegated = { ...delegated, ...delegatedTo(done, host) };
    results.push({ item, loopVar: loop.loopVar, result: done.result, registered: done.registered });
    announce(play, task, host, ref, done.result, itemLabel(play, loop, item, itemScope), started, itemScope);
    if (done.result.status === 'unreachable') break;
    const pause = Number(play.keyword(loop.pause, itemScope) ?? 0);
    if (pause > 0 && index < items.length - 1) await sleep(pause * 1000, undefined, { signal: play.run.signal });
  }
  return { ...loopResult(results), items: items.length, ...delegated };
}

function announce(
  play: PlayRun,
  task: Task,
  host: RunHost,
  ref: TaskRef,
  result: TaskResult,
  label: string,
  started: number,
  scope: TaskScope,
): void {
  const secret = flag(play, task.keywords.noLog, scope) ?? false;
  play.emit({
    type: 'item-done',
    task: ref,
    host: host.name,
    item: secret ? '<hidden>' : label,
    result: secret ? hidden(result) : result,
    ms: performance.now() - started,
    ignored: flag(play, task.keywords.ignoreErrors, scope) ?? false,
  });
}

/**
 * The probes of all items of a loop, sent together. They only read, so they hold until an item changes the host; from
 * there on each item is probed at its turn.
 */
class Ahead {
  readonly #play: PlayRun;
  readonly #task: Task;
  readonly #host: RunHost;
  readonly #scopes: readonly TaskScope[];
  readonly #ref: TaskRef;
  #probes: Promise<{ ready: Ready; probed: Promise<Probed | undefined> | undefined }>[] | undefined;

  constructor(play: PlayRun, task: Task, host: RunHost, scopes: readonly TaskScope[], ref: TaskRef) {
    [this.#play, this.#task, this.#host, this.#scopes, this.#ref] = [play, task, host, scopes, ref];
    // Only a state's arguments are sure not to depend on the items before: set_fact in a loop builds on itself.
    if (task.spec.kind !== 'state' || task.until || scopes.length < 2) return;
    this.#probes = scopes.map((scope) => this.#send(scope));
    for (const sent of this.#probes) sent.catch(() => undefined);
  }

  async #send(scope: TaskScope): Promise<{ ready: Ready; probed: Promise<Probed | undefined> | undefined }> {
    const prepared = await ready(this.#play, this.#task, this.#host, scope, this.#ref);
    const probed = prepared.call && probe(prepared.call);
    // The rejection is met when the item's turn comes; until then it must not count as unhandled.
    probed?.catch(() => undefined);
    return { ready: prepared, probed };
  }

  async run(index: number): Promise<Done> {
    const scope = this.#scopes[index] as TaskScope;
    try {
      const sent = this.#probes?.[index];
      if (sent) {
        const { ready: prepared, probed } = await sent;
        return await finish(this.#play, this.#task, this.#host, prepared, probed);
      }
      const prepared = await ready(this.#play, this.#task, this.#host, scope, this.#ref);
      return await attempts(this.#play, this.#task, this.#host, scope, this.#ref, prepared);
    } catch (thrown) {
      const result = thrownResult(asProblem(thrown).placed(this.#task.at), isUnreachable);
      return { result, registered: registered(result), at: this.#host };
    }
  }

  forget(): void {
    this.#probes = undefined;
  }
}

/** Ansible's defaults for until: three retries, five seconds apart. */
const RETRIES = 3;
const DELAY_SECONDS = 5;

async function attempts(
  play: PlayRun,
  task: Task,
  host: RunHost,
  scope: TaskScope,
  ref: TaskRef,
  first: Ready,
): Promise<Done> {
  let done = await finish(play, task, host, first);
  if ((!task.until && task.retries === undefined) || done.result.status === 'skipped') return done;
  const retries = Number(play.keyword(task.retries, scope) ?? RETRIES);
  const delay = Number(play.keyword(task.delay, scope) ?? DELAY_SECONDS);
  for (let attempt = 1; ; attempt++) {
    if (done.result.status === 'unreachable' || satisfied(play, task, scope, done)) return withAttempts(done, attempt);
    if (attempt > retries || play.run.signal.aborted) return exhausted(task, done, attempt);
    const why = done.result.status === 'failed' ? done.result.problem.what : 'until is not true yet';
    play.emit({ type: 'retry', task: ref, host: host.name, attempt, of: retries, why });
    await sleep(delay * 1000, undefined, { signal: play.run.signal });
    done = await finish(play, task, host, await ready(play, task, host, scope, ref));
  }
}

function satisfied(play: PlayRun, task: Task, scope: TaskScope, done: Done): boolean {
  if (!task.until) return done.result.status !== 'failed';
  const view = task.register ? scope.with({ [task.register]: done.registered }) : scope;
  return task.until.every((condition) => play.run.expressions.holds(condition, view));
}

const withAttempts = (done: Done, attempts: number): Done => ({
  ...done,
  registered: { ...done.registered, attempts },
});

/** `until` never came true: that fails the task, whatever the module said. */
function exhausted(task: Task, done: Done, attempts: number): Done {
  const { result } = done;
  if (result.status === 'failed' || result.status === 'unreachable') return withAttempts(done, attempts);
  const what = `until was still not true after ${attempts} attempts`;
  const failed = thrownResult(asProblem(new Error(what)).placed(task.at), () => false);
  const returns = result.returns;
  const kept: TaskResult = failed.status === 'failed' ? { ...failed, returns } : failed;
  return withAttempts({ ...done, result: kept, registered: registered(kept) }, attempts);
}

import { setTimeout as sleep } from 'node:timers/promises';
import { isUnreachable } from '../connection/codes.ts';
import type { TaskRef } from '../event.ts';
import type { Loop, Task } from '../playbook/model.ts';
import type { TaskScope } from '../playbook/vars.ts';
import { asProblem } from '../problem.ts';
import type { TaskResult } from '../result.ts';
import type { Mapping } from '../value.ts';
import { namesIn } from './handlers.ts';
import { hidden } from './hidden.ts';
import type { RunHost } from './host.ts';
import { type Done, finish, flag, hides, ready } from './item.ts';
import { itemLabel } from './loop.ts';
import { thrownResult } from './perform.ts';
import type { PlayRun } from './play.ts';
import type { Prospect } from './prospect.ts';
import { type ItemResult, loopResult, registered } from './register.ts';

/** A task's result on one host, as it is told and as it is registered. */
export interface TaskDone {
  result: TaskResult;
  registered: Mapping;
  /** It failed, or could not reach its host, and was told to go on. */
  ignored: boolean;
  /** The handlers to notify where it changed something. */
  notify: string[];
  delegatedTo?: string;
  items?: number;
}

/** One task on one host, its loop included. Never throws: whatever goes wrong is a result. `looking`: ask ahead too. */
export async function runTask(
  play: PlayRun,
  task: Task,
  host: RunHost,
  ref: TaskRef,
  looking: boolean,
): Promise<TaskDone> {
  try {
    const prospect = await play.ahead.take(task, host, ref, looking);
    const { skipped } = prospect;
    if (skipped) return plain(skipped);
    const done = task.loop ? await loop(play, prospect, task.loop, ref) : await single(play, prospect, ref);
    play.ahead.learn(host, prospect.turn.wrote);
    return done;
  } catch (thrown) {
    return failure(play, task, host, thrown);
  }
}

const plain = (result: TaskResult): TaskDone => ({
  result,
  registered: registered(result),
  ignored: false,
  notify: [],
});

function failure(play: PlayRun, task: Task, host: RunHost, thrown: unknown): TaskDone {
  const result = thrownResult(asProblem(thrown).placed(task.at), isUnreachable);
  try {
    return { ...plain(result), ignored: ignores(play, task, result, play.scope(task, host)) };
  } catch {
    // Whether to go on cannot be told, as when ignore_errors itself is what is wrong.
    return plain(result);
  }
}

function ignores(play: PlayRun, { keywords }: Task, { status }: TaskResult, scope: TaskScope): boolean {
  if (status === 'failed') return flag(play, keywords.ignoreErrors, scope) ?? false;
  return status === 'unreachable' && (flag(play, keywords.ignoreUnreachable, scope) ?? false);
}

const notifies = (play: PlayRun, { keywords }: Task, scope: TaskScope): string[] =>
  keywords.notify.flatMap((node) => namesIn(play.run.expressions.renderNode(node, scope)));

async function single(play: PlayRun, prospect: Prospect, ref: TaskRef): Promise<TaskDone> {
  const { task, host } = prospect;
  const done = await runItem(play, prospect, 0, ref);
  const { result } = done;
  const scope = prospect.scopes[0] as TaskScope;
  return {
    result,
    registered: done.registered,
    ignored: ignores(play, task, result, scope),
    notify: result.status === 'changed' ? notifies(play, task, scope) : [],
    ...delegatedTo(done, host),
  };
}

const delegatedTo = (done: Done, host: RunHost): { delegatedTo?: string } =>
  done.at === host ? {} : { delegatedTo: done.at.name };

async function loop(play: PlayRun, prospect: Prospect, loop: Loop, ref: TaskRef): Promise<TaskDone> {
  const { task, host, scopes, items = [] } = prospect;
  const results: ItemResult[] = [];
  const ignored: boolean[] = [];
  const names: string[] = [];
  let delegated: { delegatedTo?: string } = {};
  for (const [index, item] of items.entries()) {
    if (play.run.signal.aborted) break;
    const started = performance.now();
    const itemScope = scopes[index] as TaskScope;
    const done = await runItem(play, prospect, index, ref);
    if (prospect.turn.wrote) prospect.forget();
    delegated = { ...delegated, ...delegatedTo(done, host) };
    results.push({ item, loopVar: loop.loopVar, result: done.result, registered: done.registered });
    if (bad(done.result)) ignored.push(ignores(play, task, done.result, itemScope));
    else if (done.result.status !== 'skipped') names.push(...notifies(play, task, itemScope));
    announce(play, task, host, ref, done.result, itemLabel(play, loop, item, itemScope), started, itemScope);
    const pause = Number(play.keyword(loop.pause, itemScope) ?? 0);
    if (pause > 0 && index < items.length - 1) await sleep(pause * 1000, undefined, { signal: play.run.signal });
  }
  const whole = loopResult(results);
  // What any item changes is notified by all items that ran, as in Ansible.
  const notify = whole.result.status === 'changed' ? names : [];
  return { ...whole, ignored: bad(whole.result) && ignored.every(Boolean), notify, items: items.length, ...delegated };
}

const bad = ({ status }: TaskResult): boolean => status === 'failed' || status === 'unreachable';

/** One item, or the task without a loop, to its result. */
async function runItem(play: PlayRun, prospect: Prospect, index: number, ref: TaskRef): Promise<Done> {
  const { task, host } = prospect;
  try {
    return (await prospect.finish(index)) ?? (await attempts(play, prospect, prospect.scopes[index] as TaskScope, ref));
  } catch (thrown) {
    const result = thrownResult(asProblem(thrown).placed(task.at), isUnreachable);
    return { result, registered: registered(result), at: host };
  }
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
  const secret = hides(play, task, scope);
  play.emit({
    type: 'item-done',
    task: ref,
    host: host.name,
    item: secret ? '<hidden>' : label,
    result: secret ? hidden(result) : result,
    ms: performance.now() - started,
    ignored: bad(result) && ignores(play, task, result, scope),
  });
}

/** Ansible's defaults for until: three retries, five seconds apart. */
const RETRIES = 3;
const DELAY_SECONDS = 5;

async function attempts(play: PlayRun, prospect: Prospect, scope: TaskScope, ref: TaskRef): Promise<Done> {
  const { task, host, turn } = prospect;
  const attempt = async (): Promise<Done> => finish(play, task, host, await ready(play, task, host, scope, turn), turn);
  let done = await attempt();
  if ((!task.until && task.retries === undefined) || done.result.status === 'skipped') return done;
  const retries = Number(play.keyword(task.retries, scope) ?? RETRIES);
  const delay = Number(play.keyword(task.delay, scope) ?? DELAY_SECONDS);
  for (let made = 1; ; made++) {
    if (done.result.status === 'unreachable' || satisfied(play, task, scope, done)) return withAttempts(done, made);
    if (made > retries || play.run.signal.aborted) return exhausted(task, done, made);
    const why = done.result.status === 'failed' ? done.result.problem.what : 'until is not true yet';
    play.emit({ type: 'retry', task: ref, host: host.name, attempt: made, of: retries, why });
    await sleep(delay * 1000, undefined, { signal: play.run.signal });
    done = await attempt();
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

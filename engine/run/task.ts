import { isUnreachable } from '../connection/codes.ts';
import type { TaskRef } from '../event.ts';
import type { Loop, Task } from '../playbook/model.ts';
import type { TaskScope } from '../playbook/vars.ts';
import { asProblem, Problem } from '../problem.ts';
import type { TaskResult } from '../result.ts';
import { HIDDEN } from '../secretnames.ts';
import type { Mapping, Value } from '../value.ts';
import type { Ahead } from './ahead.ts';
import { namesIn } from './handlers.ts';
import { hidden } from './hidden.ts';
import type { RunHost } from './host.ts';
import { type Done, finish, flag, hides, ready } from './item.ts';
import { itemLabel, loopVariables, shownItem } from './loop.ts';
import { thrownResult } from './perform.ts';
import type { PlayRun } from './play.ts';
import type { Prospect } from './prospect.ts';
import { type ItemResult, loopResult, registered } from './register.ts';
import { numberOf } from './target.ts';
import { waited } from './waited.ts';

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
  ahead: Ahead,
  looking: boolean,
): Promise<TaskDone> {
  try {
    const prospect = await ahead.take(task, host, ref, looking);
    const { skipped } = prospect;
    if (skipped) return plain(skipped);
    const done = task.loop ? await loop(play, prospect, task.loop, ref) : await single(play, prospect, ref);
    ahead.learn(host, prospect.turn.wrote);
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

/** What comes of a task that something is wrong with before or around its work. */
export function failure(play: PlayRun, task: Task, host: RunHost, thrown: unknown): TaskDone {
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
  const ran: TaskScope[] = [];
  let delegated: { delegatedTo?: string } = {};
  for (const [index, item] of items.entries()) {
    if (play.run.signal.aborted) break;
    const started = performance.now();
    const itemScope = scopes[index] as TaskScope;
    const done = await runItem(play, prospect, index, ref);
    if (prospect.turn.wrote) prospect.forget();
    delegated = { ...delegated, ...delegatedTo(done, host) };
    const { label, result, registered: kept } = labelled(play, task, loop, item, itemScope, done);
    results.push({ result, registered: kept, further: loopVariables(loop, items, index) });
    if (bad(result)) ignored.push(ignores(play, task, result, itemScope));
    else if (result.status !== 'skipped') ran.push(itemScope);
    announce(play, task, host, ref, result, label, started, itemScope);
    if (breaks(play, task, loop, itemScope, kept)) break;
    const pause = Number(play.keyword(loop.pause, itemScope) ?? 0);
    if (pause > 0 && index < items.length - 1) await waited(pause * 1000, play.run.signal);
  }
  const whole = loopResult(results);
  // What any item changes is notified by all items that ran, as in Ansible.
  const notify = whole.result.status === 'changed' ? ran.flatMap((scope) => notifies(play, task, scope)) : [];
  return {
    ...whole,
    ignored: bad(whole.result) && ignored.every(Boolean),
    notify,
    items: results.length,
    ...delegated,
  };
}

const bad = ({ status }: TaskResult): boolean => status === 'failed' || status === 'unreachable';

/** An item whose label cannot be worked out has failed, whatever it did. The label sees what the item registered. */
function labelled(
  play: PlayRun,
  task: Task,
  loop: Loop,
  item: Value,
  scope: TaskScope,
  done: Done,
): { label: string; result: TaskResult; registered: Mapping } {
  const view = task.register ? scope.with({ [task.register]: done.registered }) : scope;
  try {
    return { label: itemLabel(play, loop, item, view), result: done.result, registered: done.registered };
  } catch (thrown) {
    const result = thrownResult(asProblem(thrown).placed(task.at), () => false);
    return {
      label: shownItem(item),
      result,
      registered: registered(result),
    };
  }
}

function breaks(play: PlayRun, task: Task, loop: Loop, scope: TaskScope, kept: Mapping): boolean {
  if (!loop.breakWhen) return false;
  const view = task.register ? scope.with({ [task.register]: kept }) : scope;
  return loop.breakWhen.every((condition) => play.run.expressions.holds(condition, view));
}

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
    item: secret ? HIDDEN : label,
    result: secret ? hidden(result) : result,
    ms: performance.now() - started,
    ignored: bad(result) && ignores(play, task, result, scope),
  });
}

const NOT_YET = 'until is not true yet';

/** Ansible's defaults for until: three retries, five seconds apart. */
const RETRIES = 3;
const DELAY_SECONDS = 5;

async function attempts(play: PlayRun, prospect: Prospect, scope: TaskScope, ref: TaskRef): Promise<Done> {
  const { task, host, turn } = prospect;
  // Arguments and `when` are worked out once: each attempt is the same.
  const prepared = await ready(play, task, host, scope, turn);
  const retries = prepared.skip ? 0 : retriesOf(play, task, scope);
  if (retries === 0) return finish(play, task, host, prepared, turn);
  const delay = numberOf('delay', play.keyword(task.delay, scope) ?? DELAY_SECONDS);
  for (let made = 1; ; made++) {
    const done = await finish(play, task, host, prepared, turn, undefined, made);
    // What check mode leaves out has answered nothing that until could look at.
    if (done.result.status === 'skipped' && prepared.call?.check) return done;
    if (done.result.status === 'unreachable' || satisfied(play, task, scope, done)) return done;
    if (made > retries || play.run.signal.aborted) return exhausted(task, done, made);
    const told = done.result.status === 'failed' && !hides(play, task, scope) ? done.result.problem.what : undefined;
    const why = told ?? NOT_YET;
    play.emit({ type: 'retry', task: ref, host: host.name, attempt: made, of: retries, why });
    await waited(Math.max(0, delay) * 1000, play.run.signal);
  }
}

/** How often it is tried again; without any, until is not looked at. */
function retriesOf(play: PlayRun, task: Task, scope: TaskScope): number {
  const retries = play.keyword(task.retries, scope) ?? (task.until ? RETRIES : 0);
  return Math.max(0, numberOf('retries', retries));
}

function satisfied(play: PlayRun, task: Task, scope: TaskScope, done: Done): boolean {
  if (!task.until) return done.result.status !== 'failed';
  const view = task.register ? scope.with({ [task.register]: done.registered }) : scope.with({});
  return task.until.every((condition) => play.run.expressions.holds(condition, view));
}

/** `until` never came true: that fails the task, whatever the module said. Ansible counts the tries after the first. */
function exhausted(task: Task, done: Done, made: number): Done {
  const { result } = done;
  if (result.status === 'unreachable') return done;
  const what = `until was still not true after ${made} attempts`;
  const problem = result.status === 'failed' ? result.problem : new Problem({ code: 'until', what, at: task.at });
  const changed = result.status === 'changed' ? { changed: true } : {};
  const kept: TaskResult = {
    status: 'failed',
    problem,
    returns: { ...changed, ...result.returns, attempts: made - 1 },
  };
  return { ...done, result: kept, registered: registered(kept) };
}

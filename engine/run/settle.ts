import type { TaskRef } from '../event.ts';
import type { Task } from '../playbook/model.ts';
import type { TaskScope } from '../playbook/vars.ts';
import { asProblem } from '../problem.ts';
import type { TaskResult } from '../result.ts';
import type { Mapping } from '../value.ts';
import { notify } from './handlers.ts';
import { hidden } from './hidden.ts';
import type { RunHost } from './host.ts';
import { flag, hides } from './item.ts';
import type { PlayRun } from './play.ts';
import type { TaskDone } from './task.ts';
import type { Within } from './within.ts';

/** Registers, notifies, counts and tells; decides whether the host goes on. `sharing`: who sees a run_once result. */
export function settle(
  play: PlayRun,
  task: Task,
  host: RunHost,
  sharing: readonly RunHost[],
  ref: TaskRef,
  done: TaskDone,
  within: Within,
  ms: number,
): void {
  if (task.register) for (const one of sharing) one.register(task.register, done.registered);
  const scope = play.scope(task, host);
  const result = notified(play, task, host, done);
  const ignored = done.ignored && result === done.result;
  // Nothing is rescued any more once the run was interrupted.
  const rescued = result.status === 'failed' && !ignored && within.rescuing && !play.run.signal.aborted;
  count(host, result, ignored, rescued, ms);
  touch(play, task, host, result);
  if (result.status === 'unreachable' && !ignored) host.standing = 'unreachable';
  if (result.status === 'failed' && !ignored) for (const one of sharing) fail(one, task, done.registered, within);
  play.emit({
    type: 'task-done',
    task: ref,
    host: host.name,
    ...(done.delegatedTo === undefined ? {} : { delegatedTo: done.delegatedTo }),
    result: hides(play, task, scope) ? hidden(result) : result,
    // Items told their own results; what became of the task only afterwards is told as one without items.
    ...(done.items === undefined || result !== done.result ? {} : { items: done.items }),
    ms,
    ignored,
    rescued,
    diff: flagAfter(play, task, 'diff', scope) ?? play.run.diff,
  });
}

/** What a keyword of a task that is over comes to; nothing where that cannot be told, for which the task was failed. */
function flagAfter(play: PlayRun, task: Task, keyword: 'diff' | 'ignoreErrors', scope: TaskScope): boolean | undefined {
  try {
    return flag(play, task.keywords[keyword], scope);
  } catch {
    return undefined;
  }
}

function notified(play: PlayRun, task: Task, host: RunHost, { result, notify: names }: TaskDone): TaskResult {
  if (result.status !== 'changed' || names.length === 0) return result;
  try {
    notify(play, task, host, names);
    return result;
  } catch (thrown) {
    return { status: 'failed', problem: asProblem(thrown).placed(task.at), returns: result.returns };
  }
}

/** Remembers that a role's task did run on a host, and was not skipped. */
function touch(play: PlayRun, { keywords }: Task, host: RunHost, { status }: TaskResult): void {
  if (!keywords.role || status === 'skipped' || status === 'unreachable') return;
  const hosts = play.touched.get(keywords.role) ?? new Set();
  play.touched.set(keywords.role, hosts.add(host));
}

/** Takes a host out of what runs, and keeps what failed for the rescue. */
export function fail(
  host: RunHost,
  { name, module }: Pick<Task, 'name' | 'module'>,
  registered: Mapping,
  within: Within,
): void {
  host.standing = 'failed';
  host.lost = !within.pending;
  host.register('ansible_failed_task', { name: name?.kind === 'scalar' ? name.text : '', action: module });
  host.register('ansible_failed_result', registered);
}

function count(host: RunHost, result: TaskResult, ignored: boolean, rescued: boolean, ms: number): void {
  const { recap } = host;
  recap.ms += ms;
  if (result.status === 'skipped') recap.skipped++;
  else if (result.status === 'unreachable' && !ignored) recap.unreachable++;
  else if (result.status === 'failed' && rescued) recap.rescued++;
  else if (result.status === 'failed' && !ignored) recap.failed++;
  else recap.ok++;
  const changed = result.status === 'changed' || (ignored && 'returns' in result && result.returns['changed'] === true);
  if (changed) recap.changed++;
  if (ignored) recap.ignored++;
}

/**
 * any_errors_fatal (`fatal`) and max_fail_percentage: one host's failure can end the play for all. As in Ansible, what is
 * done once for all hosts is fatal too: all of them miss it, also where only the connection to one was lost.
 */
export function failTogether(
  play: PlayRun,
  task: Task,
  hosts: readonly RunHost[],
  working: readonly RunHost[],
  within: Within,
  fatal: boolean,
): void {
  const out = working.filter((host) => host.standing === 'failed' || host.standing === 'unreachable');
  if (out.length === 0) return;
  // Where only connections were lost, ignore_errors keeps that from the others.
  const spares = (host: RunHost): boolean | undefined =>
    host.standing === 'unreachable' && flagAfter(play, task, 'ignoreErrors', play.scope(task, host));
  if (fatal && !out.every(spares)) {
    for (const host of hosts) if (host.standing === 'alive') host.standing = 'failed';
    if (!within.rescuing) play.fatal = true;
  }
  const lost = play.batch.filter((host) => host.standing === 'failed' && host.lost).length;
  if ((lost / play.batch.length) * 100 > play.maxFail) {
    play.fatal = true;
    play.stopped = true;
  }
}

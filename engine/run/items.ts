import type { Block, Item, Meta, Task } from '../playbook/model.ts';
import { asProblem } from '../problem.ts';
import type { TaskResult } from '../result.ts';
import { onEach } from './each.ts';
import { flushHandlers, notify } from './handlers.ts';
import { hidden } from './hidden.ts';
import type { RunHost } from './host.ts';
import { runInclude } from './include.ts';
import { flag } from './item.ts';
import { type PlayRun, refOf } from './play.ts';
import { runTask, type TaskDone } from './task.ts';

/** What surrounds the items that run: a failure inside a block that has a rescue counts as rescued. */
export interface Within {
  rescuing: boolean;
  /** What includes what, down to here. */
  includes?: readonly string[];
}

/** Runs items in order; all hosts finish one before any begins the next. Hosts that fail drop out. */
export async function runItems(
  play: PlayRun,
  items: readonly Item[],
  hosts: readonly RunHost[],
  within: Within,
): Promise<void> {
  await play.course.through(items, async (item) => {
    const alive = play.alive(hosts);
    if (alive.length === 0 || play.run.signal.aborted) return false;
    if (play.selects(item, alive[0] as RunHost)) await runItem(play, item, alive, within);
    return true;
  });
}

async function runItem(play: PlayRun, item: Item, hosts: readonly RunHost[], within: Within): Promise<void> {
  switch (item.kind) {
    case 'task':
      return runOnHosts(play, item, hosts, within);
    case 'block':
      return runBlock(play, item, hosts, within);
    case 'include_tasks':
    case 'include_role':
      return runInclude(play, item, hosts, within);
    case 'meta':
      return runMeta(play, item, hosts);
    default:
      return item satisfies never;
  }
}

/** Block, then rescue on the hosts that failed in it, then always on all that are reachable. */
async function runBlock(play: PlayRun, block: Block, hosts: readonly RunHost[], within: Within): Promise<void> {
  // What must always run comes next for whoever looks ahead from inside.
  await play.course.through([block, ...block.always], async () => {
    await runItems(play, block.block, hosts, { ...within, rescuing: within.rescuing || block.rescue.length > 0 });
    if (block.rescue.length > 0) await runItems(play, block.rescue, revive(hosts), within);
    return false;
  });
  if (block.always.length === 0) return;
  const failed = revive(hosts);
  await runItems(play, block.always, hosts, within);
  for (const host of failed) if (host.standing === 'alive') host.standing = 'failed';
}

function revive(hosts: readonly RunHost[]): RunHost[] {
  const failed = hosts.filter((host) => host.standing === 'failed');
  for (const host of failed) host.standing = 'alive';
  return failed;
}

async function runMeta(play: PlayRun, meta: Meta, hosts: readonly RunHost[]): Promise<void> {
  const holding = hosts.filter((host) => {
    const scope = play.scope(meta, host);
    return meta.keywords.when.every((condition) => play.run.expressions.holds(condition, scope));
  });
  switch (meta.action) {
    case 'flush_handlers':
      return flush(play);
    case 'end_play':
      if (holding.length > 0) for (const host of play.batch) if (host.standing === 'alive') host.standing = 'ended';
      return;
    case 'end_host':
      for (const host of holding) host.standing = 'ended';
      return;
    case 'noop':
      return;
    case 'reset_connection':
      await Promise.all(holding.map((host) => host.hangUp()));
      return;
    default:
      return meta.action satisfies never;
  }
}

/** Runs every handler that was notified and has not run yet. */
export async function flush(play: PlayRun): Promise<void> {
  await flushHandlers(play, (handler, hosts) => runOnHosts(play, handler, hosts, { rescuing: false }, true));
}

/** One task on its hosts: all at once, as far as forks and throttle let it; on the first alone with run_once. */
export async function runOnHosts(
  play: PlayRun,
  task: Task,
  hosts: readonly RunHost[],
  within: Within,
  handler = false,
): Promise<void> {
  const first = hosts[0] as RunHost;
  const scope = play.scope(task, first);
  const ref = refOf(play, task, first, handler);
  const once = flag(play, task.keywords.runOnce, scope) ?? false;
  const working = once ? [first] : hosts;
  play.emit({ type: 'task-start', task: ref, hosts: working.map((host) => host.name) });
  const throttle = Number(play.keyword(task.keywords.throttle, scope) ?? 0);
  const limit = Math.min(play.run.forks, throttle > 0 ? throttle : Number.POSITIVE_INFINITY);
  // Where hosts take turns, what one is asked ahead would work beside the next one's turn.
  const looking = !handler && limit >= working.length;
  await onEach(working, limit, async (host) => {
    if (play.run.signal.aborted) return;
    const started = performance.now();
    const done = await runTask(play, task, host, ref, looking);
    settle(play, task, host, once ? hosts : [host], ref, done, within, performance.now() - started);
  });
  failTogether(play, task, hosts, working, within);
}

/** Registers, notifies, counts and tells; decides whether the host goes on. `sharing`: who sees a run_once result. */
function settle(
  play: PlayRun,
  task: Task,
  host: RunHost,
  sharing: readonly RunHost[],
  ref: ReturnType<typeof refOf>,
  done: TaskDone,
  within: Within,
  ms: number,
): void {
  if (task.register) for (const one of sharing) one.register(task.register, done.registered);
  const scope = play.scope(task, host);
  const result = notified(play, task, host, done.result);
  const ignored =
    (result.status === 'failed' && (flag(play, task.keywords.ignoreErrors, scope) ?? false)) ||
    (result.status === 'unreachable' && (flag(play, task.keywords.ignoreUnreachable, scope) ?? false));
  const rescued = result.status === 'failed' && !ignored && within.rescuing;
  count(host, result, ignored, rescued, ms);
  if (result.status === 'unreachable' && !ignored) host.standing = 'unreachable';
  if (result.status === 'failed' && !ignored) fail(task, sharing, done);
  const secret = flag(play, task.keywords.noLog, scope) ?? false;
  play.emit({
    type: 'task-done',
    task: ref,
    host: host.name,
    ...(done.delegatedTo === undefined ? {} : { delegatedTo: done.delegatedTo }),
    result: secret ? hidden(result) : result,
    // Items told their own results; what became of the task only afterwards is told as one without items.
    ...(done.items === undefined || result !== done.result ? {} : { items: done.items }),
    ms,
    ignored,
    rescued,
    diff: flag(play, task.keywords.diff, scope) ?? play.run.diff,
  });
}

function notified(play: PlayRun, task: Task, host: RunHost, result: TaskResult): TaskResult {
  if (result.status !== 'changed' || task.notify.length === 0) return result;
  try {
    notify(play, task, host);
    return result;
  } catch (thrown) {
    return { status: 'failed', problem: asProblem(thrown).placed(task.at), returns: result.returns };
  }
}

function fail(task: Task, hosts: readonly RunHost[], done: TaskDone): void {
  const name = task.name?.kind === 'scalar' ? task.name.text : task.module;
  for (const host of hosts) {
    host.standing = 'failed';
    host.register('ansible_failed_task', { name, action: task.module });
    host.register('ansible_failed_result', done.registered);
  }
}

function count(host: RunHost, result: TaskResult, ignored: boolean, rescued: boolean, ms: number): void {
  const { recap } = host;
  recap.ms += ms;
  if (result.status === 'skipped') recap.skipped++;
  else if (result.status === 'unreachable') recap.unreachable++;
  else if (result.status === 'failed' && rescued) recap.rescued++;
  else if (result.status === 'failed' && !ignored) recap.failed++;
  else recap.ok++;
  if (result.status === 'changed') recap.changed++;
  if (ignored) recap.ignored++;
}

/** any_errors_fatal and max_fail_percentage: one host's failure can end the play for all. */
function failTogether(
  play: PlayRun,
  task: Task,
  hosts: readonly RunHost[],
  working: readonly RunHost[],
  within: Within,
): void {
  const lost = working.filter((host) => host.standing === 'failed' || host.standing === 'unreachable');
  if (lost.length === 0) return;
  const scope = play.scope(task, lost[0] as RunHost);
  if (flag(play, task.keywords.anyErrorsFatal, scope)) {
    for (const host of hosts) if (host.standing === 'alive') host.standing = 'failed';
    if (!within.rescuing) play.fatal = true;
  }
  const percentage = play.keyword(play.play.maxFailPercentage, scope);
  if (percentage === undefined || percentage === null) return;
  const out = play.batch.filter((host) => host.standing === 'failed' || host.standing === 'unreachable').length;
  if ((out / play.batch.length) * 100 > Number(percentage)) {
    play.fatal = true;
    play.stopped = true;
  }
}

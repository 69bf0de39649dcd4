import type { Block, Item, Task } from '../playbook/model.ts';
import type { TaskScope } from '../playbook/vars.ts';
import { onEach } from './each.ts';
import { flushHandlers } from './handlers.ts';
import type { RunHost } from './host.ts';
import { runInclude } from './include.ts';
import { flag } from './item.ts';
import { runMeta } from './meta.ts';
import { type PlayRun, refOf } from './play.ts';
import { failTogether, settle } from './settle.ts';
import { numberOf } from './target.ts';
import { failure, runTask } from './task.ts';
import type { Within } from './within.ts';

/** Runs items in order; all hosts finish one before any begins the next. Hosts that fail drop out. */
export async function runItems(
  play: PlayRun,
  items: readonly Item[],
  hosts: readonly RunHost[],
  within: Within,
): Promise<void> {
  const { run } = play;
  await play.course.through(items, async (item) => {
    const alive = play.alive(hosts);
    if (alive.length === 0 || run.signal.aborted) return false;
    if (!play.selects(item, alive[0] as RunHost) || run.startAt?.passes(item) === false) return true;
    await runItem(play, item, alive, within);
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
      for (const included of await runInclude(play, item, hosts, within))
        await runItems(play, included.items, play.alive(included.hosts), { ...within, includes: included.includes });
      return;
    case 'meta':
      return runMeta(play, item, hosts, (notified) => flush(play, notified, within));
    default:
      return item satisfies never;
  }
}

/** Block, then rescue on the hosts that failed in it, then always on all that are reachable. */
async function runBlock(play: PlayRun, block: Block, all: readonly RunHost[], within: Within): Promise<void> {
  const hosts = startRole(play, block, all);
  if (hosts.length === 0) return;
  const { rescue, always } = block;
  const later = within.pending || always.length > 0;
  // What must always run comes next for whoever looks ahead from inside.
  await play.course.through([block, ...always], async () => {
    const rescuing = within.rescuing || rescue.length > 0;
    await runItems(play, block.block, hosts, { ...within, rescuing, pending: later || rescue.length > 0 });
    if (rescue.length > 0) await runItems(play, rescue, revive(hosts), { ...within, pending: later });
    return false;
  });
  if (always.length > 0) {
    const failed = revive(hosts);
    await runItems(play, always, hosts, within);
    for (const host of failed) if (host.standing === 'alive') host.standing = 'failed';
  }
  endRole(play, block, hosts);
}

export function revive(hosts: readonly RunHost[]): RunHost[] {
  const failed = hosts.filter((host) => host.standing === 'failed');
  for (const host of failed) host.standing = 'alive';
  return failed;
}

/** The hosts that a role's tasks are for: without those that have run the same already. */
function startRole(play: PlayRun, { role }: Block, hosts: readonly RunHost[]): readonly RunHost[] {
  const once = role?.once;
  return once === undefined ? hosts : hosts.filter((host) => !play.completed.get(once)?.has(host));
}

/** A role is done on a host where one of its tasks was not skipped; who left it takes part again. */
function endRole(play: PlayRun, { role }: Block, hosts: readonly RunHost[]): void {
  if (!role) return;
  for (const host of hosts) {
    if (host.leaving === role.use) host.leaving = undefined;
    if (role.once === undefined || !play.touched.get(role.use)?.has(host)) continue;
    const done = play.completed.get(role.once) ?? new Set();
    play.completed.set(role.once, done.add(host));
  }
}

/** One task on its hosts: all at once, as far as forks and throttle let it; on the first alone with run_once. */
export async function runOnHosts(play: PlayRun, task: Task, hosts: readonly RunHost[], within: Within): Promise<void> {
  const { handlers: handler = false } = within;
  const first = hosts[0] as RunHost;
  const scope = play.scope(task, first);
  const ref = refOf(play, task, first, handler);
  const { once, throttle, fatal, wrong } = rulesOf(play, task, scope);
  const alone = task.spec.kind === 'controller' && task.spec.once === true;
  const working = once || alone ? [first] : hosts;
  play.emit({ type: 'task-start', task: ref, hosts: working.map((host) => host.name) });
  const limit = Math.min(play.run.forks, throttle > 0 ? throttle : Number.POSITIVE_INFINITY);
  // Where hosts take turns, what one is asked ahead would work beside the next one's turn.
  const looking = !handler && limit >= working.length;
  await onEach(working, limit, async (host) => {
    if (play.run.signal.aborted) return;
    const started = performance.now();
    const done = wrong ? failure(play, task, host, wrong) : await runTask(play, task, host, ref, within.ahead, looking);
    settle(play, task, host, once && !alone ? hosts : [host], ref, done, within, performance.now() - started);
  });
  failTogether(play, task, hosts, working, within, once || fatal);
}

interface Rules {
  once: boolean;
  /** What fails on one host fails on all. */
  fatal: boolean;
  throttle: number;
  wrong?: unknown;
}

/** On which hosts a task runs, and how many at once; `wrong` is why that cannot be told, which fails it on all of them. */
function rulesOf(play: PlayRun, task: Task, scope: TaskScope): Rules {
  const { runOnce, throttle, anyErrorsFatal } = task.keywords;
  try {
    return {
      fatal: flag(play, anyErrorsFatal, scope) ?? false,
      once: flag(play, runOnce, scope) ?? false,
      throttle: numberOf('throttle', play.keyword(throttle, scope) ?? 0),
    };
  } catch (wrong) {
    return { once: false, fatal: false, throttle: 0, wrong };
  }
}

/** Runs every handler that the hosts notified and that has not run yet. `last`: nothing comes after. */
export async function flush(play: PlayRun, hosts: readonly RunHost[], within: Within, last = false): Promise<void> {
  await flushHandlers(play, hosts, last, (handler, notified) =>
    runItem(play, handler, notified, { ...within, handlers: true }),
  );
}

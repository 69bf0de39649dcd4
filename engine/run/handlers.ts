import type { Handler, Task } from '../playbook/model.ts';
import { nearest, Problem } from '../problem.ts';
import type { Value } from '../value.ts';
import type { RunHost } from './host.ts';
import type { PlayRun } from './play.ts';

/** A handler's names: its own, and with its role in front as Ansible allows. */
function namesOf(play: PlayRun, handler: Handler, host: RunHost): string[] {
  const name = String(play.keyword(handler.name, play.scope(handler, host)) ?? '');
  const role = handler.keywords.role?.name;
  return role === undefined ? [name] : [name, `${role} : ${name}`];
}

/** Marks the handlers a changed task notifies. Throws a Problem when a name answers to nothing. */
export function notify(play: PlayRun, task: Task, host: RunHost): void {
  const scope = play.scope(task, host);
  const wanted = task.notify.flatMap((node) => list(play.run.expressions.renderNode(node, scope)));
  for (const name of wanted) {
    const found = answering(play, name, host);
    if (found.length === 0) throw unknownHandler(play, task, name, host);
    for (const handler of found) host.notified.add(handler);
  }
}

const list = (value: Value): string[] => (Array.isArray(value) ? value : [value]).map(String);

/** The last handler of that name, as in Ansible, and all that listen to it as a topic. */
function answering(play: PlayRun, name: string, host: RunHost): Handler[] {
  const named = play.handlers.findLast((handler) => namesOf(play, handler, host).includes(name));
  const listening = play.handlers.filter((handler) =>
    handler.listen.some((node) => list(play.keyword(node, play.scope(handler, host)) ?? []).includes(name)),
  );
  return [...new Set([...(named ? [named] : []), ...listening])];
}

function unknownHandler(play: PlayRun, task: Task, name: string, host: RunHost): Problem {
  const near = nearest(
    name,
    play.handlers.flatMap((handler) => namesOf(play, handler, host)),
  );
  return new Problem({
    code: 'unknown-handler',
    what: `no handler is named "${name}" or listens to it`,
    at: task.at,
    mend: near === undefined ? undefined : `did you mean "${near}"?`,
  });
}

/** Runs the notified handlers in the order they are written, once for each host that notified them. */
export async function flushHandlers(
  play: PlayRun,
  runOn: (handler: Handler, hosts: RunHost[]) => Promise<void>,
): Promise<void> {
  // A handler may notify another one, also one written before it: go round until none is left, but no longer than there
  // are handlers, so that two that notify each other come to an end.
  for (let round = 0; round <= play.handlers.length; round++) {
    const before = pending(play);
    if (before.length === 0) return;
    for (const handler of [...play.handlers]) {
      const hosts = play.alive().filter((host) => host.notified.delete(handler));
      if (hosts.length > 0 && !play.run.signal.aborted) await runOn(handler, hosts);
    }
  }
}

function pending(play: PlayRun): RunHost[] {
  return play.run.signal.aborted ? [] : play.alive().filter((host) => host.notified.size > 0);
}

import type { Handler, Task } from '../playbook/model.ts';
import { roleNames } from '../playbook/rolename.ts';
import { nearest, Problem } from '../problem.ts';
import type { Value } from '../value.ts';
import type { RunHost } from './host.ts';
import type { PlayRun } from './play.ts';

/** A handler's names: its own, and with its role in front as Ansible allows. */
function namesOf(play: PlayRun, handler: Handler, host: RunHost): string[] {
  const name = String(play.keyword(handler.name, play.scope(handler, host)) ?? '');
  return [name, ...roleNames(handler.keywords.role).map((role) => `${role} : ${name}`)];
}

/** Marks what a changed task notifies. Throws a Problem when a name answers to nothing. */
export function notify(play: PlayRun, task: Task, host: RunHost, names: readonly string[]): void {
  for (const name of names) {
    const found = answering(play, name, host);
    if (found.length === 0) throw unknownHandler(play, task, name, host);
    // A handler that runs sees the handlers there are; a task may notify one of a role that is still to come.
    if (play.flushing) for (const handler of found) host.notified.add(handler);
    else host.notifications.add(name);
  }
}

/** The names a keyword such as notify or listen comes to. */
export const namesIn = (value: Value): string[] => (Array.isArray(value) ? value : [value]).map(String);

/** The handler of that name, and all that listen to it as a topic; of listeners with one name only one. */
function answering(play: PlayRun, name: string, host: RunHost): Handler[] {
  const handlers = lastSectionFirst(play.handlers);
  const named = handlers.find((handler) => namesOf(play, handler, host).includes(name));
  const seen = new Set<string>();
  const listening = handlers.filter((handler) => {
    if (!topics(play, handler, host).includes(name)) return false;
    const own = handler.name?.kind === 'scalar' ? handler.name.text : undefined;
    if (own !== undefined && seen.has(own)) return false;
    if (own !== undefined) seen.add(own);
    return true;
  });
  return [...new Set([...(named ? [named] : []), ...listening])];
}

/** As with its name, a topic counts with the role in front too. */
function topics(play: PlayRun, handler: Handler, host: RunHost): string[] {
  const own = handler.listen.flatMap((node) => namesIn(play.keyword(node, play.scope(handler, host)) ?? []));
  return [...own, ...roleNames(handler.keywords.role).flatMap((role) => own.map((topic) => `${role} : ${topic}`))];
}

/** Of two handlers of one name, that of the list read last answers, and in one list the first. */
function lastSectionFirst(handlers: readonly Handler[]): Handler[] {
  const sections = new Map<object, Handler[]>();
  for (const handler of handlers) sections.set(handler.section, [...(sections.get(handler.section) ?? []), handler]);
  return [...sections.values()].reverse().flat();
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

/**
 * Runs the notified handlers of the hosts in the order they are written, once for each host that notified them. One that
 * a later handler notifies waits for the next time, as in Ansible; the `last` time goes round until none is left.
 */
export async function flushHandlers(
  play: PlayRun,
  hosts: readonly RunHost[],
  last: boolean,
  runOn: (handler: Handler, hosts: RunHost[]) => Promise<void>,
): Promise<void> {
  for (const host of play.alive(hosts)) {
    for (const name of host.notifications) for (const one of answering(play, name, host)) host.notified.add(one);
    host.notifications.clear();
  }
  // Two that notify each other come to an end: no more rounds than there are handlers.
  const rounds = last ? play.handlers.length + 1 : 1;
  play.flushing = true;
  try {
    for (let round = 0; round < rounds && pending(play, hosts); round++) await pass(play, hosts, runOn);
  } finally {
    play.flushing = false;
  }
}

async function pass(
  play: PlayRun,
  hosts: readonly RunHost[],
  runOn: (handler: Handler, hosts: RunHost[]) => Promise<void>,
): Promise<void> {
  for (const handler of [...play.handlers]) {
    const notified = play.alive(hosts).filter((host) => host.notified.delete(handler));
    if (notified.length > 0 && !play.run.signal.aborted) await runOn(handler, notified);
  }
}

const pending = (play: PlayRun, hosts: readonly RunHost[]): boolean =>
  !play.run.signal.aborted && play.alive(hosts).some((host) => host.notified.size > 0);

import { setImmediate } from 'node:timers/promises';
import type { Become } from '../connection/connection.ts';
import type { As, Session } from '../connection/session.ts';
import type { Keywords } from '../playbook/model.ts';
import { str } from '../playbook/template/python.ts';
import type { TaskScope } from '../playbook/vars.ts';
import { type Node, placeOf } from '../playbook/yaml.ts';
import { Problem } from '../problem.ts';
import { isMapping, type Mapping } from '../value.ts';
import type { RunHost } from './host.ts';
import type { Run } from './options.ts';
import { becomeOf, numberOf, routeOf, Settings, targetOf } from './target.ts';
import type { Turn } from './turn.ts';

/** Where a task's commands go: the host's one session, and as whom they run there. */
export interface Place {
  session: Session;
  as: As;
}

/**
 * Opens (or reuses) the connection a task needs. `at` is the host commands run on, the task's own or the delegate. Before
 * the task's turn only what is open already serves: a task before it may be what makes a login or sudo work.
 */
export async function placeOfTask(
  run: Run,
  keywords: Keywords,
  scope: TaskScope,
  at: RunHost,
  atScope: TaskScope,
  turn: Turn,
): Promise<Place> {
  const settings = new Settings(run, keywords, scope, atScope);
  const route = routeOf(at.name, settings, run);
  const key = `${route.transport} ${route.user}@${route.address}:${route.port}`;
  const opening = at.connections.of(key, turn, () => {
    if (!turn.come) throw notYet(at);
    return run.connect(targetOf(route, settings, run), run.signal);
  });
  const as = {
    ...asWhom(settings, run, keywords, scope),
    by: turn.host,
    ...(turn.began === undefined ? {} : { since: turn.began }),
  };
  const session = await opening;
  // The task whose turn it is asks first, and its question opens the shell.
  if (!turn.come && !session.serves(as)) await setImmediate();
  if (!turn.come && !session.serves(as)) throw notYet(at);
  return { session, as };
}

const notYet = (at: RunHost): Problem =>
  new Problem({ code: 'not-yet', what: `nothing of ${at.name} is open for this task before its turn` });

function asWhom(settings: Settings, run: Run, keywords: Keywords, scope: TaskScope): As {
  const become: Become | undefined = becomeOf(settings, run);
  const environment = environmentOf(run, keywords, scope);
  const timeout = numberOf('timeout', settings.keyword('timeout') ?? 0);
  return {
    ...(become === undefined ? {} : { become }),
    ...(environment === undefined ? {} : { environment }),
    ...(timeout === 0 ? {} : { timeoutMs: timeout * 1000 }),
  };
}

const noEnvironment = (node: Node, what: string): Problem =>
  new Problem({ code: 'wrong-environment', what, at: placeOf(node) });

function environmentOf(run: Run, keywords: Keywords, scope: TaskScope): Record<string, string> | undefined {
  if (keywords.environment.length === 0) return undefined;
  const merged: Mapping = {};
  for (const node of keywords.environment) {
    const value = run.expressions.renderNode(node, scope);
    for (const one of Array.isArray(value) ? value : [value]) {
      if (isMapping(one)) Object.assign(merged, one);
      else if (one !== null && one !== '')
        throw noEnvironment(node, `environment takes a dictionary, not ${JSON.stringify(one)}`);
    }
    // The shell would read anything else as more than a name.
    const wrong = Object.keys(merged).find((name) => !/^[A-Za-z_]\w*$/.test(name));
    if (wrong !== undefined)
      throw noEnvironment(node, `environment cannot set "${wrong}", which is no name of a variable`);
  }
  return Object.fromEntries(Object.entries(merged).map(([name, value]) => [name, str(value)]));
}

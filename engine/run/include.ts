import { isUnreachable } from '../connection/codes.ts';
import type { TaskRef } from '../event.ts';
import { defineController } from '../module.ts';
import type { Include, Included, Item, Task, VarLayer } from '../playbook/model.ts';
import { asProblem, Problem, Problems } from '../problem.ts';
import type { TaskResult } from '../result.ts';
import { isMapping, type Mapping, readTruth, type Value } from '../value.ts';
import type { RunHost } from './host.ts';
import { flag } from './item.ts';
import { itemsUnless, loopVariables } from './loop.ts';
import { thrownResult } from './perform.ts';
import { type PlayRun, refOf } from './play.ts';
import { registered } from './register.ts';
import { fail } from './settle.ts';
import type { Within } from './within.ts';

/** The hosts that include the same thing with the same loop variables; they run it together. */
interface Group {
  target: string;
  options: Mapping;
  looped: Mapping | undefined;
  hosts: RunHost[];
  included?: Included;
}

/** What became of an include on one host: how many files or roles it brings, or why none. */
interface Reached {
  result: TaskResult;
  count: number;
}

/** The hosts that include the same, what that is, and what includes what down to there. */
export interface ToRun {
  hosts: readonly RunHost[];
  items: readonly Item[];
  includes: readonly string[];
}

/** include_tasks and include_role: worked out for each host, to be run for the hosts that agree. */
export async function runInclude(
  play: PlayRun,
  include: Include,
  hosts: readonly RunHost[],
  within: Within,
): Promise<ToRun[]> {
  const once = flag(play, include.keywords.runOnce, play.scope(include, hosts[0] as RunHost));
  const working = once ? hosts.slice(0, 1) : hosts;
  const ref = titled(include, refOf(play, asTask(include), working[0], within.handlers));
  play.emit({ type: 'task-start', task: ref, hosts: working.map((host) => host.name) });
  const started = performance.now();
  const reached = new Map<RunHost, Reached>();
  const groups = new Map<string, Group>();
  for (const host of working) reached.set(host, reach(play, include, host, groups, within));
  for (const group of groups.values()) {
    const loaded = await load(play, include, group).catch((thrown: unknown) => failure(include, thrown));
    if ('result' in loaded) for (const host of group.hosts) reached.set(host, loaded);
    else group.included = loaded;
  }
  const sharing = (host: RunHost): readonly RunHost[] => (once ? hosts : [host]);
  for (const [host, one] of reached)
    tell(play, include, ref, host, sharing(host), one, performance.now() - started, within);
  return [...groups.values()].flatMap(({ included, hosts, target }) =>
    included ? [{ hosts, items: included.items, includes: [...(within.includes ?? []), target] }] : [],
  );
}

/** What one host includes, each in the group of the hosts that include the same. */
function reach(play: PlayRun, include: Include, host: RunHost, groups: Map<string, Group>, within: Within): Reached {
  try {
    const found = targets(play, include, host);
    if (found.length === 0) return { result: { status: 'skipped', why: 'when was false', returns: {} }, count: 1 };
    refuseTooDeep(within);
    for (const one of found) join(groups, one, host);
    const included = found.map((one) => one.target).join(', ');
    return { result: { status: 'ok', returns: { included } }, count: found.length };
  } catch (thrown) {
    return failure(include, thrown);
  }
}

const failure = (include: Include, thrown: unknown): Reached => {
  const problem = thrown instanceof Problems ? gathered(thrown) : asProblem(thrown);
  return { result: thrownResult(problem.placed(include.at), isUnreachable), count: 1 };
};

/** A file may include itself, as retries do that end by `when`; but not for ever. */
const DEEPEST = 100;

function refuseTooDeep({ includes = [] }: Within): void {
  if (includes.length < DEEPEST) return;
  throw new Problem({
    code: 'include-loop',
    what: `includes go deeper than ${DEEPEST}`,
    why: `the last are ${includes.slice(-3).join(' → ')}`,
    mend: 'end it by a condition in when',
  });
}

/** A host that includes the same twice does so in two groups. */
function join(groups: Map<string, Group>, one: Omit<Group, 'hosts' | 'included'>, host: RunHost): void {
  for (let times = 0; ; times++) {
    const key = `${times} ${JSON.stringify(one)}`;
    const group = groups.get(key) ?? { ...one, hosts: [] };
    if (group.hosts.includes(host)) continue;
    group.hosts.push(host);
    groups.set(key, group);
    return;
  }
}

/** What one host includes: one target for each loop item for which `when` holds. */
function targets(play: PlayRun, include: Include, host: RunHost): Omit<Group, 'hosts' | 'included'>[] {
  const { expressions } = play.run;
  const outer = play.scope(include, host);
  const { loop } = include;
  const found = loop && itemsUnless(play, loop, include.keywords.when, outer);
  if (found && 'unmet' in found) return [];
  const rounds: (Mapping | undefined)[] = loop
    ? (found?.items ?? []).map((_item, index, all) => loopVariables(loop, all, index))
    : [undefined];
  return rounds.flatMap((looped) => {
    const scope = looped === undefined ? outer : outer.with(looped);
    if (!include.keywords.when.every((condition) => expressions.holds(condition, scope))) return [];
    const options = expressions.render(include.options, scope);
    const target = String(expressions.renderNode(include.target, scope));
    return [{ target, options: isMapping(options) ? options : {}, looped }];
  });
}

/** Reads what a group includes; its handlers and, where they are public, its variables are the play's from here on. */
async function load(play: PlayRun, include: Include, group: Group): Promise<Included> {
  const { loader } = play.run;
  const layer: VarLayer[] = group.looped === undefined ? [] : [{ level: 'loop', vars: group.looped }];
  const seen = { ...include, inner: { ...include.inner, vars: [...include.inner.vars, ...layer] } };
  const included = await (include.kind === 'include_tasks'
    ? loader.includeTasks(seen, group.target)
    : loader.includeRole(seen, group.target, group.options));
  play.handlers.push(...included.handlers.filter((handler) => !play.handlers.includes(handler)));
  if (included.role) play.useRole(included.role, readTruth(group.options['public']) === true);
  return included;
}

/** Several problems of an included file as one, since a task has one result. */
function gathered(problems: Problems): Problem {
  const [first, ...rest] = problems.list;
  if (!first) return new Problem({ code: 'bug', what: 'an include failed without a problem' });
  if (rest.length === 0) return first;
  const details = [...first.details, ...rest.map((problem) => problem.what)];
  return new Problem({ ...first.parts(), details });
}

/** Tells of an include as Ansible does: each file or role it brings counts as one task. */
function tell(
  play: PlayRun,
  include: Include,
  ref: TaskRef,
  host: RunHost,
  sharing: readonly RunHost[],
  { result, count }: Reached,
  ms: number,
  within: Within,
): void {
  const rescued = result.status === 'failed' && within.rescuing;
  if (include.register) for (const one of sharing) one.register(include.register, registered(result));
  if (result.status === 'failed') for (const one of sharing) fail(one, asTask(include), registered(result), within);
  if (rescued) host.recap.rescued++;
  else if (result.status === 'failed') host.recap.failed++;
  else if (result.status === 'skipped') host.recap.skipped++;
  else if (result.status === 'ok') host.recap.ok += count;
  play.emit({ type: 'task-done', task: ref, host: host.name, result, ms, ignored: false, rescued, diff: false });
}

/** Ansible calls an include_role by the role that it names, and puts no role before it. */
function titled(include: Include, ref: TaskRef): TaskRef {
  if (include.kind !== 'include_role') return ref;
  const { role: _within, ...rest } = ref;
  const target = include.target.kind === 'scalar' ? include.target.text : '';
  return include.name ? rest : { ...rest, name: `include_role : ${target}` };
}

/** An include seen as a task, for the events that speak of it. */
function asTask(include: Include): Task {
  const { at, keywords, folder, name } = include;
  return {
    kind: 'task',
    module: include.kind,
    at,
    moduleAt: at,
    keywords,
    folder,
    spec: NO_MODULE,
    ...(name ? { name } : {}),
  };
}

const NO_MODULE = defineController<Record<string, Value>>({
  name: 'include',
  description: 'Stands for an include in events.',
  schema: { type: 'object', additionalProperties: false, properties: {} },
  evaluate: async () => ({}),
});

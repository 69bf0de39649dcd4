import { isUnreachable } from '../connection/codes.ts';
import { defineController } from '../module.ts';
import { checkRoleArguments } from '../playbook/argspec.ts';
import type { Include, Included, Task, VarLayer } from '../playbook/model.ts';
import { asProblem, Problem, Problems } from '../problem.ts';
import type { TaskResult } from '../result.ts';
import { isMapping, type Mapping, type Value } from '../value.ts';
import type { RunHost } from './host.ts';
import { runItems, runOnHosts, type Within } from './items.ts';
import { loopItems, loopVariables } from './loop.ts';
import { thrownResult } from './perform.ts';
import { type PlayRun, refOf } from './play.ts';

/** The hosts that include the same thing with the same loop variables; they run it together. */
interface Group {
  target: string;
  options: Mapping;
  looped: Mapping | undefined;
  hosts: RunHost[];
}

/** include_tasks and include_role: worked out for each host, then run for the hosts that agree. */
export async function runInclude(
  play: PlayRun,
  include: Include,
  hosts: readonly RunHost[],
  within: Within,
): Promise<void> {
  const groups = new Map<string, Group>();
  const ref = refOf(play, asTask(include), hosts[0]);
  play.emit({ type: 'task-start', task: ref, hosts: hosts.map((host) => host.name) });
  for (const host of hosts) {
    const started = performance.now();
    const told = (result: Parameters<typeof tell>[3]) =>
      tell(play, ref, host, result, performance.now() - started, within);
    try {
      const found = targets(play, include, host);
      if (found.length > 0) refuseTooDeep(within);
      if (found.length === 0) told({ status: 'skipped', why: 'when was false', returns: {} });
      else told({ status: 'ok', returns: { included: found.map((one) => one.target).join(', ') } });
      for (const [index, one] of found.entries()) join(groups, `${index} ${JSON.stringify(one)}`, one, host);
    } catch (thrown) {
      told(thrownResult(asProblem(thrown).placed(include.at), isUnreachable));
    }
  }
  for (const group of groups.values()) await runGroup(play, include, group, within);
}

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

function join(groups: Map<string, Group>, key: string, one: Omit<Group, 'hosts'>, host: RunHost): void {
  const group = groups.get(key) ?? { ...one, hosts: [] };
  group.hosts.push(host);
  groups.set(key, group);
}

/** What one host includes: one target for each loop item for which `when` holds. */
function targets(play: PlayRun, include: Include, host: RunHost): Omit<Group, 'hosts'>[] {
  const { expressions } = play.run;
  const outer = play.scope(include, host);
  const { loop } = include;
  const rounds: (Mapping | undefined)[] = loop
    ? loopItems(play, loop, outer).map((item, index) => loopVariables(loop, item, index))
    : [undefined];
  return rounds.flatMap((looped) => {
    const scope = looped === undefined ? outer : outer.with(looped);
    if (!include.keywords.when.every((condition) => expressions.holds(condition, scope))) return [];
    const options = expressions.render(include.options, scope);
    const target = String(expressions.renderNode(include.target, scope));
    return [{ target, options: isMapping(options) ? options : {}, looped }];
  });
}

async function runGroup(play: PlayRun, include: Include, group: Group, within: Within): Promise<void> {
  const alive = play.alive(group.hosts);
  if (alive.length === 0) return;
  const layer: VarLayer[] = group.looped === undefined ? [] : [{ level: 'loop', vars: group.looped }];
  const seen = { ...include, inner: { ...include.inner, vars: [...include.inner.vars, ...layer] } };
  const included = await load(play, seen, group).catch((thrown: unknown) => {
    const problem = thrown instanceof Problems ? gathered(thrown) : asProblem(thrown);
    const ref = refOf(play, asTask(include), alive[0]);
    for (const host of alive) {
      tell(play, ref, host, { status: 'failed', problem: problem.placed(include.at), returns: {} }, 0, within);
    }
    return undefined;
  });
  if (!included) return;
  play.handlers.push(...included.handlers.filter((handler) => !play.handlers.includes(handler)));
  if (included.role) play.useRole(included.role, group.options['public'] === true);
  const checks = included.role?.argumentSpec ? [argumentCheck(included.role.argumentSpec, include, included)] : [];
  for (const check of checks) await runOnHosts(play, check, alive, within);
  const includes = [...(within.includes ?? []), group.target];
  await runItems(play, included.items, alive, { ...within, includes });
}

function load(play: PlayRun, include: Include, group: Group): Promise<Included> {
  const { loader } = play.run;
  return include.kind === 'include_tasks'
    ? loader.includeTasks(include, group.target)
    : loader.includeRole(include, group.target, group.options);
}

/** Several problems of an included file as one, since a task has one result. */
function gathered(problems: Problems): Problem {
  const [first, ...rest] = problems.list;
  if (!first) return new Problem({ code: 'bug', what: 'an include failed without a problem' });
  if (rest.length === 0) return first;
  const details = [...first.details, ...rest.map((problem) => problem.what)];
  return new Problem({ ...first.parts(), details });
}

/** The task Ansible puts before a role that has an argument spec. */
export function argumentCheck(
  spec: Mapping,
  like: Pick<Task, 'at' | 'keywords' | 'folder'>,
  included?: Included,
): Task {
  const keywords = included?.items[0]?.keywords ?? like.keywords;
  return {
    kind: 'task',
    at: like.at,
    moduleAt: like.at,
    folder: like.folder,
    keywords: { ...keywords, when: [] },
    module: 'validate_argument_spec',
    notify: [],
    spec: defineController<Record<string, never>>({
      name: 'validate_argument_spec',
      description: "Checks a role's variables against its argument spec.",
      schema: { type: 'object', additionalProperties: false, properties: {} },
      async evaluate(_args, evaluator) {
        const options = spec['options'];
        const names = isMapping(options) ? Object.keys(options) : [];
        const given: Mapping = {};
        for (const name of names) {
          if (evaluator.holds(`${name} is defined`)) given[name] = evaluator.evaluate(name);
        }
        const problems = checkRoleArguments(spec, given);
        return problems.length === 0
          ? { returns: { msg: 'The arg spec validation passed' } }
          : { failed: `Validation of arguments failed: ${problems.map((problem) => problem.what).join('; ')}` };
      },
    }),
  };
}

/** Tells of an include as Ansible does: it counts as one task. */
function tell(
  play: PlayRun,
  ref: ReturnType<typeof refOf>,
  host: RunHost,
  result: TaskResult,
  ms: number,
  within: Within,
): void {
  const rescued = result.status === 'failed' && within.rescuing;
  if (result.status === 'failed') {
    host.standing = 'failed';
    if (rescued) host.recap.rescued++;
    else host.recap.failed++;
  } else if (result.status === 'skipped') host.recap.skipped++;
  else if (result.status === 'ok') host.recap.ok++;
  play.emit({ type: 'task-done', task: ref, host: host.name, result, ms, ignored: false, rescued, diff: false });
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
    notify: [],
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

import { resolveArguments, secretValues, withDefaultValues, writtenIn } from '../arguments.ts';
import { isUnreachable } from '../connection/codes.ts';
import type { Task } from '../playbook/model.ts';
import type { TaskScope } from '../playbook/vars.ts';
import type { Node } from '../playbook/yaml.ts';
import { asProblem, Problem } from '../problem.ts';
import type { TaskResult } from '../result.ts';
import { isMapping, type Mapping } from '../value.ts';
import { TaskController } from './controller.ts';
import type { RunHost } from './host.ts';
import { type Call, type Performed, type Probed, perform, thrownResult } from './perform.ts';
import { placeOfTask } from './place.ts';
import type { PlayRun } from './play.ts';
import { registered } from './register.ts';
import { truth } from './target.ts';
import type { Turn } from './turn.ts';

/** A task on a host for one loop item (or for none), ready to be performed. */
export interface Ready {
  scope: TaskScope;
  /** The result where it is skipped; there is no call then. */
  skip?: TaskResult;
  call?: Call;
  /** The arguments are not what the module takes, which is its failure: failed_when judges it as any other. */
  wrong?: Problem;
  /** The host commands run on: the task's, or the delegate. */
  at: RunHost;
}

/** What became of one item. */
export interface Done {
  result: TaskResult;
  registered: Mapping;
  at: RunHost;
}

/** Judges `when`, finds the host to work on, renders and checks the arguments. Contacts no host. */
export async function ready(play: PlayRun, task: Task, host: RunHost, scope: TaskScope, turn: Turn): Promise<Ready> {
  turn.quiet ||= hides(play, task, scope);
  const skip = skipped(play, task, scope);
  if (skip !== undefined) return { scope, skip, at: host };
  // What is wrong with it is told before anything is done.
  flag(play, task.keywords.diff, scope);
  const at = delegate(play, task, host, scope);
  const { run } = play;
  const seen = at === host ? scope : scope.delegatedTo(at);
  const rendered = task.args === undefined ? undefined : run.expressions.renderNode(task.args, seen);
  const full =
    task.defaults === undefined
      ? rendered
      : withDefaultValues(rendered, run.expressions.renderNode(task.defaults, seen), task.spec);
  const written = writtenIn(task.args, seen);
  const args = argumentsOr(() => resolveArguments(task.spec, full, task.args, written));
  if (args instanceof Problem) return { scope, wrong: args, at };
  // Before anything is said of the task: a problem shows the line of the file that it is about.
  for (const secret of secretValues(task.spec, args)) run.secrets.add(secret);
  const check = flag(play, task.keywords.checkMode, scope) ?? run.check;
  const controller = new TaskController(run, seen, host.name, check, host.facts, turn, written);
  // Connecting to a delegate goes by its own variables, and by those of the task and the play.
  const atScope = at === host ? scope : scope.on(at);
  const place = () => placeOfTask(run, task.keywords, scope, at, atScope, turn);
  const call: Call = {
    module: task.spec,
    args,
    controller,
    check,
    evaluator: {
      evaluate: (expression) => run.expressions.evaluate(expression, seen, task.args),
      holds: (condition) => run.expressions.holds(condition, seen),
    },
    reader: () => place().then(({ session, as }) => session.reader(as)),
    writer: () => {
      if (check) throw new Problem({ code: 'bug', what: `${task.module} asked to change a host in check mode` });
      turn.wrote = true;
      return place().then(({ session, as }) => session.writer(as, (...done) => turn.progress(...done)));
    },
  };
  return { scope, call, at };
}

function argumentsOr(resolve: () => Mapping): Mapping | Problem {
  try {
    return resolve();
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown;
    throw thrown;
  }
}

function skipped(play: PlayRun, task: Task, scope: TaskScope): TaskResult | undefined {
  const condition = task.keywords.when.find((one) => !play.run.expressions.holds(one, scope));
  return condition && falseWhen(condition);
}

/** The result of a task whose condition does not hold, under Ansible's names. */
export function falseWhen(condition: Node): TaskResult {
  const text = textOf(condition);
  const plain = condition.kind === 'scalar' && typeof condition.value === 'boolean' ? condition.value : text;
  const returns = { skip_reason: 'Conditional result was False', false_condition: plain };
  return { status: 'skipped', why: `when was false: ${text}`, returns };
}

const textOf = (node: Node): string =>
  node.kind === 'scalar' ? node.text : node.source.text.slice(node.start, node.end);

function delegate(play: PlayRun, task: Task, host: RunHost, scope: TaskScope): RunHost {
  const name = play.keyword(task.keywords.delegateTo, scope);
  if (name === undefined || name === null || name === '') return host;
  return play.hostOf(String(name));
}

/** A keyword that is a yes or no, or undefined when nobody wrote it. */
export function flag(play: PlayRun, node: Node | undefined, scope: TaskScope): boolean | undefined {
  const value = play.keyword(node, scope);
  return value === undefined || value === null ? undefined : truth(value);
}

/** Whether a task's output is hidden; it is when that cannot be worked out. */
export function hides(play: PlayRun, task: Task, scope: TaskScope): boolean {
  try {
    return flag(play, task.keywords.noLog, scope) ?? false;
  } catch {
    return true;
  }
}

/** Performs what is ready, judges changed_when and failed_when, and keeps the facts. Never throws. */
export async function finish(
  play: PlayRun,
  task: Task,
  host: RunHost,
  prepared: Ready,
  turn: Turn,
  ahead?: Promise<Probed | undefined>,
  attempts?: number,
): Promise<Done> {
  const { scope, call, skip, wrong, at } = prepared;
  if (skip !== undefined || (!call && !wrong)) {
    const result: TaskResult = skip ?? { status: 'skipped', why: '', returns: {} };
    return { result, registered: registered(result), at };
  }
  turn.began = performance.now();
  const performed = await (call ? perform(call, ahead) : Promise.reject(wrong)).catch(
    (thrown): Performed => ({ result: thrownResult(thrown, isUnreachable) }),
  );
  if (turn.wrote) play.clock.tick();
  const result = judge(play, task, scope, place(counted(adopted(play, performed), attempts), task));
  if (result.status === 'ok' || result.status === 'changed')
    keepFacts(play, task, host, at, scope, performed, result, call?.args['cacheable'] === true);
  return { result, registered: registered(result), at };
}

/** What a module adds to the inventory is there before changed_when is judged. */
function adopted(play: PlayRun, { result, adds }: Performed): TaskResult {
  if (!adds || result.status !== 'ok') return result;
  try {
    return play.adopt(adds) ? { status: 'changed', changes: [], returns: result.returns } : result;
  } catch (thrown) {
    return thrownResult(thrown, isUnreachable);
  }
}

/** With until, changed_when and failed_when see how often it was tried. */
function counted(result: TaskResult, attempts: number | undefined): TaskResult {
  if (attempts === undefined || result.status === 'unreachable' || result.status === 'skipped') return result;
  return { ...result, returns: { ...result.returns, attempts } };
}

/** A problem that names no place of its own is shown at the task it happened in. */
function place(result: TaskResult, task: Task): TaskResult {
  return result.status === 'failed' || result.status === 'unreachable'
    ? { ...result, problem: result.problem.placed(task.at) }
    : result;
}

function judge(play: PlayRun, task: Task, scope: TaskScope, result: TaskResult): TaskResult {
  if (result.status === 'skipped' || result.status === 'unreachable') return result;
  const all = (conditions: readonly Node[], now: TaskResult): boolean => {
    const view = task.register ? scope.with({ [task.register]: registered(now) }) : scope;
    return conditions.every((condition) => play.run.expressions.holds(condition, view));
  };
  // A command that failed did run, so it counts as a change unless it says itself that it did not, or changed_when does.
  const { changed: said, ...told } = result.returns;
  const ran =
    result.status === 'changed' ||
    (result.status === 'failed' && task.spec.kind === 'action' && 'rc' in told && said !== false);
  try {
    const changed = task.changedWhen ? all(task.changedWhen, result) : ran;
    const failed = task.failedWhen ? all(task.failedWhen, result) : result.status === 'failed';
    // What went wrong is still told where failed_when says that it is no failure.
    const msg = result.status === 'failed' ? { msg: result.problem.what } : {};
    const returns = task.failedWhen ? { ...msg, ...told, failed_when_result: failed } : told;
    if (failed) return result.status === 'failed' ? kept(result, returns, changed) : failedWhen(task, returns, changed);
    if (!changed) return { status: 'ok', returns };
    return { status: 'changed', changes: result.status === 'changed' ? result.changes : [], returns };
  } catch (thrown) {
    return { status: 'failed', problem: asProblem(thrown).placed(task.at), returns: result.returns };
  }
}

type Failed = Extract<TaskResult, { status: 'failed' }>;

/** What failed may have changed something all the same. */
const kept = (failed: Failed, returns: Mapping, changed: boolean): Failed => ({
  ...failed,
  returns: changed ? { ...returns, changed } : returns,
});

function failedWhen(task: Task, returns: Mapping, changed: boolean): TaskResult {
  const what = `failed_when was true: ${(task.failedWhen ?? []).map(textOf).join(' and ')}`;
  return kept(
    { status: 'failed', problem: new Problem({ code: 'failed-when', what, at: task.at }), returns },
    returns,
    changed,
  );
}

function keepFacts(
  play: PlayRun,
  task: Task,
  host: RunHost,
  at: RunHost,
  scope: TaskScope,
  performed: Performed,
  result: TaskResult,
  cacheable: boolean,
): void {
  const returned = 'returns' in result ? result.returns['ansible_facts'] : undefined;
  const facts = performed.facts ?? (isMapping(returned) ? returned : undefined);
  if (!facts) return;
  const owner = flag(play, task.keywords.delegateFacts, scope) ? at : host;
  const layer = task.module === 'set_fact' ? 'set' : task.module === 'include_vars' ? 'includeVars' : 'facts';
  const owners = flag(play, task.keywords.runOnce, scope) && owner === host ? play.batch : [owner];
  for (const one of owners) one.setVariables(layer, facts);
  // What may be cached is a fact of the host besides.
  if (layer === 'set' && cacheable) for (const one of owners) one.setVariables('facts', facts);
}

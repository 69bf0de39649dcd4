import { blamed } from '../blame.ts';
import type { Reader, Writer } from '../connection/connection.ts';
import type { ActionModule, Controller, Evaluator, Module, Outcome, StateModule } from '../module.ts';
import { asProblem, Problem } from '../problem.ts';
import type { Addition, Change, TaskResult } from '../result.ts';
import type { Mapping } from '../value.ts';

/** One module call on one host, arguments resolved. */
export interface Call {
  module: Module;
  args: Mapping;
  controller: Controller;
  evaluator: Evaluator;
  reader: () => Promise<Reader>;
  /** Throws in check mode: safety is here and not a habit of each author. */
  writer: () => Promise<Writer>;
  check: boolean;
}

/** What a call answered, with the facts it sets. */
export interface Performed {
  result: TaskResult;
  facts?: Mapping;
  adds?: Addition;
}

// biome-ignore lint/suspicious/noExplicitAny: the registry holds modules of every type
type AnyState = StateModule<any, any, any>;

/** What a module read of its host, before its turn or at it: a state, or why an action has nothing to do. */
export interface Probed {
  ready: unknown;
  state: unknown;
}

/** Whether a module reads before it does anything. */
export const reads = (module: Module): boolean =>
  module.kind === 'state' || (module.kind === 'action' && module.skip !== undefined);

/** The controller's part of a state module's work. */
export async function prepare(call: Call): Promise<unknown> {
  if (call.module.kind !== 'state') return call.args;
  const module: AnyState = call.module;
  return module.prepare ? module.prepare(call.controller, call.args) : call.args;
}

/** Reads what is. Rejections surface when the result is awaited. */
export async function probe(call: Call, ready: unknown): Promise<Probed | undefined> {
  const module: Module = call.module;
  if (module.kind === 'state') return { ready, state: await module.probe(await call.reader(), ready) };
  return module.kind === 'action' ? { ready, state: await module.skip?.(await call.reader(), call.args) } : undefined;
}

/** Runs a module to its result. `ahead` is a probe that was made before and still holds. */
export async function perform(call: Call, ahead?: Promise<Probed | undefined>): Promise<Performed> {
  const { module } = call;
  switch (module.kind) {
    case 'state':
      return {
        result: await converge(module, call, await (ahead ?? prepare(call).then((ready) => probe(call, ready)))),
      };
    case 'action':
      return act(module, call, await (ahead ?? probe(call, call.args)));
    case 'query':
      return judged(await module.ask(await call.reader(), call.args, call.controller), false);
    case 'controller':
      return judged(await module.evaluate(call.args, call.evaluator, call.controller), false);
  }
}

async function converge(module: AnyState, call: Call, probed: Probed | undefined): Promise<TaskResult> {
  if (!probed) throw new Problem({ code: 'bug', what: `${module.name} was not probed` });
  const { ready, state } = probed;
  const changes = module.plan(state, ready);
  const returns = (at: unknown): Mapping => module.returns?.(at, ready, changes) ?? {};
  if (changes.length === 0) return { status: 'ok', returns: returns(state) };
  if (call.check) return { status: 'changed', changes, returns: returns(state) };
  await module.apply(await call.writer(), changes, ready, call.controller, state);
  const after = await module.probe(await call.reader(), ready);
  const remaining = module.plan(after, ready).filter((change) => !change.once);
  if (remaining.length > 0)
    return { status: 'failed', problem: notConverged(module.name, remaining), returns: returns(after) };
  return { status: 'changed', changes, returns: returns(after) };
}

function notConverged(module: string, remaining: readonly Change[]): Problem {
  return new Problem({
    code: 'not-converged',
    what: `${module} made its changes, but the host still differs in ${remaining.map((change) => change.key).join(', ')}`,
    why: 'the host was read again after the change',
    details: remaining.map((change) =>
      change.secret || change.text
        ? `${change.key} differs`
        : `${change.key} is ${JSON.stringify(change.before)}, should be ${JSON.stringify(change.after)}`,
    ),
  });
}

async function act(module: ActionModule<unknown>, call: Call, probed: Probed | undefined): Promise<Performed> {
  const why = probed?.state;
  if (typeof why === 'string') {
    if (module.leavesOut) return { result: { status: 'skipped', why, returns: { msg: why } } };
    // Ansible reports "skipped, since x exists" as ok, not as skipped.
    const said = { stdout: why, stdout_lines: [why], stderr: '', stderr_lines: [] };
    return { result: { status: 'ok', returns: { ...module.unrun?.(call.args), msg: why, rc: 0, ...said } } };
  }
  if (call.check) {
    const returns = module.unrun?.(call.args) ?? {};
    if (module.foretells?.(call.args)) return { result: { status: 'changed', changes: [], returns } };
    return { result: { status: 'skipped', why: `${module.name} does not run in check mode`, returns } };
  }
  return judged(await module.act(await call.writer(), call.args, call.controller), true);
}

function judged(outcome: Outcome, changedByDefault: boolean): Performed {
  const returns = outcome.returns ?? {};
  const { facts: found, adds } = outcome;
  const facts = { ...(found === undefined ? {} : { facts: found }), ...(adds === undefined ? {} : { adds }) };
  if (outcome.failed !== undefined) {
    const problem = new Problem({ code: 'module-failed', what: outcome.failed });
    return { result: { status: 'failed', problem, returns }, ...facts };
  }
  if (outcome.skipped !== undefined) return { result: { status: 'skipped', why: outcome.skipped, returns }, ...facts };
  const changed = outcome.changed ?? changedByDefault;
  return { result: changed ? { status: 'changed', changes: [], returns } : { status: 'ok', returns }, ...facts };
}

/** What a thrown error means for a task: unreachable, or failed. */
export function thrownResult(thrown: unknown, unreachable: (problem: Problem) => boolean): TaskResult {
  const problem = thrown instanceof Problem ? thrown : mistake(thrown);
  return unreachable(problem) ? { status: 'unreachable', problem } : { status: 'failed', problem, returns: {} };
}

/** What the code of a module threw without meaning to; where it is a role's, its author needs the line. */
function mistake(thrown: unknown): Problem {
  const details = blamed(thrown);
  const why = details.length > 0 ? 'the code of the module threw this' : undefined;
  return new Problem({ ...asProblem(thrown).parts(), details, why });
}

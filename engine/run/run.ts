import type { HostRecap } from '../event.ts';
import type { Host } from '../inventory/host.ts';
import type { Item, Play } from '../playbook/model.ts';
import { placeOf } from '../playbook/yaml.ts';
import { asProblem, type Problem, Problems } from '../problem.ts';
import { assignVars, type Value } from '../value.ts';
import { Ahead } from './ahead.ts';
import { Clock } from './clock.ts';
import { RunHost } from './host.ts';
import { RunHosts } from './hosts.ts';
import { flag } from './item.ts';
import { flush, revive, runItems, runOnHosts } from './items.ts';
import { HostVars, magicOf } from './magic.ts';
import type { Run } from './options.ts';
import { PlayRun } from './play.ts';
import { askedVars, checkPrompts } from './prompts.ts';
import { batches, ordered } from './serial.ts';
import { gatheredOf, gatherTask, refreshVarsFiles } from './start.ts';
import { numberOf } from './target.ts';
import type { Within } from './within.ts';

/** How a run ended, for the exit code. */
export interface Ended {
  worst: ReturnType<RunHosts['worst']>;
  interrupted: boolean;
  recap: HostRecap[];
}

/** Runs playbooks to their end: every file is read and checked before the first host is contacted. */
export async function runPlaybooks(files: readonly string[], run: Run): Promise<Ended> {
  const playbooks = await loadAll(files, run);
  run.startAt?.check(playbooks.flatMap(({ plays }) => plays));
  checkPrompts(
    playbooks.flatMap(({ plays }) => plays),
    run,
  );
  const hosts = new RunHosts(run);
  const started = performance.now();
  run.events.emit({
    type: 'run-start',
    playbooks: [...files],
    check: run.check,
    diff: run.diff,
    verbosity: run.verbosity,
  });
  const stop = () => {
    run.events.emit({ type: 'interrupted' });
    void hosts.interrupt();
  };
  run.signal.addEventListener('abort', stop, { once: true });
  let thrown: { error: unknown } | undefined;
  try {
    for (const { plays } of playbooks) {
      for (const play of plays) if (run.signal.aborted || !(await runPlay(play, run, hosts))) break;
      // As in Ansible, the next playbook is begun only when nothing failed.
      if (run.signal.aborted || hosts.worst() !== 'fine') break;
    }
  } catch (error) {
    thrown = { error };
  } finally {
    run.signal.removeEventListener('abort', stop);
    await hosts.close();
  }
  const recap = hosts.recap();
  const end = {
    recap,
    pendingHandlers: hosts.pendingHandlers(),
    interrupted: run.signal.aborted,
    ms: performance.now() - started,
  };
  // Also where a play that came later is wrong: what was done before is told.
  if (!thrown || recap.length > 0) run.events.emit({ type: 'run-end', ...end });
  if (thrown) throw thrown.error;
  return { worst: hosts.worst(), interrupted: run.signal.aborted, recap };
}

/** All playbooks with their plays; throws every problem of every file at once. */
export async function loadAll(files: readonly string[], run: Run): Promise<{ file: string; plays: Play[] }[]> {
  const playbooks: { file: string; plays: Play[] }[] = [];
  const problems: Problem[] = [];
  for (const file of files) {
    try {
      playbooks.push({ file, plays: await run.loader.loadPlaybook(file) });
    } catch (thrown) {
      if (thrown instanceof Problems) problems.push(...thrown.list);
      else throw thrown;
    }
  }
  if (problems.length > 0) throw new Problems(problems);
  return playbooks;
}

/** Hosts a play names, before any of them failed. */
export function hostsOf(play: Play, run: Run): { hosts: Host[]; unknown: string[] } {
  const scope = new HostVars(run, () => undefined, play.vars).scope(
    new RunHost({ name: 'localhost', groups: [], implicit: true }, new Clock()),
  );
  const pattern = run.expressions.renderNode(play.hosts, scope);
  return run.inventory.match(Array.isArray(pattern) ? pattern.map(String) : String(pattern), run.limit);
}

/** One play; false when the run must not go on to the next. */
async function runPlay(written: Play, run: Run, known: RunHosts): Promise<boolean> {
  known.enter(written.folder);
  const play = written.varsPrompt.length === 0 ? written : await withAnswers(written, run, known);
  const { hosts: matched } = hostsOf(play, run);
  const seen = new HostVars(run, (name) => known.named(name), play.vars);
  const scope = seen.scope(known.nobody);
  const order = play.order === undefined ? undefined : run.expressions.renderNode(play.order, scope);
  const all = ordered(matched, order, play.order && placeOf(play.order)).map((host) => known.get(host));
  const hosts = all.filter((host) => !host.out);
  const name = play.name
    ? String(run.expressions.renderNode(play.name, seen.scope(hosts[0] ?? known.nobody)))
    : patternText(run.expressions.renderNode(play.hosts, scope));
  if (hosts.length === 0) {
    const why = run.inventory.hosts.size > 0 ? 'no hosts matched' : 'the inventory has no hosts; name one with -i';
    run.events.emit({ type: 'play-skip', play: name, at: play.at, why });
    return true;
  }
  const played = new PlayRun(run, play, known);
  prepareHosts(played, hosts, all, name);
  const serial =
    play.serial === undefined
      ? undefined
      : run.expressions.renderNode(play.serial, played.scopeOf(play.keywords, hosts[0] as RunHost));
  played.maxFail = maxFailOf(played, hosts[0] as RunHost);
  const cut = batches(hosts, serial, play.serial ? placeOf(play.serial) : play.at);
  for (const [index, batch] of cut.entries()) {
    const told = cut.length > 1 ? { batch: { index: index + 1, of: cut.length } } : {};
    run.events.emit({ type: 'play-start', play: name, at: play.at, hosts: batch.map((host) => host.name), ...told });
    await runBatch(played, batch);
    for (const host of batch) {
      host.out = host.standing === 'failed' || host.standing === 'unreachable' ? host.standing : undefined;
    }
    if (run.signal.aborted || played.fatal || batch.every((host) => host.out)) return false;
    if (played.ended) return true;
  }
  return true;
}

async function withAnswers(play: Play, run: Run, known: RunHosts): Promise<Play> {
  const scope = new HostVars(run, (name) => known.named(name), play.vars).scope(known.nobody);
  return { ...play, vars: assignVars({}, play.vars, await askedVars(play, run, scope)) };
}

function maxFailOf(played: PlayRun, first: RunHost): number {
  const { keywords, maxFailPercentage: node } = played.play;
  const percentage = played.keyword(node, played.scopeOf(keywords, first));
  if (!node || percentage === undefined || percentage === null) return Number.POSITIVE_INFINITY;
  try {
    return numberOf('max_fail_percentage', percentage);
  } catch (thrown) {
    throw asProblem(thrown).placed(placeOf(node));
  }
}

/** A play without a name is called by its hosts. */
const patternText = (pattern: Value): string => (Array.isArray(pattern) ? pattern.join(',') : String(pattern));

const namesOf = (roles: readonly { name: string }[]): string[] => [...new Set(roles.map((role) => role.name))];

function prepareHosts(played: PlayRun, hosts: RunHost[], all: RunHost[], name: string): void {
  const { run, play } = played;
  for (const host of hosts) {
    host.standing = 'alive';
    host.lost = false;
    host.magic = magicOf(
      host,
      {
        name,
        folder: play.folder,
        file: play.file,
        hosts: () => hosts.filter((one) => one.standing === 'alive'),
        allHosts: () => all,
        batch: () => played.alive(),
        roleNames: namesOf(play.roleUses.filter((role) => !role.dependency)),
        dependentRoleNames: namesOf(play.roleUses.filter((role) => role.dependency)),
      },
      run,
      played.hostVars,
    );
    host.forgetRendered();
  }
}

/** The order of a play: facts, pre_tasks, roles, tasks, post_tasks, handlers flushed after each part. */
async function runBatch(played: PlayRun, batch: RunHost[]): Promise<void> {
  const { play, run } = played;
  played.batch = batch;
  if (run.startAt?.reaches(play) === false) return;
  refreshVarsFiles(played, batch, false);
  const outside: Within = { ahead: new Ahead(played), rescuing: false };
  const [first, ...others] = gatheredOf(played, batch);
  if (first) {
    const gather = await gatherTask(played);
    if (played.selects(gather, first)) await runOnHosts(played, gather, [first, ...others], outside);
  }
  refreshVarsFiles(played, batch, true);
  await runPart(played, play.preTasks, outside);
  await runPart(played, [...play.roles, ...play.tasks], outside);
  await runPart(played, play.postTasks, outside, true);
}

/** A part of a play and then its handlers; with force_handlers also on the hosts that failed in it. */
async function runPart(played: PlayRun, items: readonly Item[], outside: Within, last = false): Promise<void> {
  const { batch, run } = played;
  const going = played.alive();
  const first = going[0];
  if (!first) return;
  const forced =
    flag(played, played.play.forceHandlers, played.scopeOf(played.play.keywords, first)) ?? run.forceHandlers;
  await runItems(played, items, going, { ...outside, pending: forced });
  const failed = forced ? revive(going) : [];
  await flush(played, batch, outside, last);
  for (const host of failed) if (host.standing === 'alive') host.standing = 'failed';
}

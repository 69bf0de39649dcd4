import type { Session } from '../connection/session.ts';
import type { HostRecap } from '../event.ts';
import type { Host } from '../inventory/host.ts';
import type { Play } from '../playbook/model.ts';
import { placeOf } from '../playbook/yaml.ts';
import { type Problem, Problems } from '../problem.ts';
import { assignVars } from '../value.ts';
import { Clock } from './clock.ts';
import { RunHost } from './host.ts';
import { argumentCheck } from './include.ts';
import { flush, runItems, runOnHosts } from './items.ts';
import { HostVars, magicOf, type PlayFacts } from './magic.ts';
import type { Run } from './options.ts';
import { PlayRun } from './play.ts';
import { batches } from './serial.ts';
import { gatherTask, refreshVarsFiles } from './start.ts';

/** How a run ended, for the exit code. */
export interface Ended {
  recap: HostRecap[];
  interrupted: boolean;
}

/** Runs playbooks to their end: every file is read and checked before the first host is contacted. */
export async function runPlaybooks(files: readonly string[], run: Run): Promise<Ended> {
  const plays = await loadAll(files, run);
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
  try {
    for (const play of plays) {
      if (run.signal.aborted) break;
      if (!(await runPlay(play, run, hosts))) break;
    }
  } finally {
    run.signal.removeEventListener('abort', stop);
    await hosts.close();
  }
  const recap = hosts.recap();
  run.events.emit({
    type: 'run-end',
    recap,
    pendingHandlers: hosts.pendingHandlers(),
    interrupted: run.signal.aborted,
    ms: performance.now() - started,
  });
  return { recap, interrupted: run.signal.aborted };
}

/** All plays of all playbooks; throws every problem of every file at once. */
export async function loadAll(files: readonly string[], run: Run): Promise<Play[]> {
  const plays: Play[] = [];
  const problems: Problem[] = [];
  for (const file of files) {
    try {
      plays.push(...(await run.loader.loadPlaybook(file)));
    } catch (thrown) {
      if (thrown instanceof Problems) problems.push(...thrown.list);
      else throw thrown;
    }
  }
  if (problems.length > 0) throw new Problems(problems);
  return plays;
}

/** Hosts a play names, before any of them failed. */
export function hostsOf(play: Play, run: Run): { hosts: Host[]; unknown: string[] } {
  const scope = new HostVars(run, () => undefined).scope(
    new RunHost({ name: 'localhost', groups: [], implicit: true }, new Clock()),
  );
  const pattern = run.expressions.renderNode(play.hosts, scope);
  return run.inventory.match(Array.isArray(pattern) ? pattern.map(String) : String(pattern), run.limit);
}

/** One play; false when the run must not go on to the next. */
async function runPlay(play: Play, run: Run, known: RunHosts): Promise<boolean> {
  const { hosts: matched } = hostsOf(play, run);
  const hosts = matched.map((host) => known.get(host)).filter((host) => !host.out);
  const name = play.name
    ? String(run.expressions.renderNode(play.name, known.hostVars.scope(hosts[0] ?? known.nobody)))
    : patternText(play);
  if (hosts.length === 0) {
    run.events.emit({ type: 'play-skip', play: name, at: play.at, why: 'no hosts matched' });
    return true;
  }
  const played = new PlayRun(run, play, known);
  prepareHosts(played, hosts, name);
  const serial =
    play.serial === undefined
      ? undefined
      : run.expressions.renderNode(play.serial, played.scopeOf(play.keywords, hosts[0] as RunHost));
  const cut = batches(hosts, serial, play.serial ? placeOf(play.serial) : play.at);
  for (const [index, batch] of cut.entries()) {
    const told = cut.length > 1 ? { batch: { index: index + 1, of: cut.length } } : {};
    run.events.emit({ type: 'play-start', play: name, at: play.at, hosts: batch.map((host) => host.name), ...told });
    await runBatch(played, batch);
    for (const host of batch) host.out ||= host.standing === 'failed' || host.standing === 'unreachable';
    if (run.signal.aborted || played.fatal || batch.every((host) => host.out)) return false;
  }
  return true;
}

const patternText = (play: Play): string => play.hosts.source.text.slice(play.hosts.start, play.hosts.end).trim();

const namesOf = (roles: readonly { name: string }[]): string[] => [...new Set(roles.map((role) => role.name))];

function prepareHosts(played: PlayRun, hosts: RunHost[], name: string): void {
  const { run, play } = played;
  for (const host of hosts) {
    host.standing = 'alive';
    host.inventory = assignVars({}, ...run.inventory.sources(host.host, play.folder).map((source) => source.vars));
    host.magic = magicOf(
      host,
      {
        name,
        folder: play.folder,
        file: play.file,
        hosts: () => hosts.filter((one) => one.standing === 'alive'),
        allHosts: () => hosts,
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
  const { play } = played;
  const outside = { rescuing: false };
  played.batch = batch;
  refreshVarsFiles(played, batch, false);
  const gather = await gatherTask(played, batch[0] as RunHost);
  if (gather) await runOnHosts(played, gather, batch, outside);
  refreshVarsFiles(played, batch, true);
  await runItems(played, play.preTasks, batch, outside);
  await flush(played);
  const roles = play.roles.flatMap((role) => {
    const spec = role.keywords.role?.argumentSpec;
    return spec ? [argumentCheck(spec, role), role] : [role];
  });
  await runItems(played, [...roles, ...play.tasks], batch, outside);
  await flush(played);
  await runItems(played, play.postTasks, batch, outside);
  await flush(played);
}

/** What a host that is only delegated to sees of a play. */
const NO_PLAY: PlayFacts = {
  name: '',
  folder: '.',
  file: '',
  hosts: () => [],
  allHosts: () => [],
  batch: () => [],
  roleNames: [],
  dependentRoleNames: [],
};

/** Every host the run has met, in inventory order of first use. */
class RunHosts {
  readonly #run: Run;
  readonly #hosts = new Map<string, RunHost>();
  readonly hostVars: HostVars;
  /** Stands in where a name must be rendered and a play matched nobody. */
  readonly nobody: RunHost;

  readonly clock = new Clock();
  readonly hostOf = (name: string): RunHost | undefined => this.named(name);

  constructor(run: Run) {
    this.#run = run;
    this.nobody = new RunHost({ name: 'localhost', groups: [], implicit: true }, this.clock);
    this.hostVars = new HostVars(run, (name) => this.named(name));
  }

  get(host: Host): RunHost {
    const found = this.#hosts.get(host.name) ?? new RunHost(host, this.clock);
    if (!this.#hosts.has(host.name)) {
      this.#hosts.set(host.name, found);
      found.magic = magicOf(found, NO_PLAY, this.#run, this.hostVars);
      found.inventory = assignVars({}, ...this.#run.inventory.sources(host).map((source) => source.vars));
    }
    return found;
  }

  named(name: string): RunHost | undefined {
    const host = this.#run.inventory.host(name);
    return host ? this.get(host) : undefined;
  }

  recap(): HostRecap[] {
    const used = [...this.#hosts.values()].map((host) => host.recap);
    return used.filter(
      ({ ok, failed, unreachable, skipped, rescued, ignored }) =>
        ok + failed + unreachable + skipped + rescued + ignored > 0,
    );
  }

  pendingHandlers(): { host: string; handler: string }[] {
    return [...this.#hosts.values()].flatMap((host) =>
      [...host.notified].map((handler) => ({ host: host.name, handler: handlerName(handler) })),
    );
  }

  async #sessions(): Promise<Session[]> {
    const opened = [...this.#hosts.values()].flatMap((host) => [...host.sessions.values()]);
    const settled = await Promise.allSettled(opened);
    return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  }

  async interrupt(): Promise<void> {
    await Promise.allSettled((await this.#sessions()).map((session) => session.interrupt()));
  }

  async close(): Promise<void> {
    await Promise.allSettled((await this.#sessions()).map((session) => session.close()));
  }
}

function handlerName(handler: object): string {
  const { name, module } = handler as { name?: { text?: string }; module?: string };
  return name?.text ?? module ?? 'handler';
}

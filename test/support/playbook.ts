import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loaderArguments } from '../../engine/arguments.ts';
import { readVars } from '../../engine/cli/wire.ts';
import { connect } from '../../engine/connection/connect.ts';
import type { Connect } from '../../engine/connection/session.ts';
import { type Event, Events, type HostRecap } from '../../engine/event.ts';
import { loadInventory } from '../../engine/inventory/load.ts';
import { createLoader } from '../../engine/playbook/load.ts';
import { createExpressions } from '../../engine/playbook/template/engine.ts';
import { Vault } from '../../engine/playbook/vault.ts';
import { formatProblem, Problem, Problems } from '../../engine/problem.ts';
import { createRegistry } from '../../engine/registry.ts';
import { linesReport } from '../../engine/report/lines.ts';
import type { Run } from '../../engine/run/options.ts';
import { reachOf } from '../../engine/run/reach.ts';
import { type Ended, runPlaybooks } from '../../engine/run/run.ts';
import { Secrets } from '../../engine/secrets.ts';
import type { Mapping, Value } from '../../engine/value.ts';

/** What a test may set about a run; everything else is as the command line has it by default. */
export interface Settings
  extends Partial<
    Pick<
      Run,
      | 'check'
      | 'diff'
      | 'forks'
      | 'forceHandlers'
      | 'tags'
      | 'skipTags'
      | 'limit'
      | 'startAt'
      | 'extraVars'
      | 'signal'
      | 'ask'
    >
  > {
  /** Files by path below the playbook's folder; `site.yml` is the playbook, `hosts.yml` or `hosts` the inventory. */
  files: Record<string, string>;
  connect?: Connect;
  vaultPasswords?: string[];
}

/** What came of a run. */
export interface Played {
  events: Event[];
  /** The plain report. */
  text: string;
  recap: Map<string, HostRecap>;
  /** What the exit code is made of; undefined when the files do not load. */
  worst: Ended['worst'] | undefined;
  /** Every problem found in the files, as it is printed; empty when they load. */
  problems: string[];
  /** `msg` of every debug task, `host: msg`, in order. */
  said: string[];
  /** What a task of that name registered or returned on each host. */
  returned(task: string): Record<string, Mapping | undefined>;
  /** Names of tasks in the order they started, handlers included. */
  started: string[];
}

/** Hosts a1, a2 and b1, reached locally: enough for everything that is about the language. */
export const THREE_HOSTS = `all:
  vars:
    ansible_connection: local
  children:
    a: {hosts: {a1: {}, a2: {}}}
    b: {hosts: {b1: {}}}
`;

/** Runs a playbook from texts in a folder of its own, which is gone afterwards. */
export async function playbook(settings: Settings): Promise<Played> {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-play-test-'));
  try {
    const files = { 'hosts.yml': THREE_HOSTS, ...settings.files };
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return await runIn(folder, settings);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runIn(folder: string, settings: Settings): Promise<Played> {
  const events: Event[] = [];
  const bus = new Events();
  const secrets = new Secrets();
  let text = '';
  const report = linesReport({
    write: (line) => {
      text += secrets.hide(line);
    },
    hide: (line) => secrets.hide(line),
    colour: false,
  });
  bus.subscribe((event) => {
    events.push(event);
    report.on(event);
  });
  const problems: string[] = [];
  let worst: Ended['worst'] | undefined;
  try {
    ({ worst } = await runPlaybooks([join(folder, 'site.yml')], wireTest(folder, settings, bus, secrets)));
  } catch (thrown) {
    const list = thrown instanceof Problems ? thrown.list : thrown instanceof Problem ? [thrown] : undefined;
    if (!list) throw thrown;
    problems.push(...list.map((problem) => formatProblem(problem).replaceAll(`${folder}/`, '')));
  }
  return { ...summary(events, text.replaceAll(`${folder}/`, ''), problems), worst };
}

function wireTest(folder: string, settings: Settings, events: Events, secrets: Secrets): Run {
  const { files: _files, connect: given, vaultPasswords: _passwords, ...rest } = settings;
  const vault = new Vault(settings.vaultPasswords ?? [], secrets);
  const expressions = createExpressions(vault);
  const registry = createRegistry();
  const source = join(folder, 'hosts.yml');
  const warn = (text: string): void => events.emit({ type: 'message', level: 'warning', verbosity: 0, text });
  const inventory = loadInventory([source], { vault, warn });
  const { extraVars = {}, limit, tags = [], skipTags = [] } = settings;
  return {
    inventory,
    inventorySources: [source],
    loader: createLoader({
      arguments: loaderArguments,
      registry,
      expressions,
      vault,
      baseFolder: folder,
      extraVars,
      outlook: {
        home: folder,
        partial: tags.length + skipTags.length > 0,
        reach: reachOf({ inventory, extraVars, connection: {}, limit }),
      },
    }),
    expressions,
    registry,
    connect: given ?? connect,
    events,
    secrets,
    check: false,
    diff: false,
    verbosity: 0,
    forks: Number.POSITIVE_INFINITY,
    forceHandlers: false,
    tags: [],
    skipTags: [],
    extraVars: {},
    connection: {
      localUser: 'root',
      homeFolder: folder,
      knownHostsFiles: [join(folder, 'known_hosts')],
      hostKeyChecking: 'yes',
      connectTimeoutMs: 10_000,
      become: false,
    },
    cacheFolder: join(folder, '.cache'),
    unvault: (text) => vault.openBytes(text),
    readVars: (file) => readVars(file, vault),
    signal: new AbortController().signal,
    ...rest,
  };
}

function summary(events: Event[], text: string, problems: string[]): Omit<Played, 'worst'> {
  const done = events.flatMap((event) => (event.type === 'task-done' ? [event] : []));
  const returns = (event: Extract<Event, { type: 'task-done' | 'item-done' }>): Mapping | undefined =>
    event.result.status === 'unreachable' ? undefined : event.result.returns;
  const said = events.flatMap((event) => {
    if (event.type !== 'task-done' && event.type !== 'item-done') return [];
    const msg: Value | undefined = event.task.module === 'debug' ? returns(event)?.msg : undefined;
    return msg === undefined ? [] : [`${event.host}: ${typeof msg === 'string' ? msg : JSON.stringify(msg)}`];
  });
  const end = events.find((event) => event.type === 'run-end');
  return {
    events,
    text,
    problems,
    said,
    recap: new Map(end?.type === 'run-end' ? end.recap.map((one) => [one.host, one]) : []),
    started: events.flatMap((event) => (event.type === 'task-start' ? [event.task.name] : [])),
    returned: (task) =>
      Object.fromEntries(done.filter((event) => event.task.name === task).map((event) => [event.host, returns(event)])),
  };
}

/** A play on all hosts that gathers no facts, around the given tasks (indented by the caller's own two spaces). */
export const play = (tasks: string, keywords = ''): string =>
  `- hosts: all\n  gather_facts: false\n${keywords}  tasks:\n${tasks.replace(/^(?=.)/gm, '    ')}`;

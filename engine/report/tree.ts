import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { Event, TaskRef } from '../event.ts';
import type { TaskResult } from '../result.ts';
import { linesReport } from './lines.ts';
import type { Output, Report } from './report.ts';
import { bar, details, duration, painter, title } from './text.ts';

/** More hosts than this are counted and not drawn one by one. */
const MOST_ROWS = 16;
/** How often the elapsed time moves on while nothing else happens. */
const TICK_MS = 250;

type Done = Extract<Event, { type: 'task-done' }>;
type ItemDone = Extract<Event, { type: 'item-done' }>;

/** One task as it is drawn: a row for each host until it is done. */
interface Live {
  task: TaskRef;
  hosts: string[];
  started: number;
  done: Map<string, Done>;
  items: ItemDone[];
  notes: Map<string, string>;
  /** Resolved when every host is done or the run has gone on without some. */
  ended: Promise<void>;
  end(): void;
  /** Called when something changed; set while the task is on the screen. */
  redraw?: () => void;
}

/** A live tree on a terminal; what is done stays as one line a task, with problems and differences under it. */
export function treeReport(output: Output): Report {
  const lines = linesReport(output);
  const paint = painter(output.colour);
  let show = { diff: false, verbosity: 0 };
  let live: Live | undefined;
  // Events come at once; drawing takes its time. Each drawing waits for the one before it.
  let drawn: Promise<void> = Promise.resolve();
  const after = (draw: () => void | Promise<void>): void => {
    drawn = drawn.then(draw);
  };
  const close = (): void => {
    live?.end();
    const still = live && isStill(live.task) ? live : undefined;
    live = undefined;
    if (still) after(() => finish(still));
  };

  function finish(task: Live): void {
    const ms = performance.now() - task.started;
    output.write(`${headline(task, ms)}\n`);
    for (const { item, host, task: ref, result, ignored } of task.items) {
      const told = details(ref, result, show, paint);
      if (told.length > 0 || (result.status === 'failed' && !ignored)) print(`${host} (${item})`, told);
    }
    for (const one of task.done.values()) {
      const covered = one.items !== undefined && one.items > 0 && one.result.status !== 'unreachable';
      if (!covered) print(one.host, details(one.task, one.result, { ...show, diff: one.diff }, paint));
    }
  }

  function print(who: string, told: readonly string[]): void {
    if (told.length === 0) return;
    output.write(`    ${paint.bold(who)}\n${told.map((line) => `      ${line}\n`).join('')}`);
  }

  function headline(task: Live, ms: number): string {
    const results = [...task.done.values()].map((one) => one.result.status);
    const bad = [...task.done.values()].some((one) => !one.ignored && isBad(one.result));
    const mark = bad
      ? paint.red('✖')
      : results.includes('changed')
        ? paint.yellow('✔')
        : results.every((one) => one === 'skipped')
          ? paint.cyan('↓')
          : paint.green('✔');
    return `${mark} ${task.task.handler ? 'handler: ' : ''}${title(task.task)}  ${paint.dim(`${tally(results)}  ${duration(ms)}`)}`;
  }

  async function draw(task: Live): Promise<void> {
    // What the task sends to its hosts leaves first: loading what draws it takes longer than many a task.
    await setImmediate();
    if (task.done.size < task.hosts.length) await onScreen(task, output);
    finish(task);
  }

  function on(event: Event): void {
    switch (event.type) {
      case 'task-start': {
        close();
        const task = begin(event.task, event.hosts);
        live = task;
        if (!isStill(task.task)) after(() => draw(task));
        return;
      }
      case 'item-done':
        live?.items.push(event);
        live?.notes.set(event.host, event.item);
        live?.redraw?.();
        return;
      case 'progress':
        live?.notes.set(event.host, `${bar(event.done, event.total)}  ${event.label}`);
        live?.redraw?.();
        return;
      case 'retry':
        live?.notes.set(event.host, `retry ${event.attempt} of ${event.of}: ${event.why}`);
        live?.redraw?.();
        return;
      case 'task-done':
        live?.done.set(event.host, event);
        live?.redraw?.();
        if (live && live.done.size >= live.hosts.length) close();
        return;
      case 'run-start':
        show = { diff: event.diff, verbosity: event.verbosity };
        after(() => lines.on(event));
        return;
      default:
        if (event.type !== 'message') close();
        after(() => lines.on(event));
    }
  }
  return {
    on,
    shown: () => drawn,
    close: async () => {
      close();
      await drawn;
    },
  };
}

/** While a task waits for a person nothing is drawn, so that the question stays where it is. */
const isStill = ({ module }: TaskRef): boolean => module === 'pause';

const isBad = (result: TaskResult): boolean => result.status === 'failed' || result.status === 'unreachable';

function tally(statuses: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${status} ${count}`).join(', ');
}

function begin(task: TaskRef, hosts: string[]): Live {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return {
    task,
    hosts,
    started: performance.now(),
    done: new Map(),
    items: [],
    notes: new Map(),
    ended,
    end: () => end(),
  };
}

/** Draws a task until it ends, then takes the drawing away: the lines that stay are written by the caller. */
async function onScreen(live: Live, output: Output): Promise<void> {
  const { Listr, ListrLogger, ProcessOutput } = await import('listr2');
  const stream = Object.assign(new PassThrough(), { columns: output.columns ?? 80, rows: 24, isTTY: true });
  stream.on('data', (chunk: Buffer) => output.write(chunk.toString('utf8')));
  const terminal = stream as unknown as NodeJS.WriteStream;
  const logger = new ListrLogger({
    processOutput: new ProcessOutput(terminal, terminal, { dump: [], leaveEmptyLine: false }),
  });
  const listr = new Listr(
    [
      {
        title: output.hide(title(live.task)),
        task: async (_context, task) => {
          live.redraw = () => {
            task.output = output.hide(rows(live));
          };
          live.redraw();
          const clock = setInterval(live.redraw, TICK_MS);
          await live.ended;
          clearInterval(clock);
        },
      },
    ],
    {
      renderer: 'default',
      // listr2 would leave the process on SIGINT by itself; the run ends in order instead.
      registerSignalListeners: false,
      exitOnError: false,
      rendererOptions: { logger, clearOutput: true, removeEmptyLines: true, indentation: 2 },
    },
  );
  await listr.run();
}

/** What is going on now: hosts at work with what they are at, or how many of them are done. */
function rows(live: Live): string {
  const seconds = duration(performance.now() - live.started);
  const waiting = live.hosts.filter((host) => !live.done.has(host));
  if (live.hosts.length > MOST_ROWS) return `${live.done.size} of ${live.hosts.length} hosts  ${seconds}`;
  return waiting.map((host) => [host, live.notes.get(host), seconds].filter(Boolean).join('  ')).join(' | ');
}

import type { Event } from '../event.ts';
import { formatProblem } from '../problem.ts';
import type { Output, Report } from './report.ts';
import { BYTES, bar, details, duration, painter, recapLines, title, verdict } from './text.ts';

/** Plain lines as they happen, for pipes and CI: Ansible's words, one line for each host and item. */
export function linesReport(output: Output): Report {
  const paint = painter(output.colour);
  let show = { diff: false, verbosity: 0 };
  const line = (text = ''): void => output.write(`${text}\n`);
  const indented = (lines: readonly string[]): void => {
    for (const text of lines) line(`    ${text}`);
  };

  /** A line for each quarter of a transfer, and one at the end of all else. */
  const quarters = new Map<string, number>();
  function progress({ host, label, done, total }: Extract<Event, { type: 'progress' }>): void {
    const key = `${host} ${label}`;
    const quarter = Math.floor((4 * done) / Math.max(1, total));
    if (quarter <= (quarters.get(key) ?? 0) || (total <= BYTES && quarter < 4)) return;
    quarters.set(key, quarter);
    if (quarter >= 4) quarters.delete(key);
    line(total > BYTES ? `[${host}] ${bar(done, total)}  ${label}` : `${host}: ${label}`);
  }

  function on(event: Event): void {
    switch (event.type) {
      case 'run-start':
        show = { diff: event.diff, verbosity: event.verbosity };
        if (event.check) line(paint.cyan('CHECK MODE: nothing is changed'));
        return;
      case 'play-start': {
        const batch = event.batch ? ` (batch ${event.batch.index} of ${event.batch.of})` : '';
        line(`\n${paint.bold(`PLAY [${event.play}]`)}${batch}`);
        return;
      }
      case 'play-skip':
        line(`\n${paint.bold(`PLAY [${event.play}]`)}\n${paint.cyan(`skipping: ${event.why}`)}`);
        return;
      case 'task-start':
        line(`\n${paint.bold(`${event.task.handler ? 'HANDLER' : 'TASK'} [${title(event.task)}]`)}`);
        return;
      case 'item-done':
        line(`${verdict(event.result, event.ignored, paint)}: [${event.host}] => (item=${event.item})`);
        indented(details(event.task, event.result, show, paint));
        return;
      case 'task-done': {
        if (event.items !== undefined && event.items > 0 && event.result.status !== 'unreachable') return;
        const host = event.delegatedTo === undefined ? event.host : `${event.host} -> ${event.delegatedTo}`;
        line(`${verdict(event.result, event.ignored, paint)}: [${host}]${event.rescued ? ' (rescued)' : ''}`);
        indented(details(event.task, event.result, { ...show, diff: event.diff }, paint));
        return;
      }
      case 'retry':
        line(`${paint.yellow('retrying')}: [${event.host}] ${event.attempt} of ${event.of}: ${event.why}`);
        return;
      case 'progress':
        progress(event);
        return;
      case 'message':
        if (event.verbosity > show.verbosity) return;
        line(
          `${event.level === 'warning' ? paint.magenta('warning') : event.level}: ${event.host ? `[${event.host}] ` : ''}${event.text}`,
        );
        return;
      case 'problem':
        line(formatProblem(event.problem));
        return;
      case 'interrupted':
        line(paint.red('\ninterrupted: no new task is started'));
        return;
      case 'run-end':
        line(`\n${paint.bold('PLAY RECAP')} ${duration(event.ms)}`);
        for (const text of recapLines(event.recap, paint)) line(text);
        for (const { host, handler } of event.pendingHandlers)
          line(paint.yellow(`pending handler: [${host}] ${handler}`));
        return;
      default:
        event satisfies never;
    }
  }
  return { on, close: async () => undefined };
}

import type { Event, TaskRef } from '../event.ts';
import { formatProblem } from '../problem.ts';
import type { TaskResult } from '../result.ts';
import { HIDDEN } from '../secretnames.ts';
import type { Mapping } from '../value.ts';
import type { Output, Report } from './report.ts';
import { title } from './text.ts';

interface TaskRecord {
  task: { name: string; id: number; module: string; path: string };
  hosts: Record<string, Mapping>;
}

/** One JSON document at the end, in the shape of Ansible's json callback: plays, tasks, hosts, stats. */
export function jsonReport(output: Output): Report {
  const plays: { play: { name: string }; tasks: TaskRecord[] }[] = [];
  const items = new Map<string, Mapping[]>();
  let stats: Mapping = {};
  let interrupted = false;

  const recordOf = (task: TaskRef): TaskRecord => {
    const tasks = plays.at(-1)?.tasks ?? [];
    const known = tasks.find((record) => record.task.id === task.id);
    if (known) return known;
    const path = `${task.at.file}:${task.at.line}`;
    const record = { task: { name: title(task), id: task.id, module: task.module, path }, hosts: {} };
    tasks.push(record);
    return record;
  };

  function on(event: Event): void {
    switch (event.type) {
      case 'play-start':
      case 'play-skip':
        plays.push({ play: { name: event.play }, tasks: [] });
        return;
      case 'task-start':
        recordOf(event.task);
        return;
      case 'item-done': {
        const key = `${event.task.id} ${event.host}`;
        items.set(key, [
          ...(items.get(key) ?? []),
          { item: event.item, ...told(event.result), ignored: event.ignored },
        ]);
        return;
      }
      case 'task-done': {
        const results = items.get(`${event.task.id} ${event.host}`);
        recordOf(event.task).hosts[event.host] = {
          ...told(event.result),
          duration_ms: Math.round(event.ms),
          ...(event.ignored ? { ignored: true } : {}),
          ...(event.rescued ? { rescued: true } : {}),
          ...(event.delegatedTo === undefined ? {} : { delegated_to: event.delegatedTo }),
          ...(results ? { results } : {}),
        };
        return;
      }
      case 'run-end':
        stats = Object.fromEntries(event.recap.map(({ host, ...counts }) => [host, counts]));
        interrupted = event.interrupted;
        return;
      default:
    }
  }

  /** A number that is a secret is text in its place, or what is left would be no JSON. */
  const shown = (_key: string, value: unknown): unknown =>
    typeof value === 'number' && output.hide(String(value)) !== String(value) ? HIDDEN : value;

  return {
    on,
    close: async () =>
      output.write(`${JSON.stringify({ plays, stats, ...(interrupted ? { interrupted } : {}) }, shown, 2)}\n`),
  };
}

function told(result: TaskResult): Mapping {
  switch (result.status) {
    case 'ok':
      return { changed: false, ...result.returns };
    case 'changed': {
      const diff = result.changes.map(({ key, before, after, secret }) =>
        secret ? { key, before: HIDDEN, after: HIDDEN } : { key, before, after },
      );
      return { changed: true, diff, ...result.returns };
    }
    case 'skipped':
      return { changed: false, skipped: true, skip_reason: result.why, ...result.returns };
    case 'failed':
      return { changed: false, failed: true, ...result.returns, msg: formatProblem(result.problem) };
    case 'unreachable':
      return { changed: false, unreachable: true, msg: formatProblem(result.problem) };
    default:
      return result satisfies never;
  }
}

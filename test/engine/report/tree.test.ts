import { expect, it, vi } from 'vitest';
import type { TaskRef } from '../../../engine/event.ts';
import { treeReport } from '../../../engine/report/tree.ts';

const task: TaskRef = { id: 1, name: 'x', module: 'copy', at: { file: 'a', line: 1, column: 1 }, handler: false };

const drawing = vi.hoisted(() => ({ loaded: false }));
vi.mock('listr2', () => {
  drawing.loaded = true;
  return {};
});

it('loads nothing to draw a task that is done before the event loop turns: what it sends is not held up', async () => {
  let text = '';
  const report = treeReport({
    write: (line) => {
      text += line;
    },
    hide: (line) => line,
    colour: false,
  });
  report.on({ type: 'task-start', task, hosts: ['vm1'] });
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  const result = { status: 'ok', returns: {} } as const;
  report.on({ type: 'task-done', task, host: 'vm1', result, ignored: false, rescued: false, diff: false, ms: 1 });
  await report.close();
  expect(text.replace(/[\d.]+ s$/m, 'T s')).toBe('✔ x  ok 1  T s\n');
  expect(drawing.loaded).toBe(false);
});

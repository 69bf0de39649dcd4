import { expect, it } from 'vitest';
import type { Event } from '../../../engine/event.ts';
import { linesReport } from '../../../engine/report/lines.ts';

const MIB = 1024 * 1024;

it('lines tell of each quarter of a transfer once, and only of the end of shorter work', () => {
  let text = '';
  const report = linesReport({
    write: (line) => {
      text += line;
    },
    hide: (line) => line,
    colour: false,
  });
  const task = { id: 1, name: 'x', module: 'copy', at: { file: 'a', line: 1, column: 1 }, handler: false };
  const tell = (label: string, done: number, total: number): void => {
    const event: Event = { type: 'progress', task, host: 'vm1', label, done, total };
    report.on(event);
  };
  for (let done = 1; done <= 10; done++) tell('/srv/file', done * MIB, 10 * MIB);
  for (let done = 1; done <= 3; done++) tell('built', done, 3);
  expect(text.trim().split('\n')).toEqual([
    '[vm1] ██████░░░░░░░░░░░░░░  30 %  3.0 MiB of 10.0 MiB  /srv/file',
    '[vm1] ██████████░░░░░░░░░░  50 %  5.0 MiB of 10.0 MiB  /srv/file',
    '[vm1] ████████████████░░░░  80 %  8.0 MiB of 10.0 MiB  /srv/file',
    '[vm1] ████████████████████ 100 %  10.0 MiB of 10.0 MiB  /srv/file',
    'vm1: built',
  ]);
});

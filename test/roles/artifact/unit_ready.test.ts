import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../../engine/problem.ts';
import unitReady from '../../../roles/artifact/modules/unit_ready.ts';
import { problemOf, runModule, temporaryFolder } from '../../support/module.ts';

const folder = temporaryFolder();
const [bin, units, asked] = ['bin', 'units', 'asked'].map((name) => join(folder, name)) as [string, string, string];
const program = (name: string, text: string): void =>
  writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
mkdirSync(bin);
mkdirSync(units);
// Each look goes on by a line of what is told of a unit: its state, and how long it has been in it. The last one stays.
program(
  'systemctl',
  `read -r now rest </proc/uptime
while [ "$1" != -- ]; do shift; done; shift
for unit; do
  read -r state age <"${units}/$unit"
  [ "$(wc -l <"${units}/$unit")" = 1 ] || sed -i 1d "${units}/$unit"
  entered=$(awk -v now="$now" -v age="$age" 'BEGIN { printf "%.0f", (now - age) * 1000000 }')
  printf 'Id=%s\\nActiveState=%s\\nActiveEnterTimestampMonotonic=%s\\n\\n' "$unit" "$state" "$entered"
done`,
);
program('journalctl', 'echo "the log of $3"');
program('ask', `echo x >>${asked}; [ "$(wc -l <${asked})" -ge "$1" ] || { echo "not yet" >&2; exit 1; }`);
process.env['PATH'] = `${bin}:${process.env['PATH']}`;

/** What is told of a unit, look by look. */
const told = (unit: string, ...states: string[]): void =>
  writeFileSync(join(units, unit), states.map((state) => `${state}\n`).join(''));
const looks = (unit: string): string => readFileSync(join(units, unit), 'utf8').trim();

describe('unit_ready', () => {
  it('waits until a unit has been up for a while, and takes one that died before that', async () => {
    told('a.service', 'active 0', 'activating 0', 'active 1', 'active 3', 'unseen');
    told('b.service', 'active 500');
    await runModule(unitReady, { units: ['a.service', 'b.service'] });
    expect(looks('a.service')).toBe('unseen');
  });

  it('fails with the last log lines of a unit that begins again and again', async () => {
    told('a.service', 'active 0');
    told('b.service', 'active 500');
    expect(formatProblem(await problemOf(unitReady, { units: ['a.service', 'b.service'], timeout: 1 }))).toBe(
      'a.service does not stay up\n    its last log lines:\n      the log of a.service',
    );
  });

  it('takes one that came up this very moment for no longer up: the clock it reads has but hundredths of a second', async () => {
    told('a.service', 'active -0.5', 'active 3', 'unseen');
    await runModule(unitReady, { units: ['a.service'] });
    expect(looks('a.service')).toBe('unseen');
  });

  it('does not wait for one that systemd gave up', async () => {
    told('a.service', 'failed 0', 'unseen');
    told('b.service', 'failed 0', 'unseen');
    const problem = await problemOf(unitReady, { units: ['a.service', 'b.service'], timeout: 600 });
    expect(formatProblem(problem)).toBe(
      [
        'a.service, b.service do not stay up',
        '    last log lines of a.service:',
        '      the log of a.service',
        '    last log lines of b.service:',
        '      the log of b.service',
      ].join('\n'),
    );
  });

  it('asks what is up whether it is ready, and says what it answers', async () => {
    told('a.service', 'active 0');
    const given = { units: ['a.service'], alive: 0 };
    await runModule(unitReady, { ...given, ready: 'ask 3' });
    expect(readFileSync(asked, 'utf8')).toBe('x\nx\nx\n');
    expect(formatProblem(await problemOf(unitReady, { ...given, ready: 'ask 1000', timeout: 1 }))).toBe(
      [
        'a.service runs, and is not ready',
        '    ask 1000 says:',
        '      not yet',
        '    its last log lines:',
        '      the log of a.service',
      ].join('\n'),
    );
  });

  it('waits for nothing in check mode, or where there are no units', async () => {
    told('a.service', 'unseen');
    await runModule(unitReady, { units: ['a.service'] }, { check: true });
    await runModule(unitReady, { units: [] });
    expect(looks('a.service')).toBe('unseen');
  });
});

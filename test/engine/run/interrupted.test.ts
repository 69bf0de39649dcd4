import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Connect } from '../../../engine/connection/session.ts';
import { temporaryFolder } from '../../support/module.ts';
import { type Played, play, playbook } from '../../support/playbook.ts';
import { overheard } from '../../support/watched.ts';

/** Calls `then` when a host is asked something, or when it has answered. */
const noting = (when: 'asked' | 'answered', then: () => void): Connect =>
  overheard(({ answer }) => {
    if (when === 'asked') then();
    else Promise.resolve(answer).then(then, then);
  });

/** A run that is interrupted then; what is told of that. */
async function interrupted(when: 'asked' | 'answered', tasks: string): Promise<{ told: string; played: Played }> {
  const interrupt = new AbortController();
  const played = await playbook({
    files: { 'site.yml': play(tasks) },
    limit: 'a1',
    signal: interrupt.signal,
    connect: noting(when, () => void setImmediate(() => interrupt.abort())),
  });
  return { told: played.text.slice(played.text.indexOf('failed'), played.text.indexOf('\nPLAY RECAP')), played };
}

it.each([
  [
    'wait_for',
    `- wait_for: {path: ${join(temporaryFolder(), 'never')}, sleep: 1000}\n`,
    'site.yml:4:7: the run was interrupted while it waited',
  ],
  [
    'retries',
    '- command: "false"\n  retries: 3\n  delay: 1000\n',
    'site.yml:4:7: the run was interrupted while it waited',
  ],
  [
    'a pause between items',
    '- command: "true"\n  loop: [1, 2]\n  loop_control: {pause: 1000}\n',
    'the run was interrupted while it waited',
  ],
])('does not wait for %s when it is interrupted', async (_what, tasks, said) => {
  expect((await interrupted('answered', tasks)).told).toContain(said);
});

it('counts nothing as rescued by a rescue that is not run any more', async () => {
  const { played } = await interrupted(
    'asked',
    '- block:\n    - command: sleep 1000\n  rescue:\n    - debug: {msg: rescued}\n',
  );
  expect(played.said).toEqual([]);
  expect(played.recap.get('a1')).toMatchObject({ failed: 1, rescued: 0 });
});

it('ends a task that asks again and again when its time is over', async () => {
  const never = join(temporaryFolder(), 'never');
  const { text } = await playbook({
    files: { 'site.yml': play(`- wait_for: {path: ${never}, sleep: 0}\n  timeout: 1\n`) },
    limit: 'a1',
  });
  expect(text).toMatch(/site\.yml:4:7: (the task|sh script .*) took longer than 1 s/);
});

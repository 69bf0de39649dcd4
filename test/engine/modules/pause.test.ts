import { expect, it } from 'vitest';
import type { Evaluator, Outcome } from '../../../engine/module.ts';
import pause from '../../../engine/modules/pause.ts';
import type { Mapping } from '../../../engine/value.ts';
import { controllerFor } from '../../support/module.ts';
import { play, playbook } from '../../support/playbook.ts';

const NO_EVALUATOR = {} as Evaluator;

/** What came of it, and all that it did, in order. */
async function paused(args: Mapping, answer?: string): Promise<{ outcome: Outcome; did: string[] }> {
  const did: string[] = [];
  const outside = controllerFor({
    tell: (text) => did.push(`told ${text}`),
    warn: (text) => did.push(`warned ${text}`),
    pause: async (ms) => void did.push(`waited ${ms}`),
    ask: async (question, hidden) => {
      did.push(`asked${hidden ? ' unseen' : ''} ${question}`);
      return answer;
    },
  });
  return { outcome: await pause.evaluate({ echo: true, ...args }, NO_EVALUATOR, outside), did };
}

it.each<[Mapping, string[], string]>([
  [{ seconds: 5 }, ['told waiting for 5 s', 'waited 5000'], 'seconds'],
  [{ seconds: 0.4 }, ['told waiting for 1 s', 'waited 1000'], 'seconds'],
  [{ minutes: 2, prompt: 'for tea' }, ['told waiting for 120 s: for tea', 'waited 120000'], 'minutes'],
])('waits as %j says', async (args, all, unit) => {
  const { outcome, did } = await paused(args, 'nobody is asked');
  expect(did).toEqual(all);
  expect(outcome.returns).toMatchObject({ rc: 0, stderr: '', delta: 0, echo: true, user_input: '' });
  expect(outcome.returns?.['stdout']).toMatch(new RegExp(`^Paused for 0\\.\\d+ ${unit}$`));
  expect(outcome.returns?.['start']).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/);
});

it('asks where no time is given, unseen without echo', async () => {
  expect(await paused({ prompt: 'Go?' }, 'yes')).toMatchObject({
    outcome: { returns: { user_input: 'yes', echo: true } },
    did: ['asked Go?: '],
  });
  expect((await paused({ echo: false }, 'x')).did).toEqual([
    'asked unseen Press enter to continue, Ctrl+C to interrupt (output is hidden): ',
  ]);
});

it('goes on where there is nobody to ask', async () => {
  const { outcome, did } = await paused({});
  expect(outcome.returns?.['user_input']).toBe('');
  expect(did.at(-1)).toBe('warned there is no terminal, so nobody is asked and the run goes on');
});

it('is for all hosts once, and registered by the first alone; an interrupted run does not wait', async () => {
  const asked: string[] = [];
  const tasks = `- pause: {prompt: Go?}\n  register: r\n- debug: {msg: "{{ r.user_input | default('unknown') }}"}\n`;
  const answer = async (question: string): Promise<string> => {
    asked.push(question);
    return 'yes';
  };
  const { said } = await playbook({ files: { 'site.yml': play(tasks) }, ask: answer });
  expect([asked, said]).toEqual([['Go?: '], ['a1: yes', 'a2: unknown', 'b1: unknown']]);

  const stop = new AbortController();
  const waits = playbook({
    files: { 'site.yml': play('- pause: {prompt: Go?}\n- pause: {minutes: 100}\n') },
    limit: 'a1',
    signal: stop.signal,
    ask: async () => {
      queueMicrotask(() => stop.abort());
      return '';
    },
  });
  expect((await waits).text).not.toContain('waiting');
});

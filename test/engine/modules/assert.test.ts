import { expect, it } from 'vitest';
import { play, playbook } from '../../support/playbook.ts';

it('assert fails at the first condition that does not hold, with the message it is given', async () => {
  const tasks = "- assert: {that: [n == 5, 'n is number']}\n- assert:\n    that: n > 6\n    fail_msg: too small\n";
  const { recap, text } = await playbook({ files: { 'site.yml': play(tasks, '  vars: {n: 5}\n') }, limit: 'b1' });
  expect(recap.get('b1')).toMatchObject({ ok: 1, failed: 1 });
  expect(text).toContain('too small');
});

import { expect, it } from 'vitest';
import { play, playbook } from '../../support/playbook.ts';

it('fail fails with its message', async () => {
  const { recap, text } = await playbook({ files: { 'site.yml': play('- fail: {msg: not today}\n') }, limit: 'b1' });
  expect(recap.get('b1')).toMatchObject({ failed: 1 });
  expect(text).toContain('not today');
});

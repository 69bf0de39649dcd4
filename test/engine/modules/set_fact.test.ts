import { expect, it } from 'vitest';
import { play, playbook } from '../../support/playbook.ts';

it('set_fact keeps values with their type for the tasks and plays after it', async () => {
  const first = play("- set_fact: {list: '{{ [1, 2] }}', text: a}\n");
  const { said } = await playbook({
    files: { 'site.yml': `${first}\n${play("- debug: {msg: '{{ list | sum }} {{ text }}'}\n")}` },
    limit: 'b1',
  });
  expect(said).toEqual(['b1: 3 a']);
});

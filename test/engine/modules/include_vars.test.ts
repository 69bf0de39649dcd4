import { expect, it } from 'vitest';
import { play, playbook } from '../../support/playbook.ts';

it('include_vars reads a file, or a folder in order of name, under a name if wanted', async () => {
  const tasks =
    "- include_vars: one.yml\n- include_vars: {dir: more, name: more}\n- debug: {msg: '{{ a }} {{ more.b }}'}\n";
  const { said } = await playbook({
    files: {
      'site.yml': play(tasks),
      'vars/one.yml': 'a: 1\n',
      'vars/more/1.yml': 'b: 1\n',
      'vars/more/2.yml': 'b: 2\n',
    },
    limit: 'b1',
  });
  expect(said).toEqual(['b1: 1 2']);
});

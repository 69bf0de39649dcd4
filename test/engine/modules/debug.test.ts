import { expect, it } from 'vitest';
import { play, playbook } from '../../support/playbook.ts';

it('debug prints a message or a variable, and an undefined one is an answer', async () => {
  const tasks =
    "- debug: {msg: 'n is {{ n }}'}\n- name: var\n  debug: {var: n}\n- name: none\n  debug: {var: zz}\n- name: more\n  debug: {msg: x, verbosity: 2}\n";
  const { said, returned, recap } = await playbook({
    files: { 'site.yml': play(tasks, '  vars: {n: 5}\n') },
    limit: 'b1',
  });
  expect(said).toEqual(['b1: n is 5']);
  expect(returned('var')['b1']).toEqual({ n: 5 });
  expect(returned('none')['b1']).toEqual({ zz: "<< error 1 - 'zz' is undefined >>" });
  expect(recap.get('b1')).toMatchObject({ ok: 3, skipped: 1 });
});

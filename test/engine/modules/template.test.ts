import { expect, it } from 'vitest';
import { play, playbook } from '../../support/playbook.ts';

it('template renders with the host’s variables and changes nothing the second time', async () => {
  const task = "- template: {src: motd.j2, dest: '{{ playbook_dir }}/{{ inventory_hostname }}.txt', mode: '0640'}\n";
  const { recap, returned } = await playbook({
    files: {
      'site.yml': play(`${task}  register: first\n${task.replace('- template', '- name: again\n  template')}`),
      'templates/motd.j2': '{% for n in [1, 2] %}\n{{ inventory_hostname }} {{ n }}\n{% endfor %}\n',
    },
    limit: 'b1',
  });
  expect(recap.get('b1')).toMatchObject({ ok: 2, changed: 1, failed: 0 });
  expect(returned('again')['b1']).toMatchObject({ mode: '0640', size: 10 });
});

it('template places an undefined variable in the template’s own file', async () => {
  const { text } = await playbook({
    files: {
      'site.yml': play('- template: {src: a.j2, dest: /tmp/mesh-play-never}\n'),
      'templates/a.j2': 'one\ntwo {{ nope }}\n',
    },
    limit: 'b1',
  });
  expect(text).toContain("templates/a.j2:2:8: 'nope' is undefined");
});

import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { playbook } from '../../support/playbook.ts';

const OWN = 'collections/ansible_collections/my/own/roles';

const FILES = {
  'site.yml': '- hosts: a1\n  gather_facts: false\n  roles: [my.own.one, plain]\n',
  'roles/two/tasks/main.yml': '- debug: {msg: another two}\n',
  'roles/plain/tasks/main.yml':
    '- debug: {msg: "{{ role_name }} {{ ansible_collection_name is none }}"}\n- include_role: {name: two}\n',
  [`${OWN}/one/meta/main.yml`]: 'dependencies: [{role: my.own.below.deep}]\n',
  [`${OWN}/one/tasks/main.yml`]: `- debug: {msg: "{{ [role_name, ansible_role_name, ansible_collection_name, role_path | basename] | join(' ') }}"}
- include_role: {name: my.own._base}
- import_role: {name: two}
- command: "true"
  notify: [short, "one : other", "my.own.one : third", topic, "my.own.one : topic2"]
`,
  [`${OWN}/one/handlers/main.yml`]: `- name: short
  debug: {msg: short}
- name: other
  debug: {msg: other}
- name: third
  debug: {msg: third}
- name: fourth
  listen: topic
  debug: {msg: fourth}
- name: fifth
  listen: topic2
  debug: {msg: fifth}
`,
  [`${OWN}/_base/tasks/main.yml`]: '- debug: {msg: "{{ role_name }} of {{ ansible_parent_role_names }}"}\n',
  [`${OWN}/two/tasks/main.yml`]: '- debug: {msg: "{{ ansible_role_name }}"}\n',
  [`${OWN}/below/deep/tasks/main.yml`]: '- debug: {msg: "{{ role_name }} {{ ansible_role_name }}"}\n',
};

// As ansible-core 2.19 has it.
it('roles of a collection are named with it, and by each other without it', async () => {
  const { problems, said, started } = await playbook({ files: FILES });
  expect(problems).toEqual([]);
  expect(said.map((line) => line.replace('a1: ', ''))).toEqual([
    'deep my.own.deep',
    'one my.own.one my.own one',
    "_base of ['my.own.one']",
    'my.own.two',
    'plain True',
    'another two',
    'short',
    'other',
    'third',
    'fourth',
    'fifth',
  ]);
  expect(started[0]).toBe('debug');
});

it('a role that no collection has is told with the places', async () => {
  const { problems } = await playbook({
    files: { 'site.yml': '- hosts: a1\n  roles: [my.own.ome]\n', [`${OWN}/one/tasks/main.yml`]: '[]\n' },
  });
  expect(problems.join().replaceAll(`${tmpdir()}/`, 'ABOVE/')).toMatchInlineSnapshot(`
    "site.yml:2:11: there is no role "my.own.ome"
         2 |   roles: [my.own.ome]
           |           ^^^^^^^^^^
      why:  looked in collections/ansible_collections/my/own/roles, ABOVE/collections/ansible_collections/my/own/roles, roles, ABOVE/roles
      mend: did you mean "my.own.one"?"
  `);
});

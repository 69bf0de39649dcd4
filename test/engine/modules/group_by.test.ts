import { describe, expect, it } from 'vitest';
import { type Played, playbook, type Settings } from '../../support/playbook.ts';

const HOSTS = `all:
  vars: {ansible_connection: local}
  hosts: {a: {role: web}, b: {role: db}, c: {role: web}}
`;

const run = (plays: string, files: Settings['files'] = {}, more: Partial<Settings> = {}): Promise<Played> =>
  playbook({ files: { 'hosts.yml': HOSTS, 'site.yml': plays, ...files }, ...more });

/** How a task ended on each host. */
const ends = ({ events }: Played, name: string): string[] =>
  events.flatMap((event) =>
    event.type === 'task-done' && event.task.name === name ? [`${event.host} ${event.result.status}`] : [],
  );

describe('group_by', () => {
  const plays = `- hosts: all
  gather_facts: false
  tasks:
    - {name: first, group_by: {key: "is {{ role }}", parents: [every one]}}
    - {name: again, group_by: {key: "is {{ role }}", parents: [every one]}}
    - debug: {msg: "{{ group_names }} {{ of_file | default('-') }} {{ groups['is-web'] }}"}
- hosts: is-db
  gather_facts: false
  tasks: [{debug: {msg: "second {{ groups['every-one'] | length }}"}}]
`;

  it.each([false, true])('puts hosts in groups, with their variables and plays; check mode: %s', async (check) => {
    const played = await run(plays, { 'group_vars/is-web.yml': 'of_file: yes it is\n' }, { check });
    expect(played.problems).toEqual([]);
    expect(ends(played, 'first')).toEqual(['a changed', 'b changed', 'c changed']);
    expect(ends(played, 'again')).toEqual(['a ok', 'b ok', 'c ok']);
    expect(played.said).toEqual([
      "a: ['every-one', 'is-web'] yes it is ['a', 'c']",
      "b: ['every-one', 'is-db'] - ['a', 'c']",
      "c: ['every-one', 'is-web'] yes it is ['a', 'c']",
      'b: second 3',
    ]);
  });

  it('fails where groups would hold each other', async () => {
    const { text, worst } = await run(`- hosts: a
  gather_facts: false
  tasks:
    - group_by: {key: inner, parents: outer}
    - group_by: {key: outer, parents: inner}
`);
    expect(worst).toBe('failed');
    expect(text).toContain('group "outer" cannot be a child of "inner": inner > outer > inner is a loop');
  });
});

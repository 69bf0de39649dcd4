import { describe, expect, it } from 'vitest';
import { type Played, playbook } from '../../support/playbook.ts';

const HOSTS = `all:
  vars: {ansible_connection: local}
  hosts: {a: {}, b: {}, c: {}}
`;

const run = (plays: string): Promise<Played> => playbook({ files: { 'hosts.yml': HOSTS, 'site.yml': plays } });

/** How a task ended on each host. */
const ends = ({ events }: Played, name: string): string[] =>
  events.flatMap((event) =>
    event.type === 'task-done' && event.task.name === name ? [`${event.host} ${event.result.status}`] : [],
  );

describe('add_host', () => {
  it('adds a host once for all, for the plays that follow, and tells when nothing is new', async () => {
    const played = await run(`- hosts: all
  gather_facts: false
  tasks:
    - {name: first, add_host: "name=new groups=web,more ansible_connection=local colour=red", register: r}
    - {name: again, add_host: {name: new, groups: [web, more], colour: red}}
    - {name: other, add_host: {hostname: new, colour: blue, list: [1]}, changed_when: false}
    - add_host: {name: "{{ item }}:2222", ansible_connection: local}
      loop: [x, "[fe80::1]"]
    - debug: {msg: "{{ r is defined }} {{ groups.web }} {{ hostvars.new.colour }}"}
    - debug: {msg: "{{ hostvars.x.ansible_ssh_port }} {{ hostvars['fe80::1'].ansible_ssh_port }} {{ r.add_host }}"}
      when: r is defined
- hosts: web:x
  gather_facts: false
  tasks: [{debug: {msg: "{{ group_names }} {{ list | default('-') }} {{ inventory_file is none }}"}}]
`);
    expect(played.problems).toEqual([]);
    expect(ends(played, 'first')).toEqual(['a changed']);
    expect(ends(played, 'again')).toEqual(['a ok']);
    expect(ends(played, 'other')).toEqual(['a ok']);
    const told =
      "{'host_name': 'new', 'groups': ['web', 'more'], 'host_vars': {'ansible_connection': 'local', 'colour': 'red'}}";
    expect(played.said).toEqual([
      "a: True ['new'] blue",
      "b: False ['new'] blue",
      "c: False ['new'] blue",
      `a: 2222 2222 ${told}`,
      "new: ['more', 'web'] [1] True",
      "x: ['ungrouped'] - True",
    ]);
  });

  it('is refused without a name, and fails with groups that are none', async () => {
    const { problems } = await run('- hosts: a\n  tasks: [{add_host: {groups: web}}]\n');
    expect(problems.join()).toContain('site.yml:2:12: add_host needs "name"');
    const { text } = await run('- hosts: a\n  gather_facts: false\n  tasks: [{add_host: {name: x, groups: {a: b}}}]\n');
    expect(text).toContain('add_host takes a list of names for "groups", not {"a":"b"}');
  });
});

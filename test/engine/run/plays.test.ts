import { describe, expect, it } from 'vitest';
import { play, playbook } from '../../support/playbook.ts';

describe('plays', () => {
  it('run in batches of serial, the last size repeating', async () => {
    const { events } = await playbook({
      files: { 'site.yml': play('- debug: {msg: x}\n', '  serial: [1, "50%"]\n') },
    });
    expect(events.flatMap((event) => (event.type === 'play-start' ? [event.hosts] : []))).toEqual([
      ['a1'],
      ['a2'],
      ['b1'],
    ]);
  });

  it.each([
    ['serial', 'half', 'serial must be a number of hosts, a percentage, or a list of those, not "half"'],
    ['order', 'odd', 'order must be inventory, reverse_inventory, sorted, reverse_sorted or shuffle, not "odd"'],
  ])('refuse a %s that a template makes wrong as they do one that is written', async (keyword, value, what) => {
    const { problems } = await playbook({
      files: { 'site.yml': play('- debug:\n', `  ${keyword}: "{{ v }}"\n`) },
      extraVars: { v: value },
    });
    expect(problems.map((problem) => problem.split('\n')[0])).toEqual([expect.stringContaining(what)]);
  });

  it('look at one variable of another host, and at no other of its', async () => {
    const { said } = await playbook({
      files: {
        'group_vars/all.yml': 'broken: "{{ no_such_variable }}"\n',
        'site.yml': `${play("- set_fact: {seen: x}\n  when: inventory_hostname == 'a1'\n")}\n${play("- debug: {msg: \"{{ hostvars['a1'].seen }}\"}\n  when: inventory_hostname == 'a2'\n")}`,
      },
    });
    expect(said).toEqual(['a2: x']);
  });

  it('end for all hosts when any_errors_fatal is set', async () => {
    const { said } = await playbook({
      files: {
        'site.yml': play(
          "- fail: {msg: nope}\n  when: inventory_hostname == 'a2'\n- debug: {msg: x}\n",
          '  any_errors_fatal: true\n',
        ),
      },
    });
    expect(said).toEqual([]);
  });

  it('go on for the others when one host fails', async () => {
    const { said } = await playbook({
      files: { 'site.yml': play("- fail: {msg: nope}\n  when: inventory_hostname == 'a2'\n- debug: {msg: x}\n") },
    });
    expect(said).toEqual(['a1: x', 'b1: x']);
  });

  it('tell which hosts they are for, which are left, and which are in the batch', async () => {
    const hosts = 'ansible_play_hosts_all, ansible_play_hosts, ansible_play_batch, play_hosts';
    const { said } = await playbook({
      files: {
        'site.yml': `- hosts: a
  gather_facts: false
  tasks:
    - fail:
      when: inventory_hostname == 'a1'
- hosts: all
  gather_facts: false
  serial: 1
  tasks:
    - debug: {msg: "{{ [${hosts}] | map('join') | join(' ') }}"}
`,
      },
    });
    expect(said).toEqual(['a2: a1a2b1 a2b1 a2 a2', 'b1: a1a2b1 a2b1 b1 b1']);
  });

  it('gather the facts of the hosts that gather_facts says', async () => {
    const missing = `gather_facts: "{{ ansible_facts.system is undefined }}"`;
    const { events } = await playbook({
      files: {
        'site.yml': `- hosts: a1
  gather_subset: [min]
- hosts: all
  gather_subset: [min]
  ${missing}
- hosts: all
  ${missing}
`,
      },
    });
    const gathered = events.flatMap((event) =>
      event.type === 'task-done' ? [`${event.task.name} ${event.host}`] : [],
    );
    expect(gathered.sort()).toEqual(['Gathering Facts a1', 'Gathering Facts a2', 'Gathering Facts b1']);
  });

  it('leave out hosts that failed in an earlier play', async () => {
    const { said } = await playbook({
      files: {
        'site.yml': `${play("- fail: {msg: nope}\n  when: inventory_hostname == 'a2'\n")}\n${play('- debug: {msg: second}\n')}`,
      },
    });
    expect(said).toEqual(['a1: second', 'b1: second']);
  });

  it('run a task once with run_once and give its result to every host', async () => {
    const { said, events } = await playbook({
      files: {
        'site.yml': play(
          '- command: echo only\n  run_once: true\n  register: out\n- debug: {msg: "{{ out.stdout }}"}\n',
        ),
      },
    });
    const ran = events.filter((event) => event.type === 'task-done' && event.task.module === 'command');
    expect(ran).toHaveLength(1);
    expect(said).toEqual(['a1: only', 'a2: only', 'b1: only']);
  });

  it('delegate a task with the variables of the host it is for', async () => {
    const { events, said } = await playbook({
      files: {
        'site.yml': play(`- command: "echo {{ inventory_hostname }}"
  delegate_to: b1
  register: out
- debug: {msg: "{{ out.stdout }}"}
`),
      },
      limit: 'a1',
    });
    expect(said).toEqual(['a1: a1']);
    expect(events).toContainEqual(expect.objectContaining({ type: 'task-done', host: 'a1', delegatedTo: 'b1' }));
  });

  it('end for a host at meta: end_host and for all at meta: end_play', async () => {
    const { said } = await playbook({
      files: {
        'site.yml': play(`- meta: end_host
  when: inventory_hostname == 'a1'
- debug: {msg: one}
- meta: end_play
- debug: {msg: two}
`),
      },
    });
    expect(said).toEqual(['a2: one', 'b1: one']);
  });

  it('make a new connection after meta: reset_connection, on the hosts where its condition holds', async () => {
    const ask = '- shell: echo $PPID\n  register: ';
    const tell = '- debug: {msg: "{{ one.stdout == two.stdout }} {{ two.stdout == three.stdout }}"}\n';
    const reset = "- meta: reset_connection\n  when: inventory_hostname != 'a2'\n";
    const { said } = await playbook({
      files: { 'site.yml': play(`${ask}one\n${ask}two\n${reset}${ask}three\n${tell}`) },
    });
    expect(said).toEqual(['a1: True False', 'a2: True True', 'b1: True False']);
  });

  it('run only what tags select, and always what is tagged always', async () => {
    const tasks = `- debug: {msg: one}
  tags: one
- debug: {msg: two}
  tags: [two]
- debug: {msg: always}
  tags: always
- debug: {msg: never}
  tags: never
`;
    const only = await playbook({ files: { 'site.yml': play(tasks) }, limit: 'b1', tags: ['two'] });
    expect(only.said).toEqual(['b1: two', 'b1: always']);
    const all = await playbook({ files: { 'site.yml': play(tasks) }, limit: 'b1', skipTags: ['one'] });
    expect(all.said).toEqual(['b1: two', 'b1: always']);
  });

  it('ignore errors where told to, and count them', async () => {
    const { recap, said } = await playbook({
      files: { 'site.yml': play('- command: "false"\n  ignore_errors: true\n- debug: {msg: went on}\n') },
      limit: 'b1',
    });
    expect(said).toEqual(['b1: went on']);
    expect(recap.get('b1')).toMatchObject({ ok: 2, ignored: 1, failed: 0 });
  });

  it('judge results by changed_when and failed_when', async () => {
    const { recap, text } = await playbook({
      files: {
        'site.yml': play(`- command: echo one
  register: out
  changed_when: "'two' in out.stdout"
- command: "false"
  register: out
  failed_when: out.rc > 1
- command: echo bad
  register: out
  failed_when: out.stdout == 'bad'
`),
      },
      limit: 'b1',
    });
    expect(recap.get('b1')).toMatchObject({ ok: 2, changed: 1, failed: 1 });
    expect(text).toContain("failed_when was true: out.stdout == 'bad'");
  });

  it('run no action in check mode but where check_mode is false', async () => {
    const { recap, said } = await playbook({
      files: {
        'site.yml': play(`- command: echo no
- command: echo yes
  check_mode: false
  register: out
- debug: {msg: "{{ out.stdout }} {{ ansible_check_mode }}"}
`),
      },
      limit: 'b1',
      check: true,
    });
    expect(said).toEqual(['b1: yes True']);
    expect(recap.get('b1')).toMatchObject({ skipped: 1, changed: 1 });
  });

  it('hide the results of tasks with no_log', async () => {
    const { text } = await playbook({
      files: {
        'site.yml': play(
          '- command: echo s3cret-value\n  no_log: true\n- command: sh -c "echo s3cret-value >&2; exit 1"\n  no_log: true\n',
        ),
      },
      limit: 'b1',
    });
    expect(text).not.toContain('s3cret-value');
  });
});

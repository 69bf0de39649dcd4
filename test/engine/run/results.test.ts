import { describe, expect, it } from 'vitest';
import { type Played, play, playbook } from '../../support/playbook.ts';

const onA1 = (tasks: string, more: Partial<Parameters<typeof playbook>[0]> = {}): Promise<Played> =>
  playbook({ files: { 'site.yml': play(tasks) }, limit: 'a1', ...more });

const say = (expression: string): string => `- debug: {msg: "{{ ${expression} }}"}\n`;

describe('loops', () => {
  it('give ansible_loop with extended, and keep it and the index in the results', async () => {
    const { said } =
      await onA1(`- debug: {msg: "{{ ansible_loop.index }} {{ ansible_loop.last }} {{ ansible_loop.previtem | default('-') }}"}
  loop: [a, b]
  loop_control: {extended: true, index_var: ix}
  register: r
${say("r.results | map(attribute='ix') | list")}${say('r.results[0].ansible_loop.allitems')}- debug: {msg: "{{ ansible_loop.allitems is defined }}"}
  loop: [a]
  loop_control: {extended: true, extended_allitems: false}
`);
    expect(said).toEqual(['a1: 1 False -', 'a1: 2 True a', 'a1: [0,1]', 'a1: ["a","b"]', 'a1: false']);
  });

  it('go over what a lookup gives with with_', async () => {
    const { said, problems } = await onA1(`- debug: {msg: "{{ item.0 }}{{ item.1 }}"}
  with_nested: [[a, b], "{{ l }}"]
  vars: {l: [1]}
- debug: {msg: "{{ item }}"}
  with_sequence: count=2
- debug: {msg: "{{ item.0.name }}{{ item.1 }}"}
  with_subelements: [[{name: x, keys: [k]}, {name: y}], keys, {skip_missing: true}]
`);
    expect(problems).toEqual([]);
    expect(said).toEqual(['a1: a1', 'a1: b1', 'a1: 1', 'a1: 2', 'a1: xk']);
    const { problems: unknown } = await onA1('- debug:\n  with_nothing: [1]\n');
    expect(unknown.map((problem) => problem.split('\n')[0])).toEqual([
      'site.yml:5:7: "with_nothing" is not supported yet',
    ]);
  });

  it('end after an item for which break_when holds', async () => {
    const { said } = await onA1(
      `- debug: {msg: "{{ item }}"}\n  loop: [a, b, c]\n  loop_control: {break_when: item == 'b'}\n  register: r\n${say('r.results | length')}`,
    );
    expect(said).toEqual(['a1: a', 'a1: b', 'a1: 2']);
  });

  it('fail an item whose label is wrong and go on', async () => {
    const { recap, returned, said } = await onA1(
      `- name: labelled\n  command: echo\n  loop: [1, 2]\n  loop_control: {label: "{{ item.none }}"}\n  ignore_errors: true\n  register: r\n${say("r.results | map(attribute='failed') | list")}`,
    );
    expect(said).toEqual(['a1: [true,true]']);
    expect(recap.get('a1')).toMatchObject({ ignored: 1 });
    expect(returned('labelled')).toBeDefined();
  });
});

describe('until', () => {
  it('tries the same each time, and counts the tries after the first when it gives up', async () => {
    const { said, recap } = await onA1(`- set_fact: {n: "{{ n | default(0) | int + 1 }}"}
  until: n | int > 1
  retries: 2
  delay: 0
  register: r
  ignore_errors: true
${say('n')}${say('r.attempts')}- command: echo
  until: false
  retries: 1
  delay: 0
  register: r
  ignore_errors: true
${say('r.attempts')}${say('r.changed')}`);
    expect(said).toEqual(['a1: 1', 'a1: 2', 'a1: 1', 'a1: true']);
    expect(recap.get('a1')).toMatchObject({ ignored: 2 });
  });

  it('is not looked at with no retries, and lets failed_when see how often it was tried', async () => {
    const { said } = await onA1(`- command: echo
  until: false
  retries: 0
  register: r
${say('r.attempts is defined')}- command: echo
  retries: 3
  delay: 0
  register: r
  failed_when: r.attempts < 3
${say('r.attempts')}`);
    expect(said).toEqual(['a1: false', 'a1: 3']);
  });
});

describe('results', () => {
  it('of tries are not told under no_log', async () => {
    const { text } = await onA1(
      '- fail: {msg: geheim}\n  no_log: true\n  retries: 1\n  delay: 0\n  ignore_errors: true\n',
    );
    expect(text).toContain('retrying: [a1] 1 of 1: until is not true yet');
    expect(text).not.toContain('geheim');
  });

  it('are all that is told under no_log', async () => {
    const tasks = '- remark:\n  no_log: true\n- remark:\n';
    const { text } = await onA1(`- import_role: {name: r}\n${tasks}`, {
      files: {
        'site.yml': play(`- import_role: {name: r}\n${tasks}`),
        'roles/r/tasks/main.yml': '[]\n',
        'roles/r/modules/remark.ts': `import { defineController } from 'mesh-play';
export default defineController({
  name: 'remark', description: 'Warns.', schema: { type: 'object', additionalProperties: false, properties: {} },
  evaluate: async (_args, _evaluator, controller) => (controller.warn('geheim'), {}),
});
`,
      },
    });
    expect(text.match(/warning: .*/g)).toEqual(['warning: [a1] geheim']);
  });

  it('of set_fact that may be cached are facts too', async () => {
    const { said } = await onA1(
      `- set_fact: {x: 1, cacheable: true}\n- set_fact: {y: 1}\n${say("[ansible_facts.x, ansible_facts.y | default('-')]")}`,
    );
    expect(said).toEqual(['a1: [1,"-"]']);
  });

  it('of a command that ran out of time are no change', async () => {
    const { recap } = await onA1('- command: sleep 5\n  timeout: 1\n  ignore_errors: true\n');
    expect(recap.get('a1')).toMatchObject({ ignored: 1, changed: 0 });
  });

  it('of a failure tell whether something changed, and count it when the failure is ignored', async () => {
    const { said, recap } = await onA1(`- command: "false"
  register: r
  ignore_errors: true
${say('r.changed')}- command: "false"
  changed_when: false
  register: r
  ignore_errors: true
${say('r.changed')}- command: echo
  failed_when: true
  register: r
  ignore_errors: true
${say('r.changed')}`);
    expect(said).toEqual(['a1: true', 'a1: false', 'a1: true']);
    expect(recap.get('a1')).toMatchObject({ changed: 2, ignored: 3 });
  });

  it('of a skip tell a boolean condition as one', async () => {
    const { said } = await onA1(`- debug:\n  when: false\n  register: r\n${say('r.false_condition is boolean')}`);
    expect(said).toEqual(['a1: true']);
  });

  it('of a command with creates are a change in check mode', async () => {
    const { recap } = await onA1('- command: echo\n  args: {creates: /nonexistent}\n- command: echo\n', {
      check: true,
    });
    expect(recap.get('a1')).toMatchObject({ changed: 1, skipped: 1 });
  });

  it.each(['command: sh -c "exit 1"', 'shell: exit 1'])(
    'of a %s in check mode are those of a success that nothing was run for, and until holds',
    async (command) => {
      const { said, recap } = await onA1(
        `- ${command}\n  register: r\n  until: r.rc == 0\n${say('r is skipped, r.rc, r.stdout_lines, r.end')}`,
        { check: true },
      );
      expect(said).toEqual(['a1: [true,0,[],null]']);
      expect(recap.get('a1')).toMatchObject({ skipped: 1, failed: 0 });
    },
  );
});

describe('delegate_to', () => {
  it('a host that the inventory does not have connects by the variables of the task and the play', async () => {
    const { said, problems } = await playbook({
      files: {
        'hosts.yml': 'all: {hosts: {a1: {ansible_connection: local}}}\n',
        'site.yml': play(
          `- command: echo there\n  delegate_to: nowhere.example\n  vars: {ansible_connection: local}\n  register: r\n${say('r.stdout')}${say("'nowhere.example' in groups['all']")}`,
        ),
      },
    });
    expect(problems).toEqual([]);
    expect(said).toEqual(['a1: there', 'a1: false']);
  });
});

describe('plays', () => {
  it('take hosts in the order they ask for', async () => {
    const { events } = await playbook({
      files: { 'site.yml': play('- debug:\n', '  order: reverse_sorted\n  serial: 1\n') },
    });
    expect(events.flatMap((event) => (event.type === 'play-start' ? event.hosts : []))).toEqual(['b1', 'a2', 'a1']);
  });

  it('without a name are called by their hosts, and a task with an empty name by its module', async () => {
    const { events, started } = await playbook({
      files: { 'site.yml': '- hosts: [a1, "{{ \'b1\' }}"]\n  gather_facts: false\n  tasks: [{name: , debug: }]\n' },
    });
    expect(events.flatMap((event) => (event.type === 'play-start' ? [event.play] : []))).toEqual(['a1,b1']);
    expect(started).toEqual(['debug']);
  });

  it('never show what a module says must not be printed, the line of the file included', async () => {
    const { text } = await onA1(`- uri: {url: "http://127.0.0.1:1/", url_password: not-for-you}
  ignore_errors: true
- debug: {msg: it was not-for-you}
`);
    expect(text).toMatch(/http:\/\/127\.0\.0\.1:1\/ did not answer: curl: .*onnect/);
    expect(text).not.toContain('not-for-you');
  });

  it('fail where a keyword comes to what is neither true nor false, or to no number', async () => {
    const { text, started } = await onA1(`- {name: b, command: id, become: "{{ 'perhaps' }}", ignore_errors: true}
- {name: i, command: "false", ignore_errors: "{{ 'perhaps' }}"}
- {name: never, command: id}
`);
    expect(started).toEqual(['b', 'i']);
    expect(text.match(/"perhaps" is neither true nor false/g)).toHaveLength(2);
    const tried = await onA1(`- {name: r, command: id, retries: "{{ 'many' }}", until: false}\n`);
    expect(tried.text).toContain('retries must be a number, not "many"');
    const quiet = await onA1(`- {name: q, command: echo hush-hush, no_log: "{{ 'perhaps' }}", register: r}\n`);
    expect(quiet.text).not.toContain('hush-hush');
  });

  it('answer the same names where there was nothing to run', async () => {
    const { said } = await onA1(`- command: ls -l creates=/etc/passwd
  register: r
${say('r.cmd')}${say('[r.rc, r.stderr, r.stderr_lines, r.stdout, r.changed]')}`);
    expect(said).toEqual(['a1: ["ls","-l"]', 'a1: [0,"",[],"skipped, since /etc/passwd exists",false]']);
  });

  it('take the other names that Ansible has for a module', async () => {
    const { said, problems } = await onA1(`- ansible.builtin.systemd_service: {name: a}
- systemd_service: {nam: a}
- ansible.posix.sysctl: {nam: a}
- ansible.legacy.command: echo one
  register: r
`);
    expect(said).toEqual([]);
    expect(problems.map((problem) => problem.split('\n')[0])).toEqual([
      'site.yml:5:7: systemd needs "name", "daemon_reload" or "daemon_reexec"',
      'site.yml:5:25: systemd has no argument "nam"',
      'site.yml:6:7: sysctl needs "name"',
      'site.yml:6:30: sysctl has no argument "nam"',
    ]);
  });

  it('may name modules in action and local_action', async () => {
    const { said, problems, events } = await onA1(`- action: debug msg="one two"
- action: {module: ansible.builtin.debug, msg: three}
- local_action: command echo four
  register: r
- local_action: {module: debug, msg: "{{ r.stdout }}"}
- action: debug
  args: {msg: five}
`);
    expect(problems).toEqual([]);
    expect(said).toEqual(['a1: one two', 'a1: three', 'a1: four', 'a1: five']);
    const delegated = events.flatMap((event) => (event.type === 'task-done' ? [event.delegatedTo] : []));
    expect(delegated).toEqual([undefined, undefined, 'localhost', 'localhost', undefined]);
    const wrong = await onA1('- action: {msg: x}\n- local_action: command ehco chdirr=/\n- action: debgu msg=x\n');
    expect(wrong.problems.map((problem) => problem.split('\n')[0])).toEqual([
      'site.yml:4:15: action names no module',
      'site.yml:6:15: there is no module "debgu"',
    ]);
  });

  it('are what a playbook must have', async () => {
    expect((await playbook({ files: { 'site.yml': '' } })).problems).toEqual(['site.yml:1:1: this playbook is empty']);
    expect((await playbook({ files: { 'site.yml': '[]\n' } })).problems[0]?.split('\n')[0]).toBe(
      'site.yml:1:1: this playbook has no plays',
    );
  });

  it('gather nothing with everything left out of gather_subset', async () => {
    const { recap } = await playbook({ files: { 'site.yml': '- hosts: a1\n  gather_subset: ["!all", "!min"]\n' } });
    expect(recap.get('a1')).toMatchObject({ ok: 1, failed: 0 });
  });
});

it('a loop that failed is changed where one of its items was', async () => {
  const { said, recap } = await onA1(`- shell: exit {{ item }}
  loop: [0, 1, 2]
  register: codes
  changed_when: codes.rc == 1
  failed_when: codes.rc > 1
  ignore_errors: true
${say('[codes is failed, codes is changed]')}`);
  expect(said).toEqual(['a1: [true,true]']);
  expect(recap.get('a1')).toMatchObject({ changed: 1, ignored: 1 });
});

it('what ran nothing has changed nothing, unless changed_when says so', async () => {
  const { said } = await playbook({
    files: {
      'site.yml': play(`- command: /mesh-play/nosuch
  register: gone
  failed_when: false
- command: /mesh-play/nosuch
  register: claimed
  failed_when: false
  changed_when: true
- shell: exit 127
  register: ran
  failed_when: false
- slurp: {src: /mesh-play/nosuch}
  register: unread
  failed_when: false
- debug: {msg: "{{ unread.msg }}"}
- debug: {msg: "{{ [gone, claimed, ran] | map(attribute='changed') }} {{ [gone, claimed, ran] | map(attribute='rc') }}"}
`),
    },
    limit: 'a1',
  });
  expect(said).toEqual(['a1: there is no file /mesh-play/nosuch on the host', 'a1: [False, True, True] [2, 2, 127]']);
});

it('arguments that a module does not take are judged by failed_when, and a template that fails is not', async () => {
  const { said, recap } = await playbook({
    files: {
      'site.yml': play(`- file: {path: /mesh-play/x, state: "{{ 'bogus' }}"}
  register: wrong
  failed_when: false
- lineinfile: {path: /mesh-play/x}
  register: missing
  failed_when: false
- command: {cmd: "true", chdir: "{{ [1] }}"}
  register: looped
  failed_when: item == 2
  loop: [1, 2]
  ignore_errors: true
- debug: {msg: "{{ wrong.msg }}|{{ missing.msg }}|{{ looped.results | map(attribute='failed') }}"}
- command: "{{ nowhere }}"
  failed_when: false
`),
    },
    limit: 'a1',
  });
  expect(said).toEqual([
    'a1: file takes file, directory, link, hard, touch or absent for "state", not "bogus"|lineinfile: "line" is needed with state: present|[False, True]',
  ]);
  expect(recap.get('a1')).toMatchObject({ ok: 4, failed: 1, ignored: 1 });
});

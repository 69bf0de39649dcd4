import { describe, expect, it } from 'vitest';
import { playbook } from '../../support/playbook.ts';

const site = (tasks: string, handlers: string): Record<string, string> => ({
  'site.yml': `- hosts: a1
  gather_facts: false
  tasks:
${tasks.replace(/^(?=.)/gm, '    ')}
  handlers:
${handlers.replace(/^(?=.)/gm, '    ')}`,
});

const HANDLERS = `- name: one
  debug: {msg: one}
- name: two
  debug: {msg: two}
  listen: topic
- name: three
  debug: {msg: three}
  listen: [topic, other]
`;

describe('handlers', () => {
  it('run once, in the order they are written, at the end of the tasks', async () => {
    const { said } = await playbook({
      files: site(
        `- command: echo
  notify: [two, one]
- command: echo
  notify: one
- debug: {msg: last task}
`,
        HANDLERS,
      ),
    });
    expect(said).toEqual(['a1: last task', 'a1: one', 'a1: two']);
  });

  it('run when a topic they listen to is notified', async () => {
    const { said } = await playbook({ files: site('- command: echo\n  notify: topic\n', HANDLERS) });
    expect(said).toEqual(['a1: two', 'a1: three']);
  });

  it('do not run when the task changed nothing', async () => {
    const { said } = await playbook({
      files: site('- command: echo\n  changed_when: false\n  notify: one\n', HANDLERS),
    });
    expect(said).toEqual([]);
  });

  it('run early at meta: flush_handlers', async () => {
    const { said } = await playbook({
      files: site('- command: echo\n  notify: one\n- meta: flush_handlers\n- debug: {msg: after}\n', HANDLERS),
    });
    expect(said).toEqual(['a1: one', 'a1: after']);
  });

  it('that are unknown fail the task and name the nearest', async () => {
    const { recap, text } = await playbook({ files: site('- command: echo\n  notify: "{{ \'thre\' }}"\n', HANDLERS) });
    expect(recap.get('a1')).toMatchObject({ failed: 1 });
    expect(text).toContain('no handler is named "thre" or listens to it');
    expect(text).toContain('mend: did you mean "three"?');
  });

  it('of a role that a task imports are known', async () => {
    const { said } = await playbook({
      files: {
        'site.yml': '- hosts: a1\n  gather_facts: false\n  tasks:\n    - import_role: {name: web, tasks_from: other}\n',
        'roles/web/tasks/other.yml': '- command: echo\n  notify: web is restarted\n',
        'roles/web/handlers/main.yml': '- name: web is restarted\n  debug: {msg: restarted}\n',
      },
    });
    expect(said).toEqual(['a1: restarted']);
  });

  it('tell that one is missing also when a task with a loop notifies it', async () => {
    const { text } = await playbook({
      files: site('- command: echo {{ item }}\n  loop: [x]\n  notify: "{{ \'no such\' }}"\n', HANDLERS),
    });
    expect(text).toContain('no handler is named "no such" or listens to it');
  });
});

const CHANGE = '- command: echo\n  notify: ';

describe('handlers, as ansible-core 2.19 has them', () => {
  it('of one name: the first of the list read last answers', async () => {
    const { said } = await playbook({
      files: {
        ...site(`${CHANGE}same\n`, '- name: same\n  debug: {msg: first}\n- name: same\n  debug: {msg: second}\n'),
        'roles/r/handlers/main.yml': '- name: same\n  debug: {msg: role}\n',
      },
    });
    expect(said).toEqual(['a1: first']);
  });

  it('of roles that tasks import come after those of the play, and answer before them', async () => {
    const { said } = await playbook({
      files: {
        ...site(
          `- import_role: {name: r}\n${CHANGE}[same, own]\n`,
          '- name: same\n  debug: {msg: play}\n- name: own\n  debug: {msg: own}\n',
        ),
        'roles/r/tasks/main.yml': '[]\n',
        'roles/r/handlers/main.yml': '- name: same\n  debug: {msg: role}\n',
      },
    });
    expect(said).toEqual(['a1: own', 'a1: role']);
  });

  it('may include and import tasks, be a meta task, and stand in a block', async () => {
    const { said, problems } = await playbook({
      files: {
        ...site(
          `${CHANGE}[included, imported, blocked, end]\n- debug: {msg: task}\n`,
          `- name: included
  include_tasks: i.yml
- import_tasks: j.yml
  when: x
  vars: {x: true}
- block:
    - name: blocked
      debug: {msg: "{{ b }}"}
  vars: {b: in a block}
- name: end
  meta: end_host
- name: never
  debug: {msg: never}
  listen: imported
`,
        ),
        'i.yml': '- debug: {msg: one}\n- debug: {msg: two}\n',
        'j.yml': '- name: imported\n  debug: {msg: three}\n',
      },
    });
    expect(problems).toEqual([]);
    expect(said).toEqual(['a1: task', 'a1: one', 'a1: two', 'a1: three', 'a1: in a block']);
  });

  it('cannot be roles, flushes or blocks that rescue', async () => {
    const { problems } = await playbook({
      files: site(
        '- debug:\n',
        '- include_role: {name: r}\n- name: f\n  meta: flush_handlers\n- block: []\n  rescue: []\n',
      ),
    });
    expect(problems.map((problem) => problem.split('\n')[0])).toEqual([
      'site.yml:7:7: include_role is no handler',
      'site.yml:9:13: meta: flush_handlers is no handler',
      'site.yml:11:7: a block among handlers has no use for "rescue"',
    ]);
  });

  it('are notified by the items of a loop, each by its own name, once any of them changed something', async () => {
    const { said } = await playbook({
      files: site(
        `- command: echo
  changed_when: item == 'two'
  notify: "{{ item }}"
  loop: [one, two]
`,
        HANDLERS,
      ),
    });
    expect(said).toEqual(['a1: one', 'a1: two']);
  });

  it('are notified by a block for the tasks in it', async () => {
    const { said } = await playbook({ files: site('- notify: one\n  block:\n    - command: echo\n', HANDLERS) });
    expect(said).toEqual(['a1: one']);
  });

  it('flush only where the condition of the flush holds', async () => {
    const { said } = await playbook({
      files: site(`${CHANGE}one\n- meta: flush_handlers\n  when: false\n- debug: {msg: task}\n`, HANDLERS),
    });
    expect(said).toEqual(['a1: task', 'a1: one']);
  });

  it('that fail in a flush are rescued by the block around it', async () => {
    const { said, recap } = await playbook({
      files: site(
        `- block:
    - command: echo
      notify: bad
    - meta: flush_handlers
  rescue:
    - debug: {msg: rescued}
`,
        '- name: bad\n  fail: {msg: bad}\n',
      ),
    });
    expect(said).toEqual(['a1: rescued']);
    expect(recap.get('a1')).toMatchObject({ rescued: 1, failed: 0 });
  });

  it('that a later handler notifies wait for the next flush', async () => {
    const files = site(
      `${CHANGE}last\n- meta: flush_handlers\n- debug: {msg: task}\n`,
      '- name: first\n  debug: {msg: first}\n- name: last\n  debug: {msg: last}\n  changed_when: true\n  notify: first\n',
    );
    expect((await playbook({ files })).said).toEqual(['a1: last', 'a1: task', 'a1: first']);
  });

  it('run on a host that failed with force_handlers, by keyword or for all plays', async () => {
    const files = site(`${CHANGE}one\n- fail:\n- debug: {msg: never}\n`, HANDLERS);
    expect((await playbook({ files })).said).toEqual([]);
    expect((await playbook({ files, forceHandlers: true })).said).toEqual(['a1: one']);
    const keyword = { 'site.yml': files['site.yml']?.replace('  tasks:', '  force_handlers: true\n  tasks:') ?? '' };
    const { said, recap } = await playbook({ files: keyword });
    expect(said).toEqual(['a1: one']);
    expect(recap.get('a1')).toMatchObject({ failed: 1 });
  });
});

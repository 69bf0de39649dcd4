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
    const { recap, text } = await playbook({ files: site('- command: echo\n  notify: thre\n', HANDLERS) });
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
      files: site('- command: echo {{ item }}\n  loop: [x]\n  notify: no such\n', HANDLERS),
    });
    expect(text).toContain('no handler is named "no such" or listens to it');
  });
});

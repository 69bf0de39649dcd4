import { describe, expect, it } from 'vitest';
import { Problem } from '../../../engine/problem.ts';
import { play, playbook } from '../../support/playbook.ts';

const SECOND = '- hosts: all\n  gather_facts: false\n  tasks:\n    - debug: {msg: second}\n';
const FAIL_ON_A1 = "- fail:\n  when: inventory_hostname == 'a1'\n";

describe('meta', () => {
  it('end_play asks the first host alone, and begins no further batch', async () => {
    const notFirst = await playbook({
      files: { 'site.yml': play("- meta: end_play\n  when: inventory_hostname == 'a2'\n- debug: {msg: next}\n") },
    });
    expect(notFirst.said).toEqual(['a1: next', 'a2: next', 'b1: next']);
    const ended = await playbook({
      files: { 'site.yml': `${play('- debug: {msg: next}\n- meta: end_play\n', '  serial: 1\n')}${SECOND}` },
    });
    expect(ended.said).toEqual(['a1: next', 'a1: second', 'a2: second', 'b1: second']);
  });

  it('end_batch ends one batch and begins the next', async () => {
    const { said } = await playbook({
      files: {
        'site.yml': play(
          "- meta: end_batch\n  when: inventory_hostname == 'a1'\n- debug: {msg: next}\n",
          '  serial: 1\n',
        ),
      },
    });
    expect(said).toEqual(['a2: next', 'b1: next']);
  });

  it('clear_facts forgets what was gathered and keeps what was set', async () => {
    const { said } = await playbook({
      files: {
        'site.yml':
          '- hosts: a1\n  gather_subset: [min]\n  tasks:\n    - set_fact: {x: 1}\n    - meta: clear_facts\n    - debug: {msg: "{{ x }} {{ ansible_system is defined }}"}\n',
      },
    });
    expect(said).toEqual(['a1: 1 False']);
  });

  it('clear_host_errors lets a host that failed take part in the next play', async () => {
    const { said, worst } = await playbook({
      files: { 'site.yml': `${play(`${FAIL_ON_A1}- meta: clear_host_errors\n- debug: {msg: next}\n`)}${SECOND}` },
    });
    expect(said).toEqual(['a2: next', 'b1: next', 'a1: second', 'a2: second', 'b1: second']);
    expect(worst).toBe('fine');
  });

  it('end_role outside a role is refused', async () => {
    const { problems } = await playbook({ files: { 'site.yml': play('- meta: end_role\n') } });
    expect(problems[0]?.split('\n')[0]).toBe('site.yml:4:13: meta: end_role stands in the tasks of a role');
  });
});

describe('max_fail_percentage', () => {
  it('does not count what a rescue or an always still follows', async () => {
    const { said } = await playbook({
      files: {
        'site.yml': play(
          `- block:\n${FAIL_ON_A1.replace(/^(?=.)/gm, '    ')}  rescue:\n    - debug: {msg: rescued}\n- debug: {msg: next}\n`,
          '  max_fail_percentage: 10\n',
        ),
      },
    });
    expect(said).toEqual(['a1: rescued', 'a1: next', 'a2: next', 'b1: next']);
  });
});

describe('a host that cannot be reached', () => {
  const lost = async () => {
    throw new Problem({ code: 'unreachable', what: 'refused' });
  };

  it('counts as ignored and not as unreachable with ignore_unreachable, in each item of a loop', async () => {
    const { recap, said, worst } = await playbook({
      files: {
        'site.yml': play(
          '- ping: {data: "{{ item }}"}\n  loop: [a, b]\n  ignore_unreachable: true\n  register: r\n- debug: {msg: "{{ r.results | length }}"}\n',
        ),
      },
      connect: lost,
      limit: 'a1',
    });
    expect(said).toEqual(['a1: 2']);
    expect(recap.get('a1')).toMatchObject({ ok: 2, ignored: 1, unreachable: 0 });
    expect(worst).toBe('fine');
  });

  it('does not count for max_fail_percentage', async () => {
    const { said, worst } = await playbook({
      files: { 'site.yml': play('- ping:\n- debug: {msg: next}\n', '  max_fail_percentage: 0\n') },
      connect: async (target, signal) =>
        target.host === 'a1' ? lost() : (await import('../../../engine/connection/connect.ts')).connect(target, signal),
    });
    expect(said).toEqual(['a2: next', 'b1: next']);
    expect(worst).toBe('unreachable');
  });
});

describe('ignore_errors', () => {
  it('is worked out for each item of a loop', async () => {
    const { recap } = await playbook({
      files: { 'site.yml': play('- fail:\n  loop: [1, 2]\n  ignore_errors: "{{ item == 1 }}"\n') },
      limit: 'a1',
    });
    expect(recap.get('a1')).toMatchObject({ failed: 1, ignored: 0 });
  });
});

describe('tags', () => {
  it('of a play are those of its fact gathering too', async () => {
    const { started } = await playbook({
      files: {
        'site.yml': '- hosts: a1\n  tags: p\n  gather_subset: [min]\n  tasks:\n    - debug: {msg: x}\n      tags: x\n',
      },
      tags: ['x'],
    });
    expect(started).toEqual(['debug']);
  });
});

describe('a task for all hosts', () => {
  const unreachable = {
    'hosts.yml':
      'all: {vars: {ansible_connection: local}, hosts: {a1: {ansible_connection: ssh, ansible_host: 127.0.0.1, ansible_port: 1}, a2: {}}}\n',
  };
  const once = (more = ''): string => play(`- command: id\n  run_once: true\n${more}- debug: {msg: next}\n`);

  it('ends the play for all where the host that does it once cannot be reached, as in Ansible', async () => {
    const { said, worst } = await playbook({ files: { ...unreachable, 'site.yml': `${once()}${SECOND}` } });
    expect(said).toEqual([]);
    expect(worst).toBe('unreachable');
  });

  it.each(['ignore_errors: true', 'ignore_unreachable: true'])('does not with %s', async (keyword) => {
    const { said } = await playbook({ files: { ...unreachable, 'site.yml': once(`  ${keyword}\n`) } });
    expect(said).toContain('a2: next');
  });

  it.each(['run_once: "{{ nope }}"', 'throttle: "{{ nope }}"', 'any_errors_fatal: "{{ nope }}"', 'diff: "{{ nope }}"'])(
    'fails before it did anything where it has %s, and what was done before is told',
    async (keyword) => {
      const { text, recap, worst } = await playbook({
        files: { 'site.yml': play(`- command: id\n- command: id\n  ${keyword}\n`) },
        limit: 'a1',
      });
      expect(recap.get('a1')).toMatchObject({ changed: 1, failed: 1 });
      expect(text).toContain("'nope' is undefined");
      expect(worst).toBe('failed');
    },
  );

  it('fails where throttle comes to no number', async () => {
    const { text } = await playbook({ files: { 'site.yml': play('- command: id\n  throttle: "{{ \'two\' }}"\n') } });
    expect(text).toContain('site.yml:4:7: throttle must be a number, not "two"');
  });
});

describe('a play that is wrong', () => {
  it.each([
    ['max_fail_percentage: "{{ \'half\' }}"', 'site.yml:7:25: max_fail_percentage must be a number, not "half"'],
    ['serial: "{{ nope }}"', "site.yml:7:15: 'nope' is undefined"],
  ])('still has what the one before it did told: %s', async (keyword, what) => {
    const { recap, problems, said } = await playbook({
      files: { 'site.yml': `${play('- command: id\n')}${play('- debug: {msg: next}\n', `  ${keyword}\n`)}` },
      limit: 'a1',
    });
    expect(problems[0]?.split('\n')[0]).toBe(what);
    expect(recap.get('a1')).toMatchObject({ changed: 1 });
    expect(said).toEqual([]);
  });
});

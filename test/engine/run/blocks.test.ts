import { describe, expect, it } from 'vitest';
import { play, playbook } from '../../support/playbook.ts';

describe('blocks', () => {
  it('runs rescue on the hosts that failed and always on all, and counts them rescued', async () => {
    const { said, recap } = await playbook({
      files: {
        'site.yml': play(`- block:
    - fail: {msg: nope}
      when: inventory_hostname == 'a1'
    - debug: {msg: went on}
  rescue:
    - debug: {msg: "rescued {{ ansible_failed_task.name }}: {{ ansible_failed_result.msg }}"}
  always:
    - debug: {msg: always}
- debug: {msg: after}
`),
      },
    });
    expect(said.filter((line) => line.startsWith('a1'))).toEqual(['a1: rescued : nope', 'a1: always', 'a1: after']);
    expect(said.filter((line) => line.startsWith('b1'))).toEqual(['b1: went on', 'b1: always', 'b1: after']);
    expect(recap.get('a1')).toMatchObject({ failed: 0, rescued: 1 });
  });

  it('keeps a host failed after always when nothing rescued it', async () => {
    const { said, recap } = await playbook({
      files: {
        'site.yml': play(`- block:
    - fail: {msg: nope}
      when: inventory_hostname == 'a1'
  always:
    - debug: {msg: always}
- debug: {msg: after}
`),
      },
    });
    expect(said.filter((line) => line.startsWith('a1'))).toEqual(['a1: always']);
    expect(recap.get('a1')).toMatchObject({ failed: 1, rescued: 0 });
  });

  it('gives a failure in a nested block to the nearest rescue around it', async () => {
    const { said } = await playbook({
      files: {
        'site.yml': play(
          `- block:
    - block:
        - fail: {msg: inner}
      always:
        - debug: {msg: cleaned}
  rescue:
    - debug: {msg: rescued}
`,
        ),
      },
      limit: 'b1',
    });
    expect(said).toEqual(['b1: cleaned', 'b1: rescued']);
  });

  it('lets conditions, variables and become of a block hold for what is in it', async () => {
    const { said, recap } = await playbook({
      files: {
        'site.yml': play(`- when: inventory_hostname != 'b1'
  vars: {word: block}
  block:
    - debug: {msg: "{{ word }}"}
    - debug: {msg: "{{ word }}"}
      vars: {word: task}
`),
      },
    });
    expect(said).toEqual(['a1: block', 'a2: block', 'a1: task', 'a2: task']);
    expect(recap.get('b1')).toMatchObject({ ok: 0, skipped: 2 });
  });
});

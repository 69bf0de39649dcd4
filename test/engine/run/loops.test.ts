import { describe, expect, it } from 'vitest';
import { play, playbook } from '../../support/playbook.ts';

const on = (tasks: string) => ({ files: { 'site.yml': play(tasks) }, limit: 'b1' });

describe('loops', () => {
  it('give each item by its name, with index and label', async () => {
    const { said, text } = await playbook(
      on(`- debug: {msg: "{{ i }} {{ fruit.name }}"}
  loop: [{name: fig, colour: blue}, {name: pear, colour: green}]
  loop_control: {loop_var: fruit, index_var: i, label: "{{ fruit.name }}"}
`),
    );
    expect(said).toEqual(['b1: 0 fig', 'b1: 1 pear']);
    expect(text).toContain('ok: [b1] => (item=fig)');
  });

  it('of with_items flatten one level and of with_dict give key and value', async () => {
    const { said } = await playbook(
      on(`- debug: {msg: "{{ item }}"}
  with_items: [1, [2, [3]]]
- debug: {msg: "{{ item.key }}={{ item.value }}"}
  with_dict: {a: 1, b: 2}
`),
    );
    expect(said).toEqual(['b1: 1', 'b1: 2', 'b1: [3]', 'b1: a=1', 'b1: b=2']);
  });

  it('of with_community.general.flattened flatten all levels', async () => {
    const { said, problems } = await playbook(
      on(`- debug: {msg: "{{ item }}"}
  with_community.general.flattened: [a, "{{ more }}", [[b, None, c]], d]
  vars: {more: [e, [f]]}
`),
    );
    expect(problems).toEqual([]);
    expect(said).toEqual(['b1: a', 'b1: e', 'b1: f', 'b1: b', 'b1: d']);
  });

  it('flatten too where the lookup is called as before collections', async () => {
    const { said, problems } = await playbook(
      on(`- debug: {msg: "{{ item }}"}
  loop: "{{ q('flattened', [a, [b]]) }}"
  vars: {a: 1, b: [2, [3]]}
- debug: {msg: "{{ item }}"}
  with_flattened: [[4, [5]]]
`),
    );
    expect(problems).toEqual([]);
    expect(said).toEqual(['b1: 1', 'b1: 2', 'b1: 3', 'b1: 4', 'b1: 5']);
  });

  it('register the results of all items', async () => {
    const { said } = await playbook(
      on(`- command: "echo {{ item }}"
  loop: [x, y]
  register: out
- debug: {msg: "{{ out.results | map(attribute='stdout') | join(' ') }} {{ out.changed }} {{ out.results[1].item }}"}
`),
    );
    expect(said).toEqual(['b1: x y True y']);
  });

  it('go on after an item failed, and fail the task', async () => {
    const { recap, events } = await playbook(
      on(`- command: "{{ item }}"
  loop: ["false", "true"]
- debug: {msg: never}
`),
    );
    const items = events.flatMap((event) => (event.type === 'item-done' ? [event.result.status] : []));
    expect(items).toEqual(['failed', 'changed']);
    expect(recap.get('b1')).toMatchObject({ failed: 1, ok: 0 });
  });

  it('let set_fact build on the item before', async () => {
    const { said } = await playbook(
      on(`- set_fact: {sum: "{{ (sum | default(0)) + item }}"}
  loop: [1, 2, 3]
- debug: {msg: "{{ sum }}"}
`),
    );
    expect(said).toEqual(['b1: 6']);
  });

  it('over something that is no list are refused, with the filter that helps', async () => {
    const { text } = await playbook(
      on(`- debug: {msg: "{{ item }}"}
  loop: "{{ {'a': 1} }}"
`),
    );
    expect(text).toContain('loop needs a list, got a dictionary');
    expect(text).toContain('mend: add the filter dict2items');
  });

  it.each(['debug: {msg: "{{ item }}"}', 'include_tasks: "{{ item }}.yml"'])(
    'over what is not defined are skipped where a condition says so: %s',
    async (task) => {
      const looped = `- ${task}\n  loop: "{{ nothing }}"\n`;
      const { problems, recap } = await playbook(on(`${looped}  when: nothing is defined\n`));
      expect(problems).toEqual([]);
      expect(recap.get('b1')).toMatchObject({ skipped: 1, failed: 0 });
      const { text } = await playbook(on(`${looped}  when: item == "a"\n`));
      expect(text).toContain("'nothing' is undefined");
      expect(text).not.toContain("'item' is undefined");
    },
  );

  it('are skipped whole when there is no item', async () => {
    const { recap } = await playbook(on('- debug: {msg: x}\n  loop: []\n'));
    expect(recap.get('b1')).toMatchObject({ skipped: 1, ok: 0 });
  });

  it('until repeat a task and keep the number of attempts', async () => {
    const { said } = await playbook(
      on(`- command: sh -c 'echo x >> {{ playbook_dir }}/count; wc -l < {{ playbook_dir }}/count'
  register: out
  until: out.stdout | int >= 3
  retries: 5
  delay: 0
- debug: {msg: "{{ out.attempts }} {{ out.stdout }}"}
`),
    );
    expect(said).toEqual(['b1: 3 3']);
  });

  it('until is not asked where check mode leaves the task out', async () => {
    const { recap, said, text } = await playbook({
      ...on(`- uri: {url: "http://127.0.0.1:9/"}
  register: out
  until: out.status == 200
- command: "true"
  register: ran
  until: ran.stdout == "x"
- debug: {msg: "{{ out is skipped }} {{ ran is skipped }}"}
`),
      check: true,
    });
    expect(text).not.toContain('failed:');
    expect(said).toEqual(['b1: True True']);
    expect(recap.get('b1')).toMatchObject({ failed: 0, skipped: 2 });
  });

  it('until that never comes true fails', async () => {
    const { text, recap } = await playbook(
      on('- command: "true"\n  register: out\n  until: out.rc == 1\n  retries: 2\n  delay: 0\n'),
    );
    expect(text).toContain('until was still not true after 3 attempts');
    expect(recap.get('b1')).toMatchObject({ failed: 1 });
  });
});

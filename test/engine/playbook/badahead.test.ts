import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { type Played, play, playbook } from '../../support/playbook.ts';

/** What is told before a host is contacted; a run that began instead is told of as such. */
const toldOf = async (files: Record<string, string>): Promise<string> => shown(await playbook({ files }));

const shown = ({ problems, text }: Played): string =>
  (problems.length > 0 ? problems.join('\n') : `began:\n${text}`)
    .replaceAll(/\/\S+\/mesh-play-test-\w+/g, '.')
    .replaceAll(`${tmpdir()}/`, '../');

const ofTasks = (tasks: string, keywords = ''): Promise<string> => toldOf({ 'site.yml': play(tasks, keywords) });

describe('a loop, before the run', () => {
  it('over a word, which may be meant for a variable', async () => {
    expect(await ofTasks('- debug: {msg: "{{ item }}"}\n  loop: packages\n')).toMatchInlineSnapshot(`
      "site.yml:5:13: loop needs a list, got string "packages"
           5 |       loop: packages
             |             ^^^^^^^^
        mend: write "{{ packages }}" to mean the variable"
    `);
  });

  it('over a dictionary', async () => {
    expect(await ofTasks('- debug: {msg: a}\n  loop:\n    a: 1\n')).toMatchInlineSnapshot(`
      "site.yml:6:9: loop needs a list, got a dictionary
           6 |         a: 1
             |         ^
        mend: use with_dict to go through a dictionary"
    `);
    expect(await ofTasks('- include_tasks: "{{ item }}.yml"\n  loop: 5\n')).toMatchInlineSnapshot(`
      "site.yml:5:13: loop needs a list, got number 5
           5 |       loop: 5
             |             ^"
    `);
  });

  it('with_ and what the lookup does not take', async () => {
    expect(await ofTasks('- debug: {msg: a}\n  with_dict: [a, b]\n')).toMatchInlineSnapshot(`
      "site.yml:5:18: with_dict needs a dictionary, got string "a"
           5 |       with_dict: [a, b]
             |                  ^
        mend: use with_items to go through a list"
    `);
    expect(await ofTasks('- debug: {msg: a}\n  with_dict: users\n')).toMatchInlineSnapshot(`
      "site.yml:5:18: with_dict needs a dictionary, got string "users"
           5 |       with_dict: users
             |                  ^^^^^
        mend: write "{{ users }}" to mean the variable"
    `);
    expect(await ofTasks('- debug: {msg: a}\n  with_sequence: start=1 end=x\n')).toMatchInlineSnapshot(`
      "site.yml:5:22: "start=1 end=x" is no sequence
           5 |       with_sequence: start=1 end=x
             |                      ^^^^^^^^^^^^^"
    `);
    expect(await ofTasks('- debug: {msg: a}\n  with_subelements: [[a], b]\n')).toMatchInlineSnapshot(`
      "site.yml:5:25: 'b' is undefined
           5 |       with_subelements: [[a], b]
             |                         ^"
    `);
  });

  it('leaves to the run what a template comes to, and takes what is right', async () => {
    const tasks = `- debug: {msg: "{{ item }}"}
  loop: "{{ [1] }}"
- debug: {msg: "{{ item }}"}
  loop: [2]
- debug: {msg: "{{ item }}"}
  with_items: 3
- debug: {msg: "{{ item }}"}
  with_items: [[4], "{{ 5 }}"]
- debug: {msg: "{{ item.key }}"}
  with_dict: {6: a}
- debug: {msg: "{{ item }}"}
  with_sequence: count=1 start=7
- debug: {msg: 8}
  loop:
`;
    const { said, problems } = await playbook({ files: { 'site.yml': play(tasks).replace('all', 'b1') } });
    expect(problems).toEqual([]);
    expect(said).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((number) => `b1: ${number}`));
  });
});

describe('keywords of a play, before the run', () => {
  it('serial that is no number, no percentage and no list of them', async () => {
    expect(await ofTasks('- debug:\n', '  serial: x%\n')).toMatchInlineSnapshot(`
      "site.yml:3:11: serial must be a number of hosts, a percentage, or a list of those, not "x%"
           3 |   serial: x%
             |           ^^
        mend: write 2, or "30%", or [1, "30%"]"
    `);
    expect(await ofTasks('- debug:\n', '  serial: [1, half, "{{ y }}", [2]]\n')).toMatchInlineSnapshot(`
      "site.yml:3:15: serial must be a number of hosts, a percentage, or a list of those, not "half"
           3 |   serial: [1, half, "{{ y }}", [2]]
             |               ^^^^
        mend: write 2, or "30%", or [1, "30%"]
      site.yml:3:32: serial must be a number of hosts, a percentage, or a list of those, not a list
           3 |   serial: [1, half, "{{ y }}", [2]]
             |                                ^
        mend: write 2, or "30%", or [1, "30%"]"
    `);
    expect(await ofTasks('- debug:\n', '  serial: {a: 1}\n')).toMatchInlineSnapshot(`
      "site.yml:3:11: serial must be a number of hosts, a percentage, or a list of those, not a dictionary
           3 |   serial: {a: 1}
             |           ^
        mend: write 2, or "30%", or [1, "30%"]"
    `);
    for (const right of ['2', '"30%"', '[1, "50%", "2"]', '"{{ 1 }}"', '-1', '[]', '']) {
      expect(await ofTasks('- debug:\n', `  serial: ${right}\n`)).toMatch(/^began/);
    }
  });

  it('an order that there is not', async () => {
    expect(await ofTasks('- debug:\n', '  order: revers_sorted\n')).toMatchInlineSnapshot(`
      "site.yml:3:10: order must be inventory, reverse_inventory, sorted, reverse_sorted or shuffle, not "revers_sorted"
           3 |   order: revers_sorted
             |          ^^^^^^^^^^^^^"
    `);
  });
});

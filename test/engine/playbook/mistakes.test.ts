import { expect, it } from 'vitest';
import { play, playbook } from '../../support/playbook.ts';

const FILES = { 'roles/web/tasks/main.yml': '[]\n', 'dir/a.yml': '[]\n', 'text.yml': 'just text\n' };

/** What is told of a playbook before a host is contacted. */
const told = async (site: string): Promise<string> => {
  const { problems } = await playbook({ files: { ...FILES, 'site.yml': site } });
  return problems.join('\n');
};

const ofPlay = (keywords: string): Promise<string> => told(`- hosts: all\n  ${keywords}\n`);

it('what would be ignored is refused: values of a kind that a keyword does not take', async () => {
  const tasks = `- debug:
  tags: {a: b}
- command: id
  environment: PATH=/opt
- command: id
  environment: [{A: b}, "{{ env }}", B=c]
- command: id
  delegate_to: [a]
- name: {a: b}
  debug:
- debug:
  register: [a]
- debug:
  loop: [1]
  loop_control: {loop_var: my-item, index_var: [a]}
- debug:
  vars: {my-var: 1, _right: 2}
`;
  expect(await told(play(tasks, '  become_method: sudoo\n  connection: locl\n'))).toMatchInlineSnapshot(`
    "site.yml:3:18: become_method must be sudo or su, not "sudoo"
         3 |   become_method: sudoo
           |                  ^^^^^
    site.yml:4:15: connection must be ssh, openssh or local, not "locl"
         4 |   connection: locl
           |               ^^^^
    site.yml:7:13: tags must be a tag, or a list of tags, not a dictionary
         7 |       tags: {a: b}
           |             ^
    site.yml:9:20: environment must be a dictionary of variables
         9 |       environment: PATH=/opt
           |                    ^^^^^^^^^
      mend: write NAME: value under it
    site.yml:11:42: environment must be a dictionary of variables
        11 |       environment: [{A: b}, "{{ env }}", B=c]
           |                                          ^^^
      mend: write NAME: value under it
    site.yml:13:20: delegate_to must be a text, not a list
        13 |       delegate_to: [a]
           |                    ^
    site.yml:14:13: name must be a text, not a dictionary
        14 |     - name: {a: b}
           |             ^
    site.yml:17:17: register needs a variable name, and a list is none
        17 |       register: [a]
           |                 ^
      mend: use letters, digits and _, not beginning with a digit
    site.yml:20:32: loop_var needs a variable name, and "my-item" is none
        20 |       loop_control: {loop_var: my-item, index_var: [a]}
           |                                ^^^^^^^
      mend: use letters, digits and _, not beginning with a digit
    site.yml:20:52: index_var needs a variable name
        20 |       loop_control: {loop_var: my-item, index_var: [a]}
           |                                                    ^
      mend: use letters, digits and _, not beginning with a digit
    site.yml:22:14: "my-var" is no name for a variable
        22 |       vars: {my-var: 1, _right: 2}
           |              ^^^^^^
      mend: use letters, digits and _, not beginning with a digit"
  `);
});

it('keywords of a play of a kind that it does not take', async () => {
  expect(await told('- hosts: {a: b}\n  tasks: []\n')).toMatchInlineSnapshot(`
    "site.yml:1:10: hosts must be a pattern of hosts, or a list of those, not a dictionary
         1 | - hosts: {a: b}
           |          ^"
  `);
  expect(await ofPlay('roles: web')).toMatchInlineSnapshot(`
    "site.yml:2:10: roles must be a list
         2 |   roles: web
           |          ^^^
      mend: write it as a list: [web]"
  `);
  expect(await ofPlay('handlers: {name: a}')).toMatchInlineSnapshot(`
    "site.yml:2:13: handlers must be a list
         2 |   handlers: {name: a}
           |             ^
      mend: begin each handler with "- ""
  `);
  expect(await ofPlay('vars_files: [text.yml, {a: b}, dir]')).toMatchInlineSnapshot(`
    "text.yml:1:1: a file of variables must be a dictionary
         1 | just text
           | ^^^^^^^^^
      mend: write NAME: value
    site.yml:2:26: vars_files takes names of files
         2 |   vars_files: [text.yml, {a: b}, dir]
           |                          ^
    site.yml:2:34: "dir" is a folder, and a file is read here
         2 |   vars_files: [text.yml, {a: b}, dir]
           |                                  ^^^"
  `);
  expect(await ofPlay('gather_subset: [hardwear]')).toContain(
    'site.yml:2:19: setup takes all, min, platform, distribution,',
  );
  expect(await ofPlay('gather_subset: ["!all", "{{ x }}"]\n  gather_facts: false')).toBe('');
});

it('a file of tasks that is run as a playbook', async () => {
  expect(await told('- debug: {msg: a}\n- hosts: all\n  wrong: 1\n')).toMatchInlineSnapshot(`
    "site.yml:1:3: this is a task, and a playbook is a list of plays
         1 | - debug: {msg: a}
           |   ^
      mend: put it under tasks: of a play that says its hosts
    site.yml:3:3: a play has no keyword "wrong"
         3 |   wrong: 1
           |   ^^^^^"
  `);
});

it('a folder where a file is read', async () => {
  expect(await told(play('- import_tasks: dir\n- include_tasks: dir\n'))).toMatchInlineSnapshot(`
    "site.yml:4:21: "dir" is a folder, and a file is read here
         4 |     - import_tasks: dir
           |                     ^^^
    site.yml:5:22: "dir" is a folder, and a file is read here
         5 |     - include_tasks: dir
           |                      ^^^"
  `);
});

it('keys that stand in the wrong place', async () => {
  const tasks = `- debug:
  msg: a
- command: id
  listen: x
- block: [debug: ]
  loop: [1]
- command: id
  debug:
- debug:
  with_itms: [1]
- include: a.yml
`;
  expect(await told(play(tasks))).toMatchInlineSnapshot(`
    "site.yml:5:7: a task has one module, and this one has "debug" and "msg"
         5 |       msg: a
           |       ^^^
      why:  a key that is no keyword names a module
      mend: indent "msg" further, under "debug", if it is an argument
    site.yml:7:7: a task has one module, and this one has "command" and "listen"
         7 |       listen: x
           |       ^^^^^^
      why:  a key that is no keyword names a module
      mend: only handlers listen; move the task to handlers
    site.yml:9:7: a block has no keyword "loop"
         9 |       loop: [1]
           |       ^^^^
      mend: put it on the tasks of the block
    site.yml:11:7: a task has one module, and this one has "command" and "debug"
        11 |       debug:
           |       ^^^^^
      why:  a key that is no keyword names a module
      mend: make two tasks of it
    site.yml:13:7: a task has no keyword "with_itms"
        13 |       with_itms: [1]
           |       ^^^^^^^^^
      mend: did you mean "with_items"?
    site.yml:14:7: there is no module "include"
        14 |     - include: a.yml
           |       ^^^^^^^
      why:  the modules of a file are looked up before its tasks run
      mend: did you mean "include_tasks"?"
  `);
});

it('a line that begins in the wrong column, and one equals sign', async () => {
  expect(await told(play('- name: a\n   debug:\n'))).toMatchInlineSnapshot(`
    "site.yml:5:13: this is not valid YAML: bad indentation of a mapping entry
         5 |        debug:
           |             ^
      mend: begin it in the same column as what stands beside it in the lines above"
  `);
  expect(await told(play('- debug:\n  when: x = 1\n'))).toMatchInlineSnapshot(`
    "site.yml:5:15: this template cannot be read: expected the end of the expression, found "="
         5 |       when: x = 1
           |               ^
      mend: use == to compare"
  `);
});

it('problems are told in the order of lines', async () => {
  const problems = await told('- hosts: all\n  tasks: [{comand: id}]\n  serial: x\n  roles: [none]\n');
  expect(problems.match(/^site.yml:\d/gm)).toEqual(['site.yml:2', 'site.yml:3', 'site.yml:4']);
});

it('a text with a space that should have been quoted', async () => {
  expect(await told(play('- debug: msg=hello world\n- debug: hello world\n'))).toMatchInlineSnapshot(`
    "site.yml:4:24: debug takes arguments by name, not a bare text
         4 |     - debug: msg=hello world
           |                        ^^^^^
      why:  the arguments in a file are checked before its tasks run
      mend: quote a value that holds spaces: msg="hello world"
    site.yml:5:14: debug takes arguments by name, not a bare text
         5 |     - debug: hello world
           |              ^^^^^^^^^^^
      why:  the arguments in a file are checked before its tasks run
      mend: debug takes msg, var, verbosity"
  `);
});

it('braces in a condition', async () => {
  expect(await told(play('- debug: {msg: a}\n  when: "{{ x }} == 1"\n'))).toMatchInlineSnapshot(`
    "site.yml:5:19: this template cannot be read: expected ":", found "}"
         5 |       when: "{{ x }} == 1"
           |                   ^
      mend: a condition is an expression already: leave out {{ and }}"
  `);
});

it('keywords by the names they had', async () => {
  expect(await ofPlay('sudo: true\n  user: me')).toMatchInlineSnapshot(`
    "site.yml:2:3: a play has no keyword "sudo"
         2 |   sudo: true
           |   ^^^^
      mend: it is called become now
    site.yml:3:3: a play has no keyword "user"
         3 |   user: me
           |   ^^^^
      mend: it is called remote_user now"
  `);
});

it.each([
  ['{msg: a\n  vars: {b: c}', '2:10', '{ is not closed', 'close it with }'],
  ['"abc\n  vars: {b: c}', '2:10', '" is not closed', 'close it with "'],
  ['{msg: [1, 2}', '2:21', '[ is closed by }', 'close it with ]'],
  ['%x', '2:10', 'a value cannot begin with %', 'put the whole value in quotes'],
  ['@x', '2:10', 'a value cannot begin with @', 'put the whole value in quotes'],
  ["'it's'", '2:14', 'something comes after the closing quote', "inside of '…' write a quote twice: ''"],
  ['"a" b', '2:14', 'something comes after the closing quote', 'put the whole value in single quotes'],
  ['"C:\\dir"', '2:14', 'unknown escape sequence', 'write the backslash twice, or put the value in single quotes'],
  ['[1, 2 # {', '2:10', '[ is not closed', 'close it with ]'],
  ['"it\'s" # not "\n  x: [a', '3:6', '[ is not closed', 'close it with ]'],
])('a value that YAML reads otherwise than it is meant: %s', async (value, place, what, mend) => {
  const lines = (await ofPlay(`roles: ${value}`)).split('\n');
  expect(lines[0]).toBe(`site.yml:${place}: this is not valid YAML: ${what}`);
  expect(lines.at(-1)).toBe(`  mend: ${mend}`);
});

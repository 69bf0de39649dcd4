import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { play, playbook } from '../../support/playbook.ts';

/** Every problem found in the files, as it is printed. */
const problemsOf = async (files: Record<string, string>): Promise<string> =>
  (await playbook({ files })).problems
    .join('\n')
    .replaceAll(/\/\S+\/mesh-play-test-\w+/g, '.')
    .replaceAll(`${tmpdir()}/`, '../');

it('an unknown keyword is refused with the nearest one', async () => {
  expect(await problemsOf({ 'site.yml': '- hosts: all\n  gather_factz: false\n  tasks: []\n' })).toMatchInlineSnapshot(`
    "site.yml:2:3: a play has no keyword "gather_factz"
         2 |   gather_factz: false
           |   ^^^^^^^^^^^^
      mend: did you mean "gather_facts"?"
  `);
  expect(await problemsOf({ 'site.yml': play('- command: id\n  whn: true\n') })).toMatchInlineSnapshot(`
    "site.yml:5:7: a task has one module, and this one has "command" and "whn"
         5 |       whn: true
           |       ^^^
      why:  a key that is no keyword names a module
      mend: did you mean "when"?"
  `);
});

it('an unknown module is refused with the nearest one', async () => {
  expect(await problemsOf({ 'site.yml': play('- comand: id\n') })).toMatchInlineSnapshot(`
    "site.yml:4:7: there is no module "comand"
         4 |     - comand: id
           |       ^^^^^^
      why:  the modules of a file are looked up before its tasks run
      mend: did you mean "command"?"
  `);
});

it('an unknown and a wrong argument are refused', async () => {
  expect(await problemsOf({ 'site.yml': play('- systemd: {name: a, enabeld: true}\n') })).toMatchInlineSnapshot(`
    "site.yml:4:26: systemd has no argument "enabeld"
         4 |     - systemd: {name: a, enabeld: true}
           |                          ^^^^^^^
      why:  the arguments in a file are checked before its tasks run
      mend: did you mean "enabled"? systemd takes name, state, enabled, masked, daemon_reload, daemon_reexec, scope, no_block, force"
  `);
  expect(await problemsOf({ 'site.yml': play('- systemd: {name: a, enabled: perhaps}\n') })).toMatchInlineSnapshot(`
    "site.yml:4:35: systemd takes true or false for "enabled", not "perhaps"
         4 |     - systemd: {name: a, enabled: perhaps}
           |                                   ^^^^^^^
      why:  the arguments in a file are checked before its tasks run"
  `);
});

it('an argument that is missing is asked for at its module', async () => {
  expect(await problemsOf({ 'site.yml': play('- service: {scope: user}\n') })).toMatchInlineSnapshot(`
    "site.yml:4:7: service needs "name", "daemon_reload" or "daemon_reexec"
         4 |     - service: {scope: user}
           |       ^^^^^^^
      why:  the arguments in a file are checked before its tasks run"
  `);
  expect(await problemsOf({ 'site.yml': play('- copy: {src: a, content: b}\n') })).toMatchInlineSnapshot(`
    "site.yml:4:7: copy needs "dest"
         4 |     - copy: {src: a, content: b}
           |       ^^^^
      why:  the arguments in a file are checked before its tasks run
      mend: copy takes src, content, dest, owner, group, mode, directory_mode, backup, force, follow, remote_src, decrypt, validate
    site.yml:4:7: copy takes only one of "src" and "content"
         4 |     - copy: {src: a, content: b}
           |       ^^^^
      why:  the arguments in a file are checked before its tasks run
    site.yml:4:19: there is no file "a" on the controller
         4 |     - copy: {src: a, content: b}
           |                   ^
      why:  looked for files/a, a"
  `);
});

it('a keyword of the wrong kind is refused, since it would be ignored', async () => {
  const tasks = `- command: id
  become: perhaps
  retries: many
  throttle: [1]
- command: id
  no_log: maybe
  delay: soon
  run_once: "{{ later }}"
  port: 22
  diff: y
`;
  const wrong = '- hosts: all\n  gather_facts: sure\n  max_fail_percentage: lots\n  tasks: []\n';
  const told = await problemsOf({ 'site.yml': play(tasks) + wrong });
  expect(told.split('\n').filter((line) => line.startsWith('site'))).toMatchInlineSnapshot(`
    [
      "site.yml:5:15: become must be true or false, not "perhaps"",
      "site.yml:6:16: retries must be a whole number, not "many"",
      "site.yml:7:17: throttle must be a whole number, not a list",
      "site.yml:9:15: no_log must be true or false, not "maybe"",
      "site.yml:10:14: delay must be a number of seconds, not "soon"",
      "site.yml:15:17: gather_facts must be true or false, not "sure"",
      "site.yml:16:24: max_fail_percentage must be a percentage, not "lots"",
    ]
  `);
});

it('a key that is written twice is refused with both places', async () => {
  expect(await problemsOf({ 'site.yml': play('- command: id\n  when: true\n  when: false\n') })).toMatchInlineSnapshot(`
    "site.yml:6:7: the key "when" is already at site.yml:5:7
         6 |       when: false
           |       ^^^^
      mend: keep one of the two"
  `);
});

it('a tab is refused where it stands', async () => {
  expect(await problemsOf({ 'site.yml': '- hosts: all\n\ttasks: []\n' })).toMatchInlineSnapshot(`
    "site.yml:2:1: a tab in the indentation; YAML takes spaces only
         2 | 	tasks: []
           | ^
      mend: replace the tab by spaces"
  `);
});

it('a template that cannot be read is refused inside a folded text', async () => {
  expect(
    await problemsOf({ 'site.yml': play('- debug:\n    msg: >\n      one\n      {{ two + }} three\n') }),
  ).toMatchInlineSnapshot(`
    "site.yml:7:20: this template cannot be read: expected a value, found "}}"
         7 |           {{ two + }} three
           |                    ^^"
  `);
});

it('a role and a file that are not there are refused', async () => {
  expect(
    await problemsOf({ 'site.yml': '- hosts: all\n  roles: [wbe]\n', 'roles/web/tasks/main.yml': '[]\n' }),
  ).toMatchInlineSnapshot(`
    "site.yml:2:11: there is no role "wbe"
         2 |   roles: [wbe]
           |           ^^^
      why:  looked in roles, ../roles
      mend: did you mean "web"?"
  `);
  expect(await problemsOf({ 'site.yml': play('- import_tasks: none.yml\n') })).toMatchInlineSnapshot(`
    "site.yml:4:21: there is no file "none.yml" to import
         4 |     - import_tasks: none.yml
           |                     ^^^^^^^^
      why:  looked in ."
  `);
});

it('files that include each other are refused', async () => {
  expect(
    await problemsOf({
      'site.yml': play('- import_tasks: a.yml\n'),
      'a.yml': '- import_tasks: b.yml\n',
      'b.yml': '- import_tasks: a.yml\n',
    }),
  ).toMatchInlineSnapshot(`
    "b.yml:1:17: this import goes in a circle: a.yml → b.yml → a.yml
         1 | - import_tasks: a.yml
           |                 ^^^^^"
  `);
});

it('roles that depend on each other are refused', async () => {
  expect(
    await problemsOf({
      'site.yml': '- hosts: all\n  roles: [a]\n',
      'roles/a/meta/main.yml': 'dependencies: [b]\n',
      'roles/b/meta/main.yml': 'dependencies: [a]\n',
    }),
  ).toMatchInlineSnapshot(`
    "roles/b/meta/main.yml:1:16: roles depend on each other in a circle: a → b → a
         1 | dependencies: [a]
           |                ^"
  `);
});

it('all problems of all files are told at once', async () => {
  const problems = await problemsOf({
    'site.yml': play('- import_tasks: a.yml\n- comand: id\n'),
    'a.yml': '- shel: ls\n',
  });
  expect(problems.match(/there is no module/g)).toHaveLength(2);
});

it('with_items of nothing', async () => {
  expect(await problemsOf({ 'site.yml': play('- command: id\n  with_items:\n') })).toContain(
    'with_items needs a value',
  );
});

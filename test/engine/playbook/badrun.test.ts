import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { play, playbook } from '../../support/playbook.ts';

/** What is said of bad input that only shows when the play runs, on the first host. */
const saidOf = async (tasks: string, files: Record<string, string> = {}): Promise<string> => {
  const site = tasks.startsWith('- hosts') ? tasks : play(tasks).replace('hosts: all', 'hosts: b1');
  const { text, problems } = await playbook({ files: { 'site.yml': site, ...files } });
  if (problems.length > 0) return problems.join('\n').replaceAll(/\/\S+\/mesh-play-test-\w+/g, '.');
  return text
    .slice(text.lastIndexOf('TASK'), text.indexOf('\nPLAY RECAP'))
    .replaceAll(/\/\S+\/mesh-play-test-\w+/g, '.')
    .replaceAll(`${tmpdir()}/`, '../')
    .trim();
};

it('an undefined variable is named, with the place in a folded text', async () => {
  expect(await saidOf('- debug:\n    msg: >\n      one\n      {{ nowhere }} three\n')).toMatchInlineSnapshot(`
    "TASK [debug]
    failed: [b1]
        site.yml:7:14: 'nowhere' is undefined
             7 |           {{ nowhere }} three
               |              ^^^^^^^"
  `);
});

it('a condition that is neither true nor false', async () => {
  expect(await saidOf('- debug: {msg: a}\n  vars: {x: "no"}\n  when: x\n')).toMatchInlineSnapshot(`
    "TASK [debug]
    failed: [b1]
        site.yml:6:13: this condition comes to str, not to true or false
             6 |       when: x
               |             ^
          mend: say when it holds: | bool for a text that is yes or no, != "" for one that is not empty"
  `);
  expect(await saidOf('- command: echo 1 == 1\n  register: r\n- debug:\n  when: "{{ r.stdout }}"\n')).toContain(
    'this condition comes to str, not to true or false',
  );
  expect(await saidOf('- command: echo\n  register: r\n  failed_when: r.rc\n')).toContain('comes to int');
  expect(await saidOf('- debug: {msg: a}\n  when: [[1]]\n')).toContain('comes to list');
  expect(await saidOf('- assert: {that: "[1]"}\n')).toContain('comes to list');
  expect(await saidOf('- debug: {msg: a}\n  when: ""\n')).toContain('this condition is empty');
  expect(await saidOf('- debug: {msg: a}\n  vars: {n: }\n  when: "{{ n }}"\n')).toContain('this condition is empty');
  expect(await saidOf('- debug: {msg: a}\n  when: \n')).toContain('ok: [b1]');
});

it('an undefined variable in when, and in a name of a host to delegate to', async () => {
  expect(await saidOf('- debug: {msg: a}\n  when: nowhere\n')).toMatchInlineSnapshot(`
    "TASK [debug]
    failed: [b1]
        site.yml:5:13: 'nowhere' is undefined
             5 |       when: nowhere
               |             ^^^^^^^"
  `);
  expect(await saidOf('- debug: {msg: a}\n  delegate_to: "{{ nohost }}"\n')).toMatchInlineSnapshot(`
    "TASK [debug]
    failed: [b1]
        site.yml:5:24: 'nohost' is undefined
             5 |       delegate_to: "{{ nohost }}"
               |                        ^^^^^^"
  `);
});

it('an undefined variable of the play', async () => {
  expect(
    await saidOf(
      '- hosts: b1\n  gather_facts: false\n  vars: {a: "{{ b }}", b: "{{ c }}"}\n  tasks: [debug: {msg: "{{ a }}"}]\n',
    ),
  ).toMatchInlineSnapshot(`
    "TASK [debug]
    failed: [b1]
        site.yml:4:11: 'c' is undefined
             4 |   tasks: [debug: {msg: "{{ a }}"}]
               |           ^
          why:  it is used in the variable "b""
  `);
});

it('files that include themselves when the play runs', async () => {
  expect(
    await saidOf('- include_tasks: a.yml\n', {
      'a.yml': '- include_tasks: b.yml\n',
      'b.yml': '- include_tasks: a.yml\n',
    }),
  ).toMatchInlineSnapshot(`
    "TASK [include_tasks]
    failed: [b1]
        b.yml:1:3: includes go deeper than 100
             1 | - include_tasks: a.yml
               |   ^
          why:  the last are b.yml → a.yml → b.yml
          mend: end it by a condition in when"
  `);
});

it('a role that includes itself when the play runs', async () => {
  expect(
    await saidOf('- include_role: {name: a}\n', { 'roles/a/tasks/main.yml': '- include_role: {name: a}\n' }),
  ).toMatchInlineSnapshot(`
    "TASK [include_role : a]
    failed: [b1]
        roles/a/tasks/main.yml:1:3: includes go deeper than 100
             1 | - include_role: {name: a}
               |   ^
          why:  the last are a → a → a
          mend: end it by a condition in when"
  `);
});

it('a file and a role to include that are not there', async () => {
  expect(await saidOf('- include_tasks: none.yml\n')).toMatchInlineSnapshot(`
    "site.yml:4:22: there is no file "none.yml" to include
         4 |     - include_tasks: none.yml
           |                      ^^^^^^^^
      why:  looked in ."
  `);
  expect(
    await saidOf('- include_role: {name: "{{ x }}"}\n  vars: {x: wbe}\n', { 'roles/web/tasks/main.yml': '[]\n' }),
  ).toMatchInlineSnapshot(`
    "TASK [include_role : {{ x }}]
    failed: [b1]
        site.yml:4:29: there is no role "wbe"
             4 |     - include_role: {name: "{{ x }}"}
               |                             ^^^^^^^
          why:  looked in roles, ../roles
          mend: did you mean "web"?"
  `);
});

it('files of the controller that are not there', async () => {
  expect(await saidOf('- copy: {src: none, dest: /opt/x}\n')).toMatchInlineSnapshot(`
    "site.yml:4:19: there is no file "none" on the controller
         4 |     - copy: {src: none, dest: /opt/x}
           |                   ^^^^
      why:  looked for files/none, none"
  `);
  expect(await saidOf('- hosts: b1\n  vars_files: [none.yml]\n  tasks: []\n')).toMatchInlineSnapshot(`
    "site.yml:2:16: there is no variables file "none.yml"
         2 |   vars_files: [none.yml]
           |                ^^^^^^^^
      why:  looked for none.yml"
  `);
});

it('a host in a pattern that is not there', async () => {
  const site = '- hosts: b1:bb1\n  gather_facts: false\n  tasks: []\n';
  const { text } = await playbook({ files: { 'site.yml': site } });
  expect(text.split('\n').filter((line) => line.startsWith('warning'))).toEqual([
    'warning: "bb1" is no host and no group of the inventory; did you mean "b1"?',
  ]);
});

it('groups that are children of each other', async () => {
  const inventory = 'all:\n  children:\n    a: {children: {b: {children: {a: {}}}}}\n';
  expect(await saidOf('- debug:\n', { 'hosts.yml': inventory })).toMatchInlineSnapshot(`
    "hosts.yml:3:20: group "b" cannot be a child of "a": a > b > a is a loop
         3 |     a: {children: {b: {children: {a: {}}}}}
           |                    ^
      mend: remove "b" from the children of "a""
  `);
});

it('an argument of a wrong type that a template makes', async () => {
  expect(await saidOf('- wait_for: {port: "{{ word }}"}\n  vars: {word: eighty}\n')).toMatchInlineSnapshot(`
    "TASK [wait_for]
    failed: [b1]
        site.yml:4:25: wait_for takes an integer from 1 to 65535 for "port", not "eighty"
             4 |     - wait_for: {port: "{{ word }}"}
               |                         ^^^^^^^^^^
          why:  that is what {{ word }} comes to"
  `);
});

it('numbers of a connection that are none', async () => {
  expect(await saidOf('- command: id\n  timeout: "{{ \'long\' }}"\n')).toMatchInlineSnapshot(`
    "TASK [command]
    failed: [b1]
        site.yml:4:7: timeout must be a number, not "long"
             4 |     - command: id
               |       ^"
  `);
  const far = 'ansible_connection: ssh, ansible_host: 127.0.0.1';
  expect(await saidOf(`- command: id\n  vars: {${far}, ansible_port: ssh}\n`)).toMatchInlineSnapshot(`
    "TASK [command]
    failed: [b1]
        site.yml:4:7: ansible_port must be a number from 1 to 65535, not "ssh"
             4 |     - command: id
               |       ^"
  `);
  expect(await saidOf(`- command: id\n  vars: {${far}, ansible_timeout: long}\n`)).toMatchInlineSnapshot(`
    "TASK [command]
    failed: [b1]
        site.yml:4:7: ansible_timeout must be a number, not "long"
             4 |     - command: id
               |       ^"
  `);
});

it('a play for hosts where there is no inventory', async () => {
  const { text } = await playbook({ files: { 'hosts.yml': 'all: {}\n', 'site.yml': play('- debug:\n') } });
  expect(text).toContain('skipping: the inventory has no hosts; name one with -i');
});

const MODULE = (plan: string): string => `import { defineModule } from 'mesh-play';
export default defineModule({
  name: 'mine',
  description: 'Mine.',
  schema: { type: 'object', additionalProperties: false, properties: {} },
  probe: async () => ({}),
  plan: ${plan},
  apply: async () => undefined,
});
`;
const ofModule = (text: string): Promise<string> =>
  saidOf('- hosts: b1\n  gather_facts: false\n  roles: [r]\n', {
    'roles/r/tasks/main.yml': '- mine:\n',
    'roles/r/modules/mine.ts': text,
  });

it('a module of a role that cannot be read, or throws when it is loaded', async () => {
  expect(await ofModule(MODULE('() => [;'))).toMatchInlineSnapshot(`
    "roles/r/tasks/main.yml:1:3: the module "mine" does not load: Unexpected token
         1 | - mine:
           |   ^^^^
        roles/r/modules/mine.ts:7
             7 |   plan: () => [;,
               |                ^"
  `);
  expect(await ofModule('const port: number = undefined!;\nexport default port.toString();\n')).toMatchInlineSnapshot(`
    "roles/r/tasks/main.yml:1:3: the module "mine" does not load: Cannot read properties of undefined (reading 'toString')
         1 | - mine:
           |   ^^^^
        roles/r/modules/mine.ts:2
             2 | export default port.toString();
               | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"
  `);
});

it('a module of a role that throws at its work', async () => {
  expect(await ofModule(MODULE('(state: any) => state.lines.length'))).toMatchInlineSnapshot(`
    "TASK [r : mine]
    failed: [b1]
        roles/r/tasks/main.yml:1:3: Cannot read properties of undefined (reading 'length')
             1 | - mine:
               |   ^
            roles/r/modules/mine.ts:7
                 7 |   plan: (state: any) => state.lines.length,
                   |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          why:  the code of the module threw this"
  `);
});

it('an environment that is none', async () => {
  expect(await saidOf('- command: id\n  environment: {"A; touch /tmp/x": b}\n')).toMatchInlineSnapshot(`
    "TASK [command]
    failed: [b1]
        site.yml:5:20: environment cannot set "A; touch ../x", which is no name of a variable
             5 |       environment: {"A; touch ../x": b}
               |                    ^"
  `);
  expect(await saidOf('- command: id\n  vars: {e: PATH=/opt}\n  environment: "{{ e }}"\n')).toMatchInlineSnapshot(`
    "TASK [command]
    failed: [b1]
        site.yml:6:21: environment takes a dictionary, not "PATH=/opt"
             6 |       environment: "{{ e }}"
               |                     ^^^^^^^"
  `);
});

import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../../engine/problem.ts';
import { type Played, play, playbook, type Settings } from '../../support/playbook.ts';

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

describe('a secret in the line that a problem shows', () => {
  it('is hidden where the schema says that the argument is one', async () => {
    expect(await ofTasks('- user: {name: x, password: [hunter2, other], uid: many}\n')).toMatchInlineSnapshot(`
      "site.yml:4:33: user takes a string for "password", not <hidden>
           4 |     - user: {name: x, password: <hidden>, uid: many}
             |                                 ^^^^^^^^
        why:  the arguments in a file are checked before its tasks run
      site.yml:4:56: user takes an integer of at least 0 for "uid", not "many"
           4 |     - user: {name: x, password: <hidden>, uid: many}
             |                                                ^^^^
        why:  the arguments in a file are checked before its tasks run"
    `);
    expect(await ofTasks('- uri: {url: "http://a", url_password: hunter2, timeout: soon}\n')).toMatchInlineSnapshot(`
      "site.yml:4:62: uri takes an integer of at least 1 for "timeout", not "soon"
           4 |     - uri: {url: "http://a", url_password: <hidden>, timeout: soon}
             |                                                               ^^^^
        why:  the arguments in a file are checked before its tasks run"
    `);
  });

  it('is hidden where only the schema says so, also in arguments written as text', async () => {
    const module = `export default { kind: 'query', name: 'own', description: 'Own.', ask: async () => ({}), schema: {
      type: 'object', additionalProperties: false, properties: {
        postgres: { type: 'string', secret: true, description: 'Own.' } } } };\n`;
    const files = { 'roles/own/modules/own.ts': module, 'roles/own/tasks/main.yml': '[]\n' };
    const site = (task: string) => `- hosts: all\n  roles: [own]\n  tasks:\n    - ${task}\n`;
    expect(await toldOf({ 'site.yml': site('own: {postgres: hunter2, nme: x}'), ...files })).toMatchInlineSnapshot(`
      "site.yml:4:32: own has no argument "nme"
           4 |     - own: {postgres: <hidden>, nme: x}
             |                                 ^^^
        why:  the arguments in a file are checked before its tasks run
        mend: own takes postgres"
    `);
    expect(await toldOf({ 'site.yml': site('own: postgres=hunter2 nme=x'), ...files })).toMatchInlineSnapshot(`
      "site.yml:4:29: own has no argument "nme"
           4 |     - own: postgres=<hidden> nme=x
             |                              ^^^
        why:  the arguments in a file are checked before its tasks run
        mend: own takes postgres"
    `);
  });

  it('is hidden under a key whose name says so, or nearly', async () => {
    expect(await ofTasks('- user: {name: x, pasword: hunter2}\n')).toMatchInlineSnapshot(`
      "site.yml:4:23: user has no argument "pasword"
           4 |     - user: {name: x, pasword: <hidden>}
             |                       ^^^^^^^
        why:  the arguments in a file are checked before its tasks run
        mend: did you mean "password"? user takes name, uid, group, groups, append, comment, home, create_home, move_home, skeleton, umask, shell, password, update_password, password_lock, expires, password_expire_min, password_expire_max, password_expire_warn, password_expire_account_disable, generate_ssh_key, ssh_key_type, ssh_key_bits, ssh_key_file, ssh_key_comment, ssh_key_passphrase, system, non_unique, state, remove, force"
    `);
    expect(await ofTasks('- user: name=x passwrod=hunter2 shel=y\n')).toMatchInlineSnapshot(`
      "site.yml:4:20: user has no argument "passwrod"
           4 |     - user: name=x passwrod=<hidden> shel=y
             |                    ^^^^^^^^
        why:  the arguments in a file are checked before its tasks run
        mend: did you mean "password"? user takes name, uid, group, groups, append, comment, home, create_home, move_home, skeleton, umask, shell, password, update_password, password_lock, expires, password_expire_min, password_expire_max, password_expire_warn, password_expire_account_disable, generate_ssh_key, ssh_key_type, ssh_key_bits, ssh_key_file, ssh_key_comment, ssh_key_passphrase, system, non_unique, state, remove, force
      site.yml:4:37: user has no argument "shel"
           4 |     - user: name=x passwrod=<hidden> shel=y
             |                                      ^^^^
        why:  the arguments in a file are checked before its tasks run
        mend: did you mean "shell"? user takes name, uid, group, groups, append, comment, home, create_home, move_home, skeleton, umask, shell, password, update_password, password_lock, expires, password_expire_min, password_expire_max, password_expire_warn, password_expire_account_disable, generate_ssh_key, ssh_key_type, ssh_key_bits, ssh_key_file, ssh_key_comment, ssh_key_passphrase, system, non_unique, state, remove, force"
    `);
    expect(
      await ofTasks("- debug: {msg: '{{ a + }}'}\n  vars: {db_token: 'hunter2 b', x: '{{ b + }}'}\n"),
    ).toMatchInlineSnapshot(`
      "site.yml:4:28: this template cannot be read: expected a value, found "}}"
           4 |     - debug: {msg: '{{ a + }}'}
             |                            ^^
      site.yml:5:48: this template cannot be read: expected a value, found "}}"
           5 |       vars: {db_token: <hidden>, x: '{{ b + }}'}
             |                                             ^^"
    `);
    expect(await ofTasks('- debug:\n  become_password: "hunter 2"\n')).toMatchInlineSnapshot(`
      "site.yml:5:7: a task has one module, and this one has "debug" and "become_password"
           5 |       become_password: <hidden>
             |       ^^^^^^^^^^^^^^^
        why:  a key that is no keyword names a module
        mend: indent "become_password" further, under "debug", if it is an argument"
    `);
  });

  it('is hidden in the lines of a text and in a file that is no YAML', async () => {
    expect(
      await ofTasks('- debug:\n  vars:\n    tls:\n      private_key: |\n        hunter2 {{ x + }}\n'),
    ).toMatchInlineSnapshot(`
      "site.yml:8:28: this template cannot be read: expected a value, found "}}"
           8 |             <hidden>
             |             ^^^^^^^^"
    `);
    expect(await ofTasks('- debug:\n  vars: {password: hunter2, x: {{ y }}, z]\n')).toMatchInlineSnapshot(`
      "site.yml:5:46: this is not valid YAML: missed comma between flow collection entries
           5 |       vars: {password: <hidden>, x: {{ y }}, z]
             |                                               ^
        mend: put the whole value in double quotes: "{{ … }}""
    `);
  });

  it('is hidden in an inventory', async () => {
    expect(
      await toldOf({ 'site.yml': play('- debug:\n'), 'hosts.yml': 'all: {vars: {vault_pass: hunter2}, hosts: 5}\n' }),
    ).toMatchInlineSnapshot(`
      "hosts.yml:1:43: "hosts" of group "all" must be a dictionary, and is the number 5
           1 | all: {vars: {vault_pass: <hidden>}, hosts: 5}
             |                                            ^"
    `);
  });

  it('is not what a template names, and not what is about a secret', async () => {
    expect(
      await ofTasks('- user: {name: x, password: "{{ pw | nofilter }}", update_password: perhaps}\n'),
    ).toMatchInlineSnapshot(`
      "site.yml:4:42: there is no filter "nofilter"
           4 |     - user: {name: x, password: "{{ pw | nofilter }}", update_password: perhaps}
             |                                          ^^^^^^^^
      site.yml:4:73: user takes always or on_create for "update_password", not "perhaps"
           4 |     - user: {name: x, password: "{{ pw | nofilter }}", update_password: perhaps}
             |                                                                         ^^^^^^^
        why:  the arguments in a file are checked before its tasks run"
    `);
    expect(await ofTasks('- user: {name: x, password: "{{ \'hunter2\' | nofilter }}"}\n')).toMatchInlineSnapshot(`
      "site.yml:4:49: there is no filter "nofilter"
           4 |     - user: {name: x, password: <hidden>}
             |                                 ^^^^^^^^"
    `);
  });
});

describe('a notify, before the run', () => {
  const WEB = '- name: Restart web\n  debug: {msg: web}\n  listen: web changed\n';
  const role = { 'roles/web/tasks/main.yml': '[]\n', 'roles/web/handlers/main.yml': WEB };
  const handlers = (text: string) => `  handlers:\n${text.replace(/^(?=.)/gm, '    ')}`;

  it('of a handler that there is nowhere is refused with the nearest', async () => {
    const tasks =
      '- command: id\n  notify: [Restart web, restart web, web chnged]\n- block: [debug: ]\n  notify: none\n';
    expect(await ofTasks(tasks, handlers(WEB))).toMatchInlineSnapshot(`
      "site.yml:9:29: no handler is named "restart web" or listens to it
           9 |       notify: [Restart web, restart web, web chnged]
             |                             ^^^^^^^^^^^
        why:  a handler is notified by its name or by a topic in its listen, letter by letter
        mend: did you mean "Restart web"?
      site.yml:9:42: no handler is named "web chnged" or listens to it
           9 |       notify: [Restart web, restart web, web chnged]
             |                                          ^^^^^^^^^^
        why:  a handler is notified by its name or by a topic in its listen, letter by letter
        mend: did you mean "web changed"?
      site.yml:11:15: no handler is named "none" or listens to it
          11 |       notify: none
             |               ^^^^
        why:  a handler is notified by its name or by a topic in its listen, letter by letter
        mend: add a handler of that name under handlers"
    `);
    expect(
      await toldOf({
        'site.yml': '- hosts: all\n  roles: [{role: web}]\n  tasks: [{command: id, notify: "wbe : Restart web"}]\n',
        ...role,
      }),
    ).toMatchInlineSnapshot(`
      "site.yml:3:34: no handler is named "wbe : Restart web" or listens to it
           3 |   tasks: [{command: id, notify: "wbe : Restart web"}]
             |                                  ^^^^^^^^^^^^^^^^^
        why:  a handler is notified by its name or by a topic in its listen, letter by letter
        mend: did you mean "web : Restart web"?"
    `);
    expect(await ofTasks('- command: id\n  notify: {a: b}\n')).toMatchInlineSnapshot(`
      "site.yml:5:15: notify takes names of handlers
           5 |       notify: {a: b}
             |               ^"
    `);
  });

  it('is left to the run where a condition may skip the task, or what is around it', async () => {
    expect(await ofTasks('- command: id\n  when: web is defined\n  notify: x\n')).not.toContain('no handler');
    expect(await ofTasks('- when: web is defined\n  block: [{command: id, notify: x}]\n')).not.toContain('no handler');
    const included = { 'site.yml': play('- include_tasks: a.yml\n  when: web is defined\n') };
    expect(await toldOf({ ...included, 'a.yml': '- command: id\n  notify: nobody\n' })).not.toContain('no handler');
  });

  it('of one that a file that is included notifies, and of one among handlers', async () => {
    expect(
      await toldOf({ 'site.yml': play('- include_tasks: a.yml\n'), 'a.yml': '- command: id\n  notify: nobody\n' }),
    ).toMatchInlineSnapshot(`
      "a.yml:2:11: no handler is named "nobody" or listens to it
           2 |   notify: nobody
             |           ^^^^^^
        why:  a handler is notified by its name or by a topic in its listen, letter by letter
        mend: add a handler of that name under handlers"
    `);
    expect(await ofTasks('- debug:\n', handlers('- name: a\n  command: id\n  notify: b\n'))).toMatchInlineSnapshot(`
      "site.yml:6:15: no handler is named "b" or listens to it
           6 |       notify: b
             |               ^
        why:  a handler is notified by its name or by a topic in its listen, letter by letter
        mend: add a handler of that name under handlers"
    `);
  });

  it('is right by name, by topic, and with the role in front, wherever the handler comes from', async () => {
    const notify =
      '- command: id\n  changed_when: false\n  notify: [Restart web, web changed, "web : Restart web", "web : web changed"]\n';
    for (const tasks of [
      `- import_role: {name: web}\n${notify}`,
      `- include_role: {name: web}\n${notify}`,
      `${notify}- include_tasks: a.yml\n  when: later is defined\n`,
    ])
      expect(
        await toldOf({ 'site.yml': play(tasks), 'a.yml': '- block:\n    - include_role: {name: web}\n', ...role }),
      ).toMatch(/^began/);
    const roles = `- hosts: all\n  roles: [web]\n  gather_facts: false\n  tasks:\n${notify.replace(/^/gm, '    ')}`;
    expect(await toldOf({ 'site.yml': roles, ...role })).toMatch(/^began/);
  });

  it('is left to the run where names hold templates, or what is included is known only then', async () => {
    const named = handlers('- name: "restart {{ service }}"\n  debug:\n  listen: "{{ topic }} changed"\n');
    const change = (name: string) => `- command: id\n  changed_when: false\n  notify: "${name}"\n`;
    for (const name of ['restart web', 'web changed', '{{ x }}'])
      expect(await ofTasks(change(name), named)).toMatch(/^began/);
    expect(await ofTasks(change('reload web'), named)).toMatch(/^site.yml:10:16: no handler is named "reload web"/);
    for (const include of ['include_role: {name: "{{ x }}"}', 'include_tasks: "{{ x }}.yml"', 'include_tasks: no.yml'])
      expect(await ofTasks(`${change('some')}- ${include}\n  when: false\n`)).toMatch(/^began/);
    expect(await ofTasks(`${change('some')}- include_role: {name: "{{ item }}"}\n  loop: []\n`)).toMatch(/^began/);
  });

  it('of a task that an include brings is not judged alone: the play has more handlers', async () => {
    const { said } = await playbook({
      files: {
        'site.yml': play('- include_tasks: "{{ x }}.yml"\n  vars: {x: a}\n', handlers(WEB)).replace('all', 'b1'),
        'a.yml': '- command: id\n  notify: Restart web\n',
      },
    });
    expect(said).toEqual(['b1: web']);
  });
});

describe('a file that a task sends, before the run', () => {
  const REMOTE = 'all:\n  hosts:\n    r1:\n    l1: {ansible_connection: local}\n';
  const refuse = async () => {
    throw new Problem({ code: 'connection-refused', what: 'nobody listens' });
  };
  const onR1 = async (tasks: string, more: Partial<Settings> = {}, keywords = ''): Promise<string> => {
    const site = play(tasks, keywords).replace('hosts: all', 'hosts: r1');
    return shown(
      await playbook({ connect: refuse, ...more, files: { 'site.yml': site, 'hosts.yml': REMOTE, ...more.files } }),
    );
  };
  const COPY = '- copy: {src: none, dest: /opt/x}\n';

  it('is told of when it is in none of the places, with the nearest name', async () => {
    expect(await onR1(COPY)).toMatchInlineSnapshot(`
      "site.yml:4:19: there is no file "none" on the controller
           4 |     - copy: {src: none, dest: /opt/x}
             |                   ^^^^
        why:  looked for files/none, none"
    `);
    const role = {
      'roles/web/tasks/main.yml':
        '- template: src=nginx.conf dest=/x\n- unarchive:\n    src: a.tgz\n    dest: /x\n    remote_src: no\n- include_vars: debian.yml\n',
      'roles/web/templates/nginx.conf.j2': '',
      'roles/web/vars/Debian.yml': 'a: 1',
    };
    expect(await onR1('- import_role: {name: web}\n', { files: role })).toMatchInlineSnapshot(`
      "roles/web/tasks/main.yml:1:17: there is no file "nginx.conf" on the controller
           1 | - template: src=nginx.conf dest=/x
             |                 ^^^^^^^^^^
        why:  looked for roles/web/templates/nginx.conf, roles/web/nginx.conf, roles/web/tasks/templates/nginx.conf, roles/web/tasks/nginx.conf, templates/nginx.conf, nginx.conf
        mend: did you mean "nginx.conf.j2"?
      roles/web/tasks/main.yml:3:10: there is no file "a.tgz" on the controller
           3 |     src: a.tgz
             |          ^^^^^
        why:  looked for roles/web/files/a.tgz, roles/web/a.tgz, roles/web/tasks/files/a.tgz, roles/web/tasks/a.tgz, files/a.tgz, a.tgz
      roles/web/tasks/main.yml:6:17: there is no file "debian.yml" on the controller
           6 | - include_vars: debian.yml
             |                 ^^^^^^^^^^
        why:  looked for roles/web/vars/debian.yml, roles/web/debian.yml, roles/web/tasks/vars/debian.yml, roles/web/tasks/debian.yml, vars/debian.yml, debian.yml
        mend: did you mean "Debian.yml"?"
    `);
    expect(await onR1('- include_tasks: a.yml\n', { files: { 'a.yml': COPY } })).toMatch(
      /^a.yml:1:15: there is no file/,
    );
  });

  it('is told of when it is a template that cannot be read', async () => {
    const template = '- template: {src: t.j2, dest: /x}\n';
    const files = { 'templates/t.j2': 'a\n{% if x %}\n{{ b | defualt }}\n', 'u.j2': '{{ b }\n' };
    expect(await onR1(template, { files })).toMatchInlineSnapshot(`
      "templates/t.j2:3:18: this template cannot be read: this template ends before "endif"
           3 | {{ b | defualt }}
             |                  ^"
    `);
    expect(await onR1(template.replace('t.j2', 'u.j2'), { files })).toMatchInlineSnapshot(`
      "u.j2:1:1: this template cannot be read: "{{" has no matching "}}"
           1 | {{ b }
             | ^^"
    `);
    for (const tasks of [
      `${template}  when: later is defined\n`,
      template.replace('src', 'variable_start_string: "[[", src'),
    ])
      expect(await onR1(tasks, { files })).toMatch(/^began/);
  });

  it('is told of with a list of variables files of which none is there', async () => {
    expect(await onR1('- debug:\n', {}, '  vars_files: [[a.yml, b.yml]]\n')).toMatchInlineSnapshot(`
      "site.yml:3:16: there is no variables file "a.yml" or "b.yml"
           3 |   vars_files: [[a.yml, b.yml]]
             |                ^
        why:  looked for a.yml, b.yml"
    `);
    expect(
      await onR1('- debug:\n  when: false\n', { files: { 'b.yml': 'a: 1' } }, '  vars_files: [[a.yml, b.yml]]\n'),
    ).toMatch(/^began/);
  });

  it('is left to the run where something may skip the task, or bear its failure', async () => {
    for (const tasks of [
      `${COPY}  when: later is defined\n`,
      `${COPY}  ignore_errors: true\n`,
      `${COPY}  failed_when: false\n`,
      `${COPY}  tags: never\n`,
      `${COPY}  loop: []\n`,
      `- block:\n${COPY.replace('-', '    -')}  rescue: []\n`,
      `- block:\n${COPY.replace('-', '    -')}  when: later is defined\n`,
      '- include_tasks: a.yml\n  when: later is defined\n',
      `- meta: end_host\n  when: later is defined\n${COPY}`,
      '- copy: {src: none, dest: /x, remote_src: true}\n',
      '- unarchive: {src: none, dest: /x, creates: /x}\n',
      '- copy: {src: "{{ none }}", dest: /x}\n',
      '- copy: {content: none, dest: /x}\n',
    ])
      expect(await onR1(tasks, { files: { 'a.yml': COPY } }), tasks).toMatch(/^began/);
    expect(await onR1('- debug:\n', {}, `  handlers: [{name: x, ${COPY.slice(2).trim()}}]\n`)).toMatch(/^began/);
    expect(await onR1(COPY, { tags: ['other'] })).toMatch(/^began/);
    expect(await onR1(COPY, { limit: 'l1' })).toMatch(/^began/);
  });

  it('is left to the run where a task before it may make it on the controller', async () => {
    const make = '- command: make\n  delegate_to: localhost\n';
    for (const tasks of [
      `${make}${COPY}`,
      `- include_tasks: "{{ x }}.yml"\n${COPY}`,
      `- local_action: command make\n${COPY}`,
    ])
      expect(await onR1(tasks), tasks).toMatch(/^began/);
    for (const tasks of [`${COPY}${make}`, `- command: make\n${COPY}`, `- debug:\n  delegate_to: localhost\n${COPY}`])
      expect(await onR1(tasks), tasks).toMatch(/there is no file "none"/);
    const earlier = (hosts: string) => `- hosts: ${hosts}\n  gather_facts: false\n  tasks: [command: id]\n`;
    const site = (first: string) => ({ 'site.yml': first + play(COPY).replace('all', 'r1') });
    for (const hosts of ['l1', 'localhost', '"{{ x }}"'])
      expect(await onR1('', { files: site(earlier(hosts)) }), hosts).not.toMatch(/there is no file/);
    expect(await onR1('', { files: site(earlier('r1')) })).toMatch(/there is no file "none"/);
    expect(await onR1('', { files: { 'site.yml': play(COPY).replace('all', 'l1') } })).toMatch(
      /^site.yml:4:19: there is/,
    );
  });

  it('is told of in the tasks of a role, though a task of pre_tasks is read later and runs before', async () => {
    const role = { 'roles/web/tasks/main.yml': COPY };
    const keywords = '  roles: [web]\n  pre_tasks: [local_action: command make]\n';
    expect(await onR1('- debug:\n', { files: role }, keywords)).toMatch(/^began/);
    expect(await onR1('- debug:\n', { files: role }, keywords.replace('pre', 'post'))).toMatch(/there is no file/);
  });
});

describe('a module of Ansible that is not here', () => {
  it('is told before the run where nothing can skip its task', async () => {
    expect(
      await ofTasks('- dnf5: {name: a}\n- community.general.ufw: {rule: allow}\n  when: true\n'),
    ).toMatchInlineSnapshot(`
      "site.yml:4:7: the module "dnf5" is not here yet
           4 |     - dnf5: {name: a}
             |       ^^^^
        why:  the modules of a file are looked up before its tasks run
        mend: mesh-play doc lists those that are; a role may bring its own in modules/
      site.yml:5:7: the module "community.general.ufw" is not here yet
           5 |     - community.general.ufw: {rule: allow}
             |       ^^^^^^^^^^^^^^^^^^^^^
        why:  the modules of a file are looked up before its tasks run
        mend: mesh-play doc lists those that are; a role may bring its own in modules/"
    `);
  });

  it('is left to the run under a condition, its own or one around it', async () => {
    const files = {
      'site.yml': play(
        '- yum: {name: a}\n  when: inventory_hostname == "b1"\n- include_tasks: other.yml\n  when: inventory_hostname == "b1"\n- block:\n    - dnf: name=b\n  when: false\n- debug: {msg: here}\n',
      ),
      'other.yml': '- community.general.zypper: {name: a}\n',
    };
    const { problems, said, recap, text } = await playbook({ files });
    expect(problems).toEqual([]);
    expect(said).toEqual(['a1: here', 'a2: here']);
    expect(recap.get('a1')).toMatchObject({ skipped: 3, failed: 0 });
    expect(text.slice(text.indexOf('failed: [b1]'), text.indexOf('\n\nTASK [include_tasks]'))).toMatchInlineSnapshot(`
      "failed: [b1]
          site.yml:4:7: the module "yum" is not here yet
               4 |     - yum: {name: a}
                 |       ^^^
            why:  what its task stands under is true on this host
            mend: mesh-play doc lists those that are; a role may bring its own in modules/"
    `);
    const included = await playbook({ files: { ...files, 'site.yml': files['site.yml'].replace('"b1"', '"b2"') } });
    expect(included.text).toContain('the module "community.general.zypper" is not here yet');
    const nested = await playbook({
      files: {
        'site.yml': play('- include_tasks: "{{ x }}.yml"\n  vars: {x: outer}\n'),
        'outer.yml': '- include_tasks: other.yml\n  when: false\n- debug: {msg: outer}\n  run_once: true\n',
        'other.yml': files['other.yml'],
      },
    });
    expect(nested.said).toEqual(['a1: outer']);
  });

  it('cannot be named by a template, nor a loop of a collection be one of ours', async () => {
    const tasks = '- action: "{{ packager }} name=a"\n- debug:\n  with_community.general.filetree: [a]\n';
    expect(await ofTasks(tasks)).toMatchInlineSnapshot(`
      "site.yml:4:16: a template cannot name a module here
           4 |     - action: "{{ packager }} name=a"
             |                ^^^^^^^^^^^^^^^^^^^^^
        why:  the modules of a file are looked up before its tasks run
        mend: write a task for each module, with a when
      site.yml:6:7: "with_community.general.filetree" is not supported yet
           6 |       with_community.general.filetree: [a]
             |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        why:  mesh-play refuses what it would otherwise ignore
        mend: use loop"
    `);
  });

  it('is no slip of the pen, which is told before the run all the same', async () => {
    expect(await ofTasks('- yun: {name: a}\n  when: false\n')).toMatchInlineSnapshot(`
      "site.yml:4:7: there is no module "yun"
           4 |     - yun: {name: a}
             |       ^^^
        why:  the modules of a file are looked up before its tasks run
        mend: did you mean "yum"?"
    `);
  });
});

import { describe, expect, it } from 'vitest';
import { type Played, play, playbook } from '../../support/playbook.ts';

const run = (tasks: string, files: Record<string, string> = {}): Promise<Played> =>
  playbook({ files: { 'site.yml': play(tasks), ...files } });

const line = (text: string): string => text.split('\n')[0] ?? '';

describe('include_tasks and include_role', () => {
  it('tell once of a role that is not there, and count it once', async () => {
    const { text, recap } = await run('- include_role: {name: "{{ x }}"}\n  vars: {x: none}\n');
    expect(text).not.toContain('ok: [a1]');
    expect(recap.get('a1')).toMatchObject({ ok: 0, failed: 1 });
  });

  it('refuse a role that is not there before the run, unless a condition may leave it out', async () => {
    const missing = await run('- include_role: {name: none}\n');
    expect(missing.problems.map(line)).toEqual(['site.yml:4:28: there is no role "none"']);
    const never = await run('- include_role: {name: none}\n  when: false\n- include_tasks: none.yml\n  when: false\n');
    expect(never.problems).toEqual([]);
    expect(never.recap.get('a1')).toMatchObject({ skipped: 2, failed: 0 });
  });

  it('take the files of a role by names that hold templates', async () => {
    const { said, problems } = await run('- include_role: {name: r, tasks_from: "{{ x }}"}\n  vars: {x: other}\n', {
      'roles/r/tasks/other.yml': '- debug: {msg: other}\n  run_once: true\n',
    });
    expect(problems).toEqual([]);
    expect(said).toEqual(['a1: other']);
  });

  it('count one for each item, and run together the hosts that include the same', async () => {
    const { recap, started, said } = await run(
      "- include_tasks: i.yml\n  loop: [1, 2]\n  loop_control: {loop_var: n}\n  when: n == 2 or inventory_hostname == 'a1'\n",
      { 'i.yml': '- debug: {msg: "{{ n }}"}\n' },
    );
    expect(started).toEqual(['include_tasks', 'debug', 'debug']);
    expect(said).toEqual(['a1: 1', 'a1: 2', 'a2: 2', 'b1: 2']);
    expect(recap.get('a1')).toMatchObject({ ok: 4 });
    expect(recap.get('a2')).toMatchObject({ ok: 2 });
  });

  it('are for the first host alone with run_once, and keep a result', async () => {
    const { said } = await run(
      '- include_tasks: i.yml\n  run_once: true\n- include_tasks: i.yml\n  register: r\n  when: inventory_hostname == "b1"\n- debug: {msg: "{{ r is skipped }}"}\n',
      { 'i.yml': '- debug: {msg: included}\n' },
    );
    expect(said).toEqual(['a1: included', 'b1: included', 'a1: true', 'a2: true', 'b1: false']);
  });

  it('apply keywords that stand under args', async () => {
    const { said, recap } = await run(
      '- include_tasks: i.yml\n  args: {apply: {vars: {x: 4}, ignore_errors: true}}\n',
      {
        'i.yml': '- fail: {msg: no}\n- debug: {msg: "{{ x }}"}\n',
      },
    );
    expect(said).toEqual(['a1: 4', 'a2: 4', 'b1: 4']);
    expect(recap.get('a1')).toMatchObject({ ignored: 1, failed: 0 });
  });

  it.each(['include_tasks', 'import_tasks'])('take names from the folder of their role: %s', async (how) => {
    const { said, problems } = await playbook({
      files: {
        'site.yml': '- hosts: a1\n  roles: [r]\n',
        'roles/r/tasks/main.yml': `- ${how}: tasks/i.yml\n- command: "true"\n  notify: h\n`,
        'roles/r/tasks/i.yml': '- debug: {msg: i}\n',
        'roles/r/handlers/main.yml': '- name: h\n  include_tasks: tasks/i.yml\n',
      },
    });
    expect(problems).toEqual([]);
    expect(said).toEqual(['a1: i', 'a1: i']);
  });

  it('take their options as key=value', async () => {
    const { said, problems } = await run(
      '- include_tasks: file=i.yml\n- import_tasks: file=i.yml\n- include_role: name=r tasks_from=other\n- import_role: name=r tasks_from=other\n',
      {
        'i.yml': '- debug: {msg: i}\n  run_once: true\n',
        'roles/r/tasks/other.yml': '- debug: {msg: r}\n  run_once: true\n',
      },
    );
    expect(problems).toEqual([]);
    expect(said).toEqual(['a1: i', 'a1: i', 'a1: r', 'a1: r']);
  });

  it.each(['no', 'False', 'off'])('take %s for false in them, however it is written', async (no) => {
    const include = `- include_role: name=r allow_duplicates=${no} public=${no} rolespec_validate=${no}\n`;
    const { said, problems } = await playbook({
      files: {
        'site.yml': play(include.repeat(2)),
        'roles/r/tasks/main.yml': '- debug: {msg: r}\n',
        'roles/r/meta/argument_specs.yml': 'argument_specs: {main: {options: {n: {required: true}}}}\n',
      },
      limit: 'a1',
    });
    expect(problems).toEqual([]);
    expect(said).toEqual(['a1: r']);
  });

  it('show the variables of a role to the play where they are public, however that is written', async () => {
    const { said, problems } = await run(
      '- include_role: name=r public=yes\n- debug: {msg: "{{ v }}"}\n  run_once: true\n',
      { 'roles/r/vars/main.yml': 'v: 1\n', 'roles/r/tasks/main.yml': '[]\n' },
    );
    expect(problems).toEqual([]);
    expect(said).toEqual(['a1: 1']);
  });

  it('import by names of variables that are known before the run, and by no others', async () => {
    const files = {
      'site.yml': `- hosts: a1
  gather_facts: false
  vars: {name1: one, name2: "{{ extra }}"}
  vars_files: [v.yml]
  roles:
    - role: "{{ name1 }}"
  tasks:
    - import_tasks: "{{ name2 }}.yml"
    - import_role: {name: "{{ name3 }}"}
      vars: {name3: one}
    - import_tasks: "{{ name4 }}.yml"
`,
      'v.yml': 'name4: i\n',
      'i.yml': '- debug: {msg: i}\n',
      'roles/one/tasks/main.yml': '- debug: {msg: one}\n',
    };
    expect((await playbook({ files, extraVars: { extra: 'i' } })).said).toEqual([
      'a1: one',
      'a1: i',
      'a1: one',
      'a1: i',
    ]);
    expect((await playbook({ files })).problems).toEqual([
      `site.yml:8:22: "{{ name2 }}.yml" is not known before the run
     8 |     - import_tasks: "{{ name2 }}.yml"
       |                      ^^^^^^^^^^^^^^^
  why:  it is read then, with the variables of the play, of the role, of what is around it, and of -e
  mend: use include_tasks`,
    ]);
  });

  it('look for files in the roles around theirs too, those that include it and those that depend on it', async () => {
    const { said, problems } = await playbook({
      files: {
        'site.yml': '- hosts: a1\n  gather_facts: false\n  roles: [outer]\n',
        'roles/outer/meta/main.yml': 'dependencies: [{role: needed}]\n',
        'roles/outer/tasks/main.yml':
          '- include_role: {name: inner}\n- import_role: {name: inner}\n' +
          "- debug: {msg: \"{{ lookup('file', 'both') }} {{ lookup('file', 'theirs', errors='ignore') is none }}\"}\n",
        'roles/outer/templates/t.j2': '{{ role_name }}',
        'roles/outer/files/both': 'outer',
        'roles/outer/vars/v.yml': 'v: of outer\n',
        'roles/needed/meta/main.yml': 'dependencies: [{role: below}]\n',
        'roles/needed/tasks/main.yml': "- debug: {msg: \"{{ lookup('template', 't.j2') }}\"}\n",
        'roles/below/tasks/main.yml':
          "- debug: {msg: \"{{ lookup('template', 't.j2') }} {{ lookup('file', 'both') }}\"}\n",
        'roles/inner/tasks/main.yml':
          '- include_vars: v.yml\n' +
          "- debug: {msg: \"{{ lookup('template', 't.j2') }} {{ lookup('file', 'both') }} {{ v }}\"}\n",
        'roles/inner/files/both': 'inner',
        'roles/inner/files/theirs': 'inner',
      },
    });
    expect(problems).toEqual([]);
    expect(said.map((line) => line.replace('a1: ', ''))).toEqual([
      'below outer',
      'needed',
      'inner inner of outer',
      'inner inner of outer',
      'outer True',
    ]);
  });

  it('import by names of variables of the role they stand in', async () => {
    const { said, problems } = await playbook({
      files: {
        'site.yml': '- hosts: a1\n  gather_facts: false\n  vars: {theirs: one, both: one}\n  roles: [r]\n',
        'roles/r/meta/main.yml': 'dependencies: [{role: d}]\n',
        'roles/r/defaults/main.yml': '{below: two, theirs: two, nested: "{{ below }}", role: d}\n',
        'roles/r/vars/main.yml': 'both: two\n',
        'roles/r/tasks/main.yml':
          '- import_tasks: "{{ below }}.yml"\n- import_tasks: "{{ both }}.yml"\n- import_tasks: "{{ theirs }}.yml"\n' +
          '- import_tasks: "{{ nested }}.yml"\n- import_tasks: "{{ deep }}.yml"\n- import_role: {name: "{{ role }}"}\n',
        'roles/r/tasks/one.yml': '- debug: {msg: one}\n',
        'roles/r/tasks/two.yml': '- debug: {msg: two}\n',
        'roles/d/defaults/main.yml': '{below: one, deep: one}\n',
        'roles/d/tasks/main.yml': '- debug: {msg: d}\n',
      },
    });
    expect(problems).toEqual([]);
    expect(said).toEqual(['a1: d', 'a1: two', 'a1: two', 'a1: one', 'a1: two', 'a1: one', 'a1: d']);
  });

  it('refuse keywords that would do nothing there', async () => {
    const { problems } = await run(
      '- include_tasks: i.yml\n  become: true\n- import_tasks: i.yml\n  register: r\n- import_role: {name: r}\n  with_items: [1]\n- meta: noop\n  notify: x\n- import_tasks: {file: i.yml, apply: {tags: x}}\n',
      { 'i.yml': '[]\n', 'roles/r/tasks/main.yml': '[]\n' },
    );
    expect(problems.map(line)).toEqual([
      'site.yml:5:7: include_tasks has no use for "become"',
      'site.yml:7:7: import_tasks has no use for "register"',
      'site.yml:9:7: import_role takes no loop',
      'site.yml:11:7: meta has no use for "notify"',
      'site.yml:12:42: import_tasks has no apply',
    ]);
  });

  it('tell a role which roles it is included from', async () => {
    const { said } = await run('- include_role: {name: outer}\n  run_once: true\n', {
      'roles/outer/tasks/main.yml': '- include_role: {name: inner}\n',
      'roles/inner/tasks/main.yml': '- debug: {msg: "{{ ansible_parent_role_names }}"}\n  run_once: true\n',
    });
    expect(said).toEqual(['a1: ["outer"]']);
  });
});

describe('roles', () => {
  const MODULE = `import { defineController } from 'mesh-play';
export default defineController({
  name: 'hello', description: 'Says hello.',
  schema: { type: 'object', additionalProperties: false, properties: {} },
  evaluate: async () => ({ returns: { msg: 'hello' } }),
});
`;

  it('lend their modules to the other tasks of the play', async () => {
    const { returned, problems } = await run('- include_role: {name: r}\n- name: later\n  hello:\n', {
      'roles/r/tasks/main.yml': '[]\n',
      'roles/r/modules/hello.ts': MODULE,
    });
    expect(problems).toEqual([]);
    expect(returned('later')['a1']).toMatchObject({ msg: 'hello' });
  });

  it('run once for each host that they were not skipped on, and again where their condition differs', async () => {
    const { said } = await playbook({
      files: {
        'site.yml':
          "- hosts: a\n  gather_facts: false\n  roles:\n    - {role: r, when: inventory_hostname == 'a1'}\n    - s\n    - s\n    - r\n",
        'roles/r/tasks/main.yml': '- debug: {msg: r}\n',
        'roles/r/meta/main.yml': 'dependencies: [d]\n',
        'roles/s/tasks/main.yml': '- debug: {msg: s}\n',
        'roles/s/meta/main.yml': 'dependencies: [d]\n',
        'roles/d/tasks/main.yml': '- debug: {msg: d}\n',
      },
    });
    expect(said).toEqual(['a1: d', 'a1: r', 'a2: d', 'a1: s', 'a2: s', 'a1: r', 'a2: r']);
  });

  it.each(['true', 'True', "'yes'", 'on', '1'])('run again with allow_duplicates: %s', async (yes) => {
    const { said } = await playbook({
      files: {
        'site.yml': `- hosts: a1\n  gather_facts: false\n  roles: [${`{role: r, allow_duplicates: ${yes}}, `.repeat(2)}s, s]\n`,
        'roles/r/tasks/main.yml': '- debug: {msg: r}\n',
        'roles/s/tasks/main.yml': '- debug: {msg: s}\n',
        'roles/s/meta/main.yml': `allow_duplicates: ${yes}\n`,
      },
    });
    expect(said).toEqual(['a1: r', 'a1: r', 'a1: s', 'a1: s']);
  });

  it('are the same whether a use of them is a name or a dictionary that says no more', async () => {
    const { said } = await playbook({
      files: {
        'site.yml': '- hosts: a1\n  gather_facts: false\n  roles: [r, {role: r}, {role: r, p: 1}, s]\n',
        'roles/r/tasks/main.yml': '- debug: {msg: r}\n',
        'roles/s/meta/main.yml': 'dependencies: [{role: r, p: 1}, r, {name: r}]\n',
      },
    });
    expect(said).toEqual(['a1: r', 'a1: r']);
  });

  it('are left by meta: end_role on the hosts where it holds', async () => {
    const { said } = await playbook({
      files: {
        'site.yml': '- hosts: a\n  gather_facts: false\n  roles: [r]\n  tasks:\n    - debug: {msg: after}\n',
        'roles/r/tasks/main.yml': "- meta: end_role\n  when: inventory_hostname == 'a1'\n- debug: {msg: r}\n",
      },
    });
    expect(said).toEqual(['a2: r', 'a1: after', 'a2: after']);
  });

  it('check their arguments under the conditions of their use, by a spec in meta/main.yml too, or not at all', async () => {
    const files = {
      'roles/r/tasks/main.yml': '- debug: {msg: r}\n',
      'roles/r/meta/main.yml':
        'argument_specs: {main: {short_description: A role, options: {n: {type: int, required: true}}}}\n',
    };
    const skipped = await playbook({
      files: { 'site.yml': '- hosts: a1\n  gather_facts: false\n  roles: [{role: r, when: false}]\n', ...files },
    });
    expect(skipped.recap.get('a1')).toMatchObject({ skipped: 2, failed: 0 });
    expect(skipped.started[0]).toBe("Validating arguments against arg spec 'main' - A role");
    const checked = await run('- include_role: {name: r}\n', files);
    expect(checked.recap.get('a1')).toMatchObject({ failed: 1 });
    const unchecked = await run('- include_role: {name: r, rolespec_validate: false}\n', files);
    expect(unchecked.recap.get('a1')).toMatchObject({ ok: 2, failed: 0 });
  });
});

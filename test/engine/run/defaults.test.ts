import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/module.ts';
import { type Played, play, playbook, type Settings } from '../../support/playbook.ts';

const run = (files: Settings['files']): Promise<Played> => playbook({ files, limit: 'a1' });

describe('module_defaults', () => {
  it('stand for arguments that are not given; of one module the innermost counts as a whole', async () => {
    const folder = temporaryFolder();
    const site = play(
      `- copy: {dest: "{{ to }}/a"}
  notify: handler
- ansible.builtin.copy: dest={{ to }}/b content=own
- block:
    - copy: {dest: "{{ to }}/c"}
      module_defaults: [{copy: {content: lost}}, {copy: {content: task, mode: '0606'}}]
    - copy: {dest: "{{ to }}/d", content: block}
    - import_tasks: imported.yml
      module_defaults: {copy: {content: imported}}
  module_defaults: {copy: {mode: '0604'}}
- include_tasks: {file: included.yml, apply: {module_defaults: {copy: {content: applied}}}}
- copy: {dest: "{{ to }}/g", mode: "{{ omit }}", content: omitted}
`,
      `  vars: {to: ${folder}, mode: '0640'}
  module_defaults: {ansible.builtin.copy: {content: "for {{ inventory_hostname }}", mode: "{{ mode }}"}}
  roles: [{role: r, module_defaults: {copy: {mode: '0602'}}}]
  handlers: [{name: handler, copy: {dest: "{{ to }}/handler"}}]
`,
    );
    const { problems, worst } = await run({
      'site.yml': site,
      'imported.yml': '- copy: {dest: "{{ to }}/e"}\n',
      'included.yml': '- copy: {dest: "{{ to }}/f"}\n',
      'roles/r/tasks/main.yml': '- copy: {dest: "{{ to }}/role", content: role}\n',
    });
    expect([problems, worst]).toEqual([[], 'fine']);
    const read = (name: string): [string, string] => {
      const path = join(folder, name);
      return [readFileSync(path, 'utf8'), (statSync(path).mode & 0o777).toString(8)];
    };
    expect(
      Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'handler', 'role'].map((one) => [one, read(one)])),
    ).toEqual({
      a: ['for a1', '640'],
      b: ['own', '640'],
      c: ['task', '606'],
      d: ['block', '604'],
      e: ['imported', '644'],
      f: ['applied', '644'],
      g: ['omitted', '644'],
      handler: ['for a1', '640'],
      role: ['role', '602'],
    });
  });

  it('may be a template, and stand beside arguments that are one; another spelling of an argument is the argument', async () => {
    const { problems, said } = await run({
      'site.yml': play(
        `- debug:
  loop: [1]
- debug: "{{ args }}"
- debug: {msg: own}
- stat: {path: /}
  register: got
- debug: {msg: "{{ got.stat.path }}"}
`,
        `  vars: {args: {msg: given}, defaults: {msg: "item {{ item | default('none') }}"}}
  module_defaults: {debug: "{{ defaults }}", stat: {name: /etc}}
`,
      ),
    });
    expect([problems, said]).toEqual([[], ['a1: item 1', 'a1: given', 'a1: own', 'a1: /']]);
  });

  it('count for the facts a play gathers', async () => {
    const { said } = await run({
      'site.yml': `- hosts: all
  module_defaults: {setup: {gather_subset: ['!all', '!min', platform]}}
  tasks: [{debug: {msg: "{{ ansible_facts.keys() | intersect(['system', 'memtotal_mb']) }}"}}]
`,
    });
    expect(said).toEqual(['a1: ["system"]']);
  });

  it('are refused where they are wrong, used or not', async () => {
    const { problems } = await run({
      'site.yml': play(
        `- debug:
  module_defaults: debug
`,
        `  module_defaults: {copy: {modus: 1, owner: [a]}, coppy: {}, group/aws: {}, file: 5}
`,
      ),
    });
    expect(problems.join('\n')).toMatchInlineSnapshot(`
      "site.yml:3:28: copy has no argument "modus"
           3 |   module_defaults: {copy: {modus: 1, owner: [a]}, coppy: {}, group/aws: {}, file: 5}
             |                            ^^^^^
        why:  the arguments in a file are checked before its tasks run
        mend: did you mean "mode"? copy takes src, content, dest, owner, group, mode, directory_mode, backup, force, follow, remote_src, decrypt, validate
      site.yml:3:45: copy takes a string for "owner", not a list
           3 |   module_defaults: {copy: {modus: 1, owner: [a]}, coppy: {}, group/aws: {}, file: 5}
             |                                             ^
        why:  the arguments in a file are checked before its tasks run
      site.yml:3:51: there is no module "coppy"
           3 |   module_defaults: {copy: {modus: 1, owner: [a]}, coppy: {}, group/aws: {}, file: 5}
             |                                                   ^^^^^
        why:  the modules of a file are looked up before its tasks run
        mend: did you mean "copy"?
      site.yml:3:62: module_defaults for a group of modules, "group/aws", are not supported yet
           3 |   module_defaults: {copy: {modus: 1, owner: [a]}, coppy: {}, group/aws: {}, file: 5}
             |                                                              ^^^^^^^^^
        mend: name each module
      site.yml:3:83: the defaults of "file" must be a dictionary of arguments
           3 |   module_defaults: {copy: {modus: 1, owner: [a]}, coppy: {}, group/aws: {}, file: 5}
             |                                                                                   ^
      site.yml:6:24: module_defaults must be a dictionary of modules
           6 |       module_defaults: debug
             |                        ^^^^^
        why:  the names of modules are read before the run; only what is under them may hold templates"
    `);
  });
});

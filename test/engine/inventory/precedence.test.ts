import { describe, expect, it } from 'vitest';
import { load, problemsOf, varsOf, vaulted } from './load.ts';

const GROUPS = '[web]\nh\n[site:children]\nweb\nother\n[other]\nh\n';

describe('the order of precedence', () => {
  it.each([
    ['a child over its parent', '[web:vars]\nx=child\n[site:vars]\nx=parent\n', 'child'],
    ['a parent over all', '[site:vars]\nx=parent\n[all:vars]\nx=all\n', 'parent'],
    ['the later name among groups of one depth', '[other:vars]\nx=other\n[web:vars]\nx=web\n', 'web'],
    [
      'the higher priority among groups of one depth',
      '[other:vars]\nx=other\nansible_group_priority=10\n[web:vars]\nx=web\n',
      'other',
    ],
    ['depth over priority', '[site:vars]\nx=parent\nansible_group_priority=10\n[web:vars]\nx=child\n', 'child'],
    ['the last of two assignments', '[web:vars]\nx=first\nx=second\n', 'second'],
  ])('puts %s', (_what, text, wanted) => {
    expect(varsOf(load({ hosts: GROUPS + text }), 'h')).toEqual({ x: wanted });
  });

  it('keeps ansible_group_priority out of the variables', () => {
    const loaded = load({ hosts: `${GROUPS}[web:vars]\nansible_group_priority=5\n` });
    expect(loaded.inventory.groups.get('web')?.priority).toBe(5);
    expect(varsOf(loaded, 'h')).toEqual({});
  });

  it('puts each level of sources over the one before it', () => {
    const files: Record<string, string> = { 'inv/hosts': '[web]\nh\n' };
    const seen: unknown[] = [];
    const add = (file: string, text: string): void => {
      files[file] = (files[file] ?? '') + text;
      seen.push(varsOf(load(files, ['inv/hosts']), 'h', 'play')['x']);
    };
    add('inv/hosts', '[web:vars]\nx=1\n');
    add('inv/group_vars/all.yml', 'x: 2\n');
    add('play/group_vars/all.yml', 'x: 3\n');
    add('inv/group_vars/web.yml', 'x: 4\n');
    add('play/group_vars/web.yml', 'x: 5\n');
    files['inv/hosts'] = '[web]\nh x=6\n[web:vars]\nx=1\n';
    add('inv/hosts', '');
    add('inv/host_vars/h.yml', 'x: 7\n');
    add('play/host_vars/h.yml', 'x: 8\n');
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('lets a later inventory folder win', () => {
    const files = { 'a/hosts': '[web]\nh\n', 'b/hosts': 'h\n' };
    const vars = { 'a/group_vars/all.yml': 'x: a\n', 'b/group_vars/all.yml': 'x: b\n' };
    expect(varsOf(load({ ...files, ...vars }, ['a/hosts', 'b/hosts']), 'h')).toEqual({ x: 'b' });
    expect(varsOf(load({ ...files, ...vars }, ['b/hosts', 'a/hosts']), 'h')).toEqual({ x: 'a' });
  });
});

describe('group_vars and host_vars', () => {
  it.each(['web', 'web.yml', 'web.yaml', 'web.json'])('may be in a file called %s', (name) => {
    const loaded = load({ hosts: '[web]\nh\n', [`group_vars/${name}`]: '{"x": 1}\n' });
    expect(varsOf(loaded, 'h')).toEqual({ x: 1 });
  });

  it('may be folders of files, merged in the order of their names', () => {
    const loaded = load({
      hosts: '[web]\nh\n',
      'group_vars/web/b.yml': 'x: b\n',
      'group_vars/web/a.yml': 'x: a\ny: a\n',
      'group_vars/web/.c.yml': 'x: c\n',
      'group_vars/web/d.yml~': 'x: d\n',
    });
    expect(varsOf(loaded, 'h')).toEqual({ x: 'b', y: 'a' });
  });

  it('are read before the run, so that every mistake in them is told at once', () => {
    const files = {
      hosts: '[web]\nh x\n',
      'group_vars/web.yml': 'a: 1\nb: 2\na: 3\n',
      'host_vars/h.yml': '- one\n',
      'group_vars/unused.yml': 'a: [\n',
    };
    expect(problemsOf(files)).toMatchInlineSnapshot(`
      [
        "hosts:2:3: "x" is not key=value
           2 | h x
             |   ^
        mend: variables follow the host as key=value; quote a value that holds spaces",
        "group_vars/web.yml:3:1: the key "a" is already at group_vars/web.yml:1:1
           3 | a: 3
             | ^
        mend: keep one of the two",
        "host_vars/h.yml:1:1: a file of variables must hold a dictionary, and this holds a list
           1 | - one
             | ^
        mend: write name: value",
      ]
    `);
  });

  it('may be vaults, as whole files and as single values', () => {
    const inline = vaulted('hush', 'secret').replaceAll('\n', '\n  ');
    const files = {
      hosts: '[web]\nh\n',
      'group_vars/web.yml': vaulted('x: 1\n', 'secret'),
      'host_vars/h.yml': `y: !vault |\n  ${inline}\n`,
    };
    expect(varsOf(load(files, ['hosts'], ['secret']), 'h')).toEqual({ x: 1, y: 'hush' });
    expect(problemsOf(files)).toMatchInlineSnapshot(`
               [
                 "group_vars/web.yml:1:1: a vaulted value, but no vault password was given
                 mend: give --vault-password-file FILE or --ask-vault-pass",
                 "host_vars/h.yml:1:4: a vaulted value, but no vault password was given
                    1 | y: !vault |
                      |    ^^^^^^
                 mend: give --vault-password-file FILE or --ask-vault-pass",
               ]
             `);
  });
});

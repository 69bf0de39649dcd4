import { describe, expect, it } from 'vitest';
import { checkRoleArguments } from '../../../engine/playbook/argspec.ts';
import { Float, type Value } from '../../../engine/value.ts';
import { playbook } from '../../support/playbook.ts';

const told = (option: Record<string, Value>, value: Value): string[] =>
  checkRoleArguments({ options: { x: option } }, { x: value }).map((problem) => problem.what);

describe('an argument spec', () => {
  // What ansible-core 2.19 takes for each type.
  it.each<[string, Value[]]>([
    ['str', ['a', 5, true, ['a'], { a: 1 }]],
    ['path', ['/etc', ['a']]],
    ['int', [5, '5', true]],
    ['float', [1, '1.5']],
    ['bool', [true, 'yes', 1, 'off', ' T ', new Float(1)]],
    ['list', [[1], 'a,b', 5]],
    ['dict', [{ a: 1 }, 'a=1 b=2', '{"a": 1}']],
    ['json', [{ a: 1 }, [1], '{"a": 1}']],
    ['bytes', ['10K', 5, '1.5 MB']],
    ['bits', ['10Kb', 5]],
    ['raw', [[1], 'a']],
  ])('takes for %s what Ansible takes', (type, values) => {
    for (const value of values) expect([value, told({ type }, value)]).toEqual([value, []]);
  });

  it.each<[string, Value[]]>([
    ['int', ['5.5', '', 'a', [1]]],
    ['float', ['abc', [1]]],
    ['bool', ['maybe', 2, [true]]],
    ['list', [{ a: 1 }]],
    ['dict', ['text', [1]]],
    ['json', [5]],
    ['bytes', ['abc']],
    ['bits', ['abc']],
  ])('refuses for %s what Ansible refuses', (type, values) => {
    for (const value of values) expect([value, told({ type }, value).length]).toEqual([value, 1]);
  });

  it('does not tell the value of an argument with no_log', () => {
    expect(told({ type: 'int', no_log: true }, 'geheim')).toEqual([
      'argument x must be a whole number, and it is something else',
    ]);
    expect(told({ choices: ['a'], no_log: true }, 'geheim')).toEqual([
      'argument x must be one of a, and it is something else',
    ]);
  });

  it('refuses a parameter that it does not name, but no variable', async () => {
    const files = {
      'roles/r/meta/argument_specs.yml': 'argument_specs: {main: {options: {port: {type: int}}}}\n',
      'roles/r/tasks/main.yml': '[]\n',
    };
    const play = (role: string) => `- hosts: a1\n  gather_facts: false\n  vars: {other: 1}\n  roles: [${role}]\n`;
    const wrong = await playbook({ files: { 'site.yml': play('{role: r, prot: 5}'), ...files } });
    expect(wrong.text).toContain('Validation of arguments failed: there is no argument "prot"');
    expect((await playbook({ files: { 'site.yml': play('r'), ...files } })).recap.get('a1')).toMatchObject({
      failed: 0,
    });
  });

  it('is refused where it says what is not checked', async () => {
    const { problems } = await playbook({
      files: {
        'site.yml': '- hosts: a1\n  roles: [r]\n',
        'roles/r/meta/argument_specs.yml':
          'argument_specs:\n  main:\n    options:\n      a: {type: strr}\n      b: {type: dict, required_if: [], options: {c: {requird: true}}}\n',
        'roles/r/tasks/main.yml': '[]\n',
      },
    });
    expect(problems.map((problem) => problem.split('\n')[0])).toEqual([
      'roles/r/meta/argument_specs.yml:4:17: there is no type "strr"',
      'roles/r/meta/argument_specs.yml:5:23: "required_if" is not supported yet',
      'roles/r/meta/argument_specs.yml:5:54: a spec option has no keyword "requird"',
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { checkArguments, parseKeyValue, resolveArguments } from '../../../engine/arguments.ts';
import { defineController, defineQuery, type Module, type Value } from '../../../engine/module.ts';
import type { Expressions } from '../../../engine/playbook/expression.ts';
import { type Node, parseYaml, toValue } from '../../../engine/playbook/yaml.ts';
import { formatProblem, type Problem } from '../../../engine/problem.ts';

const text = { type: 'string', description: 'A text.' } as const;

interface Args {
  name: string;
  enabled?: boolean;
  state?: string;
  retries?: number;
  after?: string[];
  mode?: string;
  extra?: object;
  ratio?: number;
  token?: string;
}

const unit: Module = defineQuery<Args>({
  name: 'unit',
  description: 'Reads a unit.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: { ...text, aliases: ['service'] },
      enabled: { type: 'boolean', description: 'At boot.' },
      state: { type: 'string', enum: ['started', 'stopped', 'no'], description: 'Now.' },
      retries: { type: 'integer', minimum: 0, maximum: 9, default: 3, description: 'How often.' },
      after: { type: 'array', items: { type: 'string' }, description: 'Units before.' },
      mode: { type: 'string', format: 'mode', description: 'Mode.' },
      extra: { type: 'object', description: 'More.' },
      ratio: { type: 'number', description: 'A share.' },
      token: { type: 'string', secret: true, pattern: '^[a-z]+$', description: 'Hidden.' },
    },
    mutuallyExclusive: [['extra', 'ratio']],
  },
  ask: async () => ({}),
});

const expressions = { isTemplate: (given: string) => given.includes('{{') } as unknown as Expressions;

function node(yaml: string): Node {
  const problems: Problem[] = [];
  const read = parseYaml({ file: 'site.yml', text: yaml }, problems);
  if (!read || problems.length > 0) throw problems[0] ?? new Error('empty');
  return read;
}

const check = (yaml: string, module = unit): string[] =>
  checkArguments(module, node(yaml), expressions).map(formatProblem);

const resolve = (yaml: string): Value => {
  const args = node(yaml);
  return resolveArguments(unit, toValue(args), args);
};

function refusal(module: Module, rendered: Value, args?: Node): string {
  try {
    resolveArguments(module, rendered, args);
    return 'no problem';
  } catch (thrown) {
    return formatProblem(thrown as Problem);
  }
}

describe('arguments as written', () => {
  it('are refused by name with the nearest one, every one of them', () => {
    expect(check('name: a\nenabeld: true\nzzz: 1\n')).toEqual([
      `site.yml:2:1: unit has no argument "enabeld"
     2 | enabeld: true
       | ^^^^^^^
  why:  the arguments in a file are checked before its tasks run
  mend: did you mean "enabled"? unit takes name, enabled, state, retries, after, mode, extra, ratio, token`,
      `site.yml:3:1: unit has no argument "zzz"
     3 | zzz: 1
       | ^^^
  why:  the arguments in a file are checked before its tasks run
  mend: unit takes name, enabled, state, retries, after, mode, extra, ratio, token`,
    ]);
  });

  it('are held to their types, with the place of the value', () => {
    expect(check('name: a\nenabled: maybe\n')).toEqual([
      `site.yml:2:10: unit takes true or false for "enabled", not "maybe"
     2 | enabled: maybe
       |          ^^^^^
  why:  the arguments in a file are checked before its tasks run`,
    ]);
    expect(check('name: a\nretries: 12\n')[0]).toContain('unit takes an integer from 0 to 9 for "retries", not 12');
    expect(check('name: [a]\n')[0]).toContain('unit takes a string for "name", not a list');
    expect(check('name: a\nafter: [b, [c]]\n')[0]).toContain(
      'site.yml:2:12: unit takes a string for item 2 of "after", not a list',
    );
    expect(check('name: a\nextra: text\n')[0]).toContain('unit takes a dictionary for "extra", not "text"');
  });

  it('are held to their choices, with the nearest one', () => {
    expect(check('name: a\nstate: starte\n')).toEqual([
      `site.yml:2:8: unit takes started, stopped or no for "state", not "starte"
     2 | state: starte
       |        ^^^^^^
  why:  the arguments in a file are checked before its tasks run
  mend: did you mean "started"?`,
    ]);
  });

  it('must hold what is required, and only one of what excludes each other', () => {
    expect(check('enabled: true\n')).toEqual([
      `unit needs "name"
  why:  the arguments in a file are checked before its tasks run
  mend: unit takes name, enabled, state, retries, after, mode, extra, ratio, token`,
    ]);
    expect(check('name: a\nextra: {}\nratio: 1\n')[0]).toContain('unit takes only one of "extra" and "ratio"');
  });

  it('are left for later where a template is in the way', () => {
    expect(check('name: "{{ x }}"\nenabled: "{{ y }}"\nafter: [a, "{{ z }}"]\n')).toEqual([]);
    expect(check('"{{ all_of_them }}"\n')).toEqual([]);
    expect(check('"name={{ x }} enabeld=1"\n')[0]).toContain('site.yml:1:15: unit has no argument "enabeld"');
  });

  it('never show a secret', () => {
    expect(check('name: a\ntoken: ABC\n')[0]).toContain('takes text that matches ^[a-z]+$ for "token", not <hidden>');
  });
});

describe('rendered arguments', () => {
  it('take their types as Ansible converts them, with aliases and defaults', () => {
    expect(resolve('{service: 12, enabled: "yes", retries: "4", after: "b,c", ratio: "0.5"}')).toEqual({
      name: '12',
      enabled: true,
      retries: 4,
      after: ['b', 'c'],
      ratio: 0.5,
    });
    expect(resolve('{name: true, enabled: 0, after: 5, extra: "a=1 b=2"}')).toEqual({
      name: 'True',
      enabled: false,
      retries: 3,
      after: ['5'],
      extra: { a: '1', b: '2' },
    });
    expect(resolve('{name: 1.0, state: false, extra: \'{"a": 1}\'}')).toEqual({
      name: '1.0',
      state: 'no',
      retries: 3,
      extra: { a: 1 },
    });
  });

  it('count null as not given', () => {
    expect(resolve('{name: a, enabled: , after: ~}')).toEqual({ name: 'a', retries: 3 });
    expect(refusal(unit, { name: null })).toContain('unit needs "name"');
  });

  it('say what a template came to', () => {
    const args = node('name: a\nretries: "{{ times }}"\n');
    expect(refusal(unit, { name: 'a', retries: 'many' }, args)).toBe(
      `site.yml:2:11: unit takes an integer from 0 to 9 for "retries", not "many"
     2 | retries: "{{ times }}"
       |           ^^^^^^^^^^^
  why:  that is what {{ times }} comes to`,
    );
  });

  it('take any name where the module does', () => {
    const any = defineController({
      name: 'any',
      description: 'Takes all.',
      anyArgument: true,
      schema: { type: 'object', additionalProperties: false, properties: {} },
      evaluate: async () => ({}),
    });
    expect(resolveArguments(any, { a: 1, b: [2] }, undefined)).toEqual({ a: 1, b: [2] });
  });
});

describe('a mode', () => {
  it.each([
    ['"644"', '0644'],
    ['"0644"', '0644'],
    ['0644', '0644'],
    ['0o755', '0755'],
    ['"01777"', '1777'],
    ['"u=rw,g=r,o="', 'u=rw,g=r,o='],
    ['a+X', 'a+X'],
    ['preserve', 'preserve'],
  ])('written %s is %s', (written, mode) => {
    expect(resolve(`{name: a, mode: ${written}}`)).toMatchObject({ mode });
  });

  it('written as a decimal number is refused, with the quotes to write', () => {
    expect(check('name: a\nmode: 644\n')).toEqual([
      `site.yml:2:7: unit takes an octal mode for "mode", not the number 644
     2 | mode: 644
       |       ^^^
  why:  YAML reads 644 as a decimal number, which would be the mode 1204
  mend: write '0644', with the quotes`,
    ]);
  });

  it('from a variable is judged by its bits', () => {
    expect(resolveArguments(unit, { name: 'a', mode: 0o644 }, undefined)).toMatchObject({ mode: '0644' });
    expect(resolveArguments(unit, { name: 'a', mode: 0o2755 }, undefined)).toMatchObject({ mode: '2755' });
    expect(refusal(unit, { name: 'a', mode: 755 })).toContain("write '0755', with the quotes");
    expect(refusal(unit, { name: 'a', mode: 'rwx' })).toContain(
      'unit takes an octal mode or one as chmod takes it for "mode", not "rwx"',
    );
  });
});

describe('key=value text', () => {
  it.each<[string, Value]>([
    ['src=a dest="b c" mode=0644', { src: 'a', dest: 'b c', mode: '0644' }],
    ["a='x=y' b=c=d", { a: 'x=y', b: 'c=d' }],
    ['a={{ x | default("q r") }} b=2', { a: '{{ x | default("q r") }}', b: '2' }],
    ['a="one\\ntwo"', { a: 'one\ntwo' }],
    ['a=1 loose words', { a: '1', _raw_params: 'loose words' }],
    ['a=1\n  b=2', { a: '1', b: '2' }],
    ['a\\=b', { _raw_params: 'a=b' }],
    ["printf 'a\\nb' | sed 's/\\bx\\b/\\t/'", { _raw_params: "printf 'a\\nb' | sed 's/\\bx\\b/\\t/'" }],
    ['', {}],
  ])('%j', (given, expected) => expect(parseKeyValue(given)).toEqual(expected));

  it('keeps all but the named keys as raw text', () => {
    expect(parseKeyValue('echo a=b  "c d" creates=/x', ['creates'])).toEqual({
      creates: '/x',
      _raw_params: 'echo a=b  "c d"',
    });
  });

  it('refuses a quote that is not closed', () => {
    expect(() => parseKeyValue('a="b')).toThrow('a quote or a template is not closed in the arguments: a="b');
  });
});

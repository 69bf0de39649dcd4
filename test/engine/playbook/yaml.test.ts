import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createExpressions } from '../../../engine/playbook/template/engine.ts';
import { parseYaml, toValue } from '../../../engine/playbook/yaml.ts';
import { formatProblem, type Problem } from '../../../engine/problem.ts';
import { render, scopeOf } from '../../support/render.ts';

/** A YAML text and how ansible-core 2.19 prints what it reads; null where it cannot be read. */
const CASES: [string, string | null][] = readFileSync(new URL('yaml.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));

function read(text: string): string | null {
  const problems: Problem[] = [];
  const node = parseYaml({ file: 'a.yml', text }, problems);
  if (problems.length > 0) return null;
  const value = node === undefined ? null : toValue(node);
  return (render('x{{ v }}y', { v: value }) as string).slice(1, -1);
}

const problemsIn = (text: string): string => {
  const problems: Problem[] = [];
  parseYaml({ file: 'a.yml', text }, problems);
  return problems.map(formatProblem).join('\n');
};

describe('YAML, as ansible-core reads it', () => {
  test.each(CASES)('%j', (text, printed) => {
    expect(read(text)).toBe(printed);
  });
});

test('what stands after lines that are not indented deeper has its own place', () => {
  expect(problemsIn('a: [\n  x,\n]\nb: "c\nd"\ne: *nosuch\n')).toBe(
    ['a.yml:6:5: no anchor is named "nosuch"', '     6 | e: *nosuch', '       |     ^^^^^^'].join('\n'),
  );
  expect(problemsIn('a: [\n  x\nb: 1\n')).toContain('a.yml:1:4: this is not valid YAML: [ is not closed');
});

test.each([
  ['a: &x [1, *x]\n', 'a.yml:1:12: "*x" stands inside what it names'],
  ['a: !!int x\n', '"x" is no int'],
  ['a: !!float x\n', '"x" is no float'],
  ['a: !!set {x}\n', 'the YAML tag "!!set" is not supported'],
  ['yes: 1\ntrue: 2\n', 'the key "true" is already at a.yml:1:1'],
])('%j', (text, said) => {
  expect(problemsIn(text)).toContain(said);
});

test('what is unsafe is text as it stands, in lists and dictionaries too', () => {
  const node = parseYaml({ file: 'a.yml', text: 'a: !unsafe {x: "{{ n }}", y: [1, "{{ n }}"]}\nb: !unsafe 5\n' }, []);
  if (!node) throw new Error('it cannot be read');
  const unsafe = { a: { x: '{{ n }}', y: [1, '{{ n }}'] }, b: 5 };
  expect(render('{{ v }}', { v: toValue(node), n: 7 })).toEqual(unsafe);
  expect(createExpressions().renderNode(node, scopeOf({ n: 7 }))).toEqual(unsafe);
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createExpressions } from '../../../../engine/playbook/template/engine.ts';
import type { Mapping } from '../../../../engine/value.ts';
import { render, renderFile, scopeOf } from '../../../support/render.ts';

const VARS = { n: 5, list: [3, 1, 2], yes: true };

/** A template file's text and what ansible-core 2.19 renders it to. */
const FILES: [string, string][] = [
  ['{% raw %}{{ x }}{% endraw %}\n', '{{ x }}\n'],
  ['{% raw %}\n{% if x %}\n{% endraw %}\nz\n', '\n{% if x %}\nz\n'],
  ['{% for i in [1] %}\n{{ i }}\n{% endfor %}\n', '1\n'],
  ["    {{ 'a\\nb\\n' | indent(4) }}\n", '    a\n    b\n'],
  ['one\n\n\n', 'one\n\n\n'],
  ['a\r\n{% if yes %}\r\nb\r\n{% endif %}\r\n', 'a\nb\n'],
  ['{% for (a, b), c in [[[1, 2], 3]] %}{{ a }}{{ b }}{{ c }}{% endfor %}', '123'],
  ['{% for i in [[1, [2]], 3] recursive %}{{ loop(i) if i is iterable else i }}{% endfor %}', '123'],
  ['{% for i in [1] %}{% for j in [1] %}{{ loop.depth }}{% endfor %}{% endfor %}', '1'],
  ['{% block b scoped %}{{ n }}{% endblock b %}', '5'],
  ['#jinja2: lstrip_blocks: True\na\n  {% if yes %}\nb\n  {% endif %}\n', 'a\nb\n'],
  ['#jinja2: trim_blocks: False\n{% if yes %}\nb\n{% endif %}\n', '\nb\n'],
  ["#jinja2:variable_start_string:'[[', variable_end_string:']]'\n[[ n ]]{{ n }}\n", '5{{ n }}\n'],
  ['{{ n if yes }}|{{ n if not yes }}|', '5||'],
];

describe('a template file', () => {
  test.each(FILES)('%j', (text, expected) => {
    expect(renderFile(text, VARS)).toBe(expected);
  });

  test('says which setting of its first line is none', () => {
    expect(() => renderFile('#jinja2: nosuch: True\nx\n')).toThrow('"#jinja2:" takes no setting "nosuch: True"');
  });

  test('is not omit alone', () => {
    expect(() => renderFile('{{ omit }}')).toThrow('omit is no text: it stands for a whole argument');
    expect(renderFile('a{{ omit }}')).toBe('a');
  });

  test('refuses a second value in brackets, as of a quote too few', () => {
    expect(() => renderFile("{{ a['b['c']'] }}")).toThrow('expected "]", found "c"');
    expect(() => renderFile('{{ a[1 2] }}')).toThrow('expected "]", found "2"');
  });

  test('writes a letter by its code in octal, and not by its name', () => {
    expect(renderFile("{{ '\\101\\60' }}")).toBe('A0');
    expect(() => renderFile("{{ '\\N{BULLET}' }}")).toThrow('letters by name are not here');
  });

  test('is included without the line end it ends in, and sees the variables around it unless it is told not to', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mesh-play-template-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 't.j2'), "n={{ n | default('none') }}\n");
    writeFileSync(join(folder, 'm.j2'), "{% macro m() %}{{ n | default('none') }}{% endmacro %}");
    const rendered = (text: string): string =>
      createExpressions().renderFile(text, join(folder, 'x.j2'), scopeOf({ n: 5 }, [folder]));
    expect(rendered("{% for n in [1, 2] %}{% include 't.j2' %};{% endfor %}")).toBe('n=1;n=2;');
    expect(rendered("{% include 't.j2' without context %}")).toBe('n=none');
    expect(rendered("{% from 'm.j2' import m %}{{ m() }}")).toBe('none');
    expect(rendered("{% from 'm.j2' import m with context %}{% set n = 8 %}{{ m() }}")).toBe('5');
  });
});

describe('what a template file is told of itself', () => {
  const said = (text: string, variables: Mapping = {}): string =>
    createExpressions().renderFile(text, 'site/x.j2', scopeOf(variables), { src: 'x.j2', dest: '/etc/x' });

  test('is its name, where it goes, and that it is managed, unless a variable says so otherwise', () => {
    expect(said('{{ template_path }} {{ template_fullpath }} {{ template_destpath }}')).toBe('x.j2 site/x.j2 /etc/x');
    expect(said('# {{ ansible_managed }}')).toBe('# Ansible managed');
    expect(said('# {{ ansible_managed }}', { ansible_managed: 'by {{ template_path }}' })).toBe('# by x.j2');
  });

  test('is worked out for each file, also in a variable that speaks of it', () => {
    const scope = scopeOf({ mark: 'from {{ template_path }}' });
    const marks = ['a.j2', 'b.j2'].map((src) => createExpressions().renderFile('{{ mark }}', src, scope, { src }));
    expect(marks).toEqual(['from a.j2', 'from b.j2']);
    expect(() => render('{{ template_path }}')).toThrow("'template_path' is undefined");
  });
});

describe('a file of the template lookup', () => {
  test('keeps the type of its one expression, and takes variables and delimiters', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mesh-play-template-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 't.j2'), '{{ list }}\n');
    writeFileSync(join(folder, 'd.j2'), '[[ n ]] {{ n }} {{ template_path }}\n');
    expect(render("{{ lookup('template', 't.j2') }}", VARS, [folder])).toEqual([3, 1, 2]);
    expect(render("{{ lookup('template', 't.j2', template_vars={'list': [1]}) }}", VARS, [folder])).toEqual([1]);
    const delimited = "{{ lookup('template', 'd.j2', variable_start_string='[[', variable_end_string=']]') }}";
    expect(render(delimited, VARS, [folder])).toBe('5 {{ n }} {{ template_path }}\n');
  });
});

describe('a template in a playbook', () => {
  test('keeps the type of its value when a line end follows it, as in a folded text', () => {
    expect(render('{{ list }}\n', VARS)).toEqual([3, 1, 2]);
    expect(render('{{ n }} x\n', VARS)).toBe('5 x\n');
    expect(render("{{ 'a' }}\n", VARS)).toBe('a\n');
  });

  test('that comes to an if that does not hold and has no else is undefined', () => {
    expect(() => render('{{ n if not yes }}', VARS)).toThrow("'this if without an else' is undefined");
    expect(render("{{ (n if not yes) is defined }}{{ (n if not yes) | default('u') }}", VARS)).toBe('Falseu');
  });

  test('has no statement "do", which is an extension that Ansible does not turn on', () => {
    expect(() => render('{% do list.append(1) %}', VARS)).toThrow('there is no statement "do"');
  });
});

describe('a macro', () => {
  test('sees its own parameters and not the variables of their names', () => {
    expect(renderFile("{% macro m(n) %}{{ n | default('none') }}{% endmacro %}{{ m() }}{{ m(1) }}", VARS)).toBe(
      'none1',
    );
    expect(renderFile('{% macro m(a=1) %}{{ [a] }}{% endmacro %}{{ m(none) }}', VARS)).toBe('[None]');
    expect(renderFile('{% macro m(a=1, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ m() }}{{ m(5) }}', VARS)).toBe('1155');
    expect(renderFile('{% macro m(a) %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, x=3) }}', VARS)).toBe(
      "[2]{'x': 3}",
    );
  });

  test('refuses arguments that it does not take', () => {
    expect(() => renderFile('{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}')).toThrow(
      'macro "m" takes not more than 1 arguments, and this is 2',
    );
    expect(() => renderFile('{% macro m(a) %}{% endmacro %}{{ m(b=2) }}')).toThrow(
      'macro "m" takes no keyword argument "b"',
    );
  });
});

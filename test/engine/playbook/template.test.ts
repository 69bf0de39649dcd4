import { describe, expect, test } from 'vitest';
import { complaint, render, renderFile } from '../../support/render.ts';

const VARS = {
  n: 5,
  f: 2.5,
  s: 'text',
  yes: true,
  nothing: null,
  list: [3, 1, 2],
  names: ['b', 'a'],
  d: { a: 1, b: { c: [10, 20] }, items: 'mine' },
  users: [
    { name: 'ann', admin: true, groups: ['x', 'y'] },
    { name: 'bob', groups: ['y'] },
  ],
};

/** Template, what it renders to. */
const CASES: [string, unknown][] = [
  ['{{ n }}', 5],
  ['{{ n }} apples', '5 apples'],
  ['{{ list }}', [3, 1, 2]],
  ['{{ d.b.c[1] }}', 20],
  ["{{ d['b']['c'].0 }}", 10],
  ["{{ d['items'] }}", 'mine'],
  ['{{ d.keys() | list }}', ['a', 'b', 'items']],
  ['{{ 7 // 2 }} {{ 7 % 3 }} {{ 2 ** 3 }} {{ 7 / 2 }} {{ 4 / 2 }}', '3 1 8 3.5 2.0'],
  ['{{ -7 // 2 }} {{ -7 % 3 }}', '-4 2'],
  ["{{ n ~ '-' ~ yes }}", '5-True'],
  ['{{ [True, False, None, true, none] }}', [true, false, null, true, null]],
  ["x{{ [True, 'a', {'k': None}] }}", "x[True, 'a', {'k': None}]"],
  ['{{ 3 in list and 4 not in list }}', true],
  ["{{ 'ex' in s }}", true],
  ['{{ list[1:] }}', [1, 2]],
  ['{{ list[::-1] }}', [2, 1, 3]],
  ['{{ s[-2:] }}', 'xt'],
  ['{{ 1 < n <= 5 }}', true],
  ["{{ 'a' if n > 3 else 'b' }}", 'a'],
  ["{{ missing | default('x') }}", 'x'],
  ["{{ missing.deeper.still | default('x') }}", 'x'],
  ["{{ '' | default('x', true) }}", 'x'],
  ['{{ missing is defined }} {{ d.a is defined }} {{ d.zz is undefined }}', 'False True True'],
  ["{{ users | map(attribute='name') | join(', ') }}", 'ann, bob'],
  ["{{ users | selectattr('admin', 'defined') | map(attribute='name') | first }}", 'ann'],
  ["{{ users | rejectattr('admin', 'defined') | map(attribute='name') | list }}", ['bob']],
  ["{{ users | map(attribute='admin', default=false) | list }}", [true, false]],
  ["{{ list | select('gt', 1) | list }}", [3, 2]],
  ["{{ list | map('string') | map('regex_replace', '^', 'n') | list }}", ['n3', 'n1', 'n2']],
  ['{{ list | sort }} {{ list | max }} {{ list | sum }}', '[1, 2, 3] 3 6'],
  ["{{ {'a': 1} | combine({'b': 2}) }}", { a: 1, b: 2 }],
  ["{{ {'a': {'x': 1}} | combine({'a': {'y': 2}}, recursive=true) }}", { a: { x: 1, y: 2 } }],
  ["{{ {'a': [1]} | combine({'a': [2]}, list_merge='append') }}", { a: [1, 2] }],
  ["{{ {'k': 'v'} | dict2items }}", [{ key: 'k', value: 'v' }]],
  ["{{ [{'key': 'k', 'value': 'v'}] | items2dict }}", { k: 'v' }],
  ['{{ d.b | to_json }}', '{"c": [10, 20]}'],
  ["{{ {'b': 1, 'a': [1, 2]} | to_nice_json }}", '{\n    "a": [\n        1,\n        2\n    ],\n    "b": 1\n}'],
  ["{{ {'b': 'yes', 'a': [1, 2]} | to_yaml }}", "a: [1, 2]\nb: 'yes'\n"],
  ["{{ {'b': {'c': 1}, 'a': [1, {'x': 2}]} | to_nice_yaml }}", 'a:\n- 1\n-   x: 2\nb:\n    c: 1\n'],
  ['{{ \'{"a": [1, 2]}\' | from_json }}', { a: [1, 2] }],
  ["{{ 'a: [1, yes]' | from_yaml }}", { a: [1, true] }],
  ["{{ 'foobar' | regex_replace('o+(b)', '0\\1') }}", 'f0bar'],
  ["{{ 'foobar' | regex_replace('^(?P<x>f)', '\\g<x>!') }}", 'f!oobar'],
  ["{{ 'foo1bar22' | regex_search('\\d+') }}", '1'],
  ["{{ 'foo1bar' | regex_search('(o+)(\\d)', '\\1', '\\2') }}", ['oo', '1']],
  ["{{ 'nothing' | regex_search('\\d') }}", null],
  ["{{ 'a1b22' | regex_findall('\\d+') }}", ['1', '22']],
  [
    "{{ 'a1b22' | regex_findall('([a-z])(\\d+)') }}",
    [
      ['a', '1'],
      ['b', '22'],
    ],
  ],
  ["{{ 'a\\nb' }}", 'a\\nb'],
  ['{% set x = "\\n" %}{{ x }}|', '\n|'],
  ["{{ 'hé' | b64encode }} {{ 'aMOp' | b64decode }}", 'aMOp hé'],
  ["{{ 'x' | hash('sha256') }}", '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881'],
  ['{{ "it\'s" | quote }} {{ "plain" | quote }}', `'it'"'"'s' plain`],
  ["{{ 'yes' | bool }} {{ 'off' | bool }} {{ 1 | bool }}", 'True False True'],
  ["{{ '42abc' | int }} {{ '42' | int + 1 }} {{ '0x1f' | int(base=16) }}", '0 43 31'],
  ["{{ yes | ternary('a', 'b') }}", 'a'],
  ['{{ [1, 2, 2, 1] | unique }} {{ [1] | union([2]) }} {{ [1, 2] | difference([2]) }}', '[1, 2] [1, 2] [1]'],
  ['{{ [1, [2, [3]]] | flatten }} {{ [1, [2, [3]]] | flatten(levels=1) }}', '[1, 2, 3] [1, 2, [3]]'],
  [
    "{{ [1, 2] | zip(['a', 'b']) | list }}",
    [
      [1, 'a'],
      [2, 'b'],
    ],
  ],
  ["{{ '/a/b.txt' | basename }} {{ '/a/b.txt' | dirname }} {{ '/a/b.txt' | splitext | last }}", 'b.txt /a .txt'],
  [
    "{{ '2.10' is version('2.9', '>') }} {{ '1.0.0-rc1' is version('1.0.0', '<', version_type='semver') }}",
    'True True',
  ],
  ["{{ 'foobar' is match('foo') }} {{ 'foobar' is match('bar') }} {{ 'foobar' is search('bar') }}", 'True False True'],
  [
    "{{ {'failed': true} is failed }} {{ {'changed': false} is changed }} {{ {'failed': false} is succeeded }}",
    'True False True',
  ],
  [
    "{{ 'a,b'.split(',') }} {{ 'Ab'.lower() }} {{ ' x '.strip() }} {{ 'abc'.replace('b', '-') }}",
    "['a', 'b'] ab x a-c",
  ],
  ["{{ '%s-%03d' | format('a', 7) }} {{ '{0}:{x}'.format(1, x=2) }}", 'a-007 1:2'],
  ['{% for u in users %}{{ loop.index }}{{ u.name }}{% if not loop.last %},{% endif %}{% endfor %}', '1ann,2bob'],
  ['{% set x = namespace(n=0) %}{% for i in list %}{% set x.n = x.n + i %}{% endfor %}{{ x.n }}', 6],
  ["{% macro m(a, b='z') %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}{{ m(1, b=2) }}", '1z12'],
  ["{{ query('items', [1, [2]]) }} {{ lookup('dict', {'a': 1}).key }}", '[1, [2]] a'],
  ["{{ lookup('vars', 'n') }} {{ lookup('vars', 'zz', default='q') }}", '5 q'],
  ["{{ lookup('pipe', 'echo hi') }}", 'hi'],
  ["{{ d | dict2items | selectattr('key', 'in', ['a']) | list }}", [{ key: 'a', value: 1 }]],
  ["{{ users | groupby('name') | map('first') | list }}", ['ann', 'bob']],
  ['{# gone #}{{ n }}', 5],
  ["{{ '{{ n }}' }}", '{{ n }}'],
  ['{% raw %}{{ n }}{% endraw %}', '{{ n }}'],
  ['{{ users[0].name.upper() }}', 'ANN'],
  ["{{ ['a'] + ['b'] }}", ['a', 'b']],
  ['{{ not (yes and nothing) }}', true],
  ['{{ s is string and n is number and list is iterable and d is mapping }}', true],
  ['{{ range(1, 7, 2) | list }}', [1, 3, 5]],
  ["{{ dict([['a', 1]]) }}", { a: 1 }],
  ['{{ omit }}', '__omit_place_holder__mesh_play__'],
  ["{{ 'hello world' | title }} {{ 'hello World' | capitalize }} {{ 'a-b' | upper }}", 'Hello World Hello world A-B'],
  ["{{ 3.14159 | round(2) }} {{ 2.5 | round }} {{ 7 | round }} {{ 2.567 | round(1, 'floor') }}", '3.14 2.0 7 2.5'],
  ['{{ [1,2,3,4,5] | batch(2) | list }}', [[1, 2], [3, 4], [5]]],
  ["{{ 'a' in {'a': 1} }} {{ 'zz' in d }}", 'True False'],
  ["{{ d.items() | list | length }} {{ d | length }} {{ 'héé' | length }}", '3 3 3'],
  ["{{ 'text' | indent(2, true) }}", '  text'],
  ["{{ 'x' * 3 }} {{ [1] * 2 }}", 'xxx [1, 1]'],
  ["{{ 1024 | human_readable }} {{ '2K' | human_to_bytes }}", '1.00 KB 2048'],
  ["{{ '/x' | path_join }} {{ ['/a', 'b', 'c'] | path_join }}", '/x /a/b/c'],
  ["{{ 'a b&c' | urlencode }}", 'a%20b%26c'],
  ["{{ {'a': {'b': 1}} | to_yaml }}", 'a: {b: 1}\n'],
  [
    "{{ {'s': 'word ' * 20, 't': 'it: is', 'n': '007', 'b': 'no', 'e': '', 'd': '2020-01-01', 'm': 'a\nb\n'} | to_nice_yaml }}",
    "b: 'no'\nd: '2020-01-01'\ne: ''\nm: 'a\n\n    b\n\n    '\nn: '007'\ns: 'word word word word word word word word word word word word word word word word\n    word word word word '\nt: 'it: is'\n",
  ],
  ['{{ [1, none, 2] | select | list }}', [1, 2]],
  ['{{ (1, 2) }}', [1, 2]],
  [
    "{{ [3, 1] | sort(reverse=true) }} {{ ['b', 'A'] | sort }} {{ users | sort(attribute='name', reverse=true) | map(attribute='name') | list }}",
    "[3, 1] ['A', 'b'] ['bob', 'ann']",
  ],
  ["{{ 'abc' | first }} {{ [1, 2] | last }} {{ [[1, 2], [3]] | sum(start=[]) }}", 'a 2 [1, 2, 3]'],
  ["{{ 'a' | ternary(1, 2) }} {{ none | ternary(1, 2, 3) }}", '1 3'],
  ["{{ [1, 2, 3] | random(seed='x') in [1, 2, 3] }}", true],
  ["{{ users | subelements('groups') | map('last') | list }}", ['x', 'y', 'y']],
  ["{{ [0, 2] | map('extract', ['x', 'y', 'z']) | list }}", ['x', 'z']],
  ["{{ 'v1.2.3' | regex_replace('^v') }} {{ 'aXbX' | replace('X', '-', 1) }}", '1.2.3 a-bX'],
  ["{{ 'one\ntwo' | comment }}", '#\n# one\n# two\n#'],
  ["{{ [{'a': 1}, {'a': 2}] | map(attribute='a') | max }} {{ [2, 1] | min }}", '2 1'],
  ["{{ 'c' | to_uuid }}", 'f4d353a0-cb9e-5922-926a-194fe52ffe9e'],
  ["{{ 17 | string | int is divisibleby 17 }} {{ 3 is odd }} {{ 'A' is upper }}", 'True True True'],
  ['{{ [1, [2]] | symmetric_difference([1]) }} {{ [1, 2, 3] | intersect([2, 3, 4]) }}', '[[2]] [2, 3]'],
  ["{{ '%d items' % 3 }} {{ 'x=%(x)s' % {'x': 1} }}", '3 items x=1'],
  ["{{ ' a '.strip() ~ 'A,b'.split(',')[1] ~ 'x.y'.rsplit('.', 1)[0] }}", 'abx'],
  ["{{ {'a': 1}.get('b', 5) }} {{ {'a': 1}.a }} {{ 'abc'.find('c') }}", '5 1 2'],
  ['{% for k, v in d.b.items() %}{{ k }}{{ v }}{% else %}none{% endfor %}', 'c[10, 20]'],
  ['{% for i in [] %}x{% else %}none{% endfor %}', 'none'],
  ['{% if n == 5 %}five{% elif n == 6 %}six{% else %}other{% endif %}', 'five'],
  ['{% if false %}x{% endif %}', null],
  ['{{ none }}', null],
  ['a{{ none }}b', 'ab'],
  ['{% for i in range(3) if i != 1 %}{{ i }}{% endfor %}', '02'],
  ["{{ [1, 2] | join }} {{ 'abc' | list }}", "12 ['a', 'b', 'c']"],
  ["{{ 'yes' is truthy }} {{ '' is falsy }} {{ 'no' is truthy(convert_bool=True) }}", 'True True False'],
  ["{{ 'y' is truthy(convert_bool=True) }} {{ 'T' is truthy(convert_bool=True) }}", 'True True'],
  [
    "{{ 'f' is truthy(convert_bool=True) }} {{ 'f' is falsy }} {{ ['0'] is truthy(convert_bool=True) }}",
    'False False True',
  ],
  ['{{ [1, 2] is subset([1, 2, 3]) }} {{ [1] is contains(1) }} {{ 1 in [1] }}', 'True True True'],
  ['{{ [true, false] is any }} {{ [true, false] is all }}', 'True False'],
  ["{{ 'a' < 'b' }} {{ [1, 2] < [1, 3] }} {{ 1 == 1.0 }} {{ true == 1 }}", 'True True True True'],
  ['{{ 5 // 2.0 }} {{ 5 % 2.5 }} {{ 2 ** -1 }} {{ 1e3 }} {{ 10 / 5 }}', '2.0 0.0 0.5 1000.0 2.0'],
  ['{{ 1.5e300 }} {{ 0.1 + 0.2 }}', '1.5e+300 0.30000000000000004'],
  [
    "{{ [1, 2] | product(['a']) | list }}",
    [
      [1, 'a'],
      [2, 'a'],
    ],
  ],
  ["{{ n | string ~ 'x' }} {{ f }} {{ 3.0 }} {{ 10 | float }}", '5x 2.5 3.0 10.0'],
  ['{{ 1 if false }}x', 'x'],
];

describe('expressions', () => {
  test.each(CASES)('%s', (template, expected) => {
    expect(render(template, VARS)).toEqual(expected);
  });

  test('a variable made of templates is rendered at any depth, and keeps its type', () => {
    expect(render('{{ a }}', { a: { list: ['{{ b }}'] }, b: '{{ c }}', c: 7 })).toEqual({ list: [7] });
  });

  test('a member that is a text with a template in it is rendered once, not again', () => {
    expect(render('{{ "{" ~ "{ n }" ~ "}" }}', { n: 1 })).toBe('{{ n }}');
  });
});

describe('template files', () => {
  test('the line end after a block is dropped, and the one after an expression is kept', () => {
    expect(renderFile('{% for i in list %}\n- {{ i }}\n{% endfor %}\nend\n', VARS)).toBe('- 3\n- 1\n- 2\nend\n');
  });

  test('a minus sign strips white space, and lstrip_blocks what stands before a block', () => {
    expect(renderFile('a \n {%- if yes -%} \n b {%- endif %}\n', VARS)).toBe('ab\n');
    expect(renderFile('a\n  {% if yes %}\nb\n  {% endif %}\n', VARS, { lstrip_blocks: true })).toBe('a\nb\n');
  });

  test('None prints as nothing and True as Python prints it', () => {
    expect(renderFile('[{{ nothing }}] {{ yes }}', VARS)).toBe('[] True');
  });
});

describe('what is said of a bad template', () => {
  test('an undefined variable is named, with its place and the nearest name', () => {
    expect(complaint('msg: "hello {{ usres }}"\n', VARS)).toBe(
      [
        `play.yml:1:16: 'usres' is undefined`,
        '     1 | msg: "hello {{ usres }}"',
        '       |                ^^^^^',
        '  mend: did you mean "users"?',
      ].join('\n'),
    );
  });

  test('an undefined member is named with its path', () => {
    expect(complaint('msg: "{{ d.b.cc }}"\n', VARS)).toContain(`'d.b.cc' is undefined`);
  });

  test('a syntax error inside a folded string is placed on its own line', () => {
    expect(complaint('msg: >\n  one\n  {{ n + }} two\n')).toBe(
      [
        'play.yml:3:10: this template cannot be read: expected a value, found "}}"',
        '     3 |   {{ n + }} two',
        '       |          ^^',
      ].join('\n'),
    );
  });

  test('an unknown filter is refused before anything is evaluated', () => {
    expect(complaint('msg: "{{ n | tojsn }}"\n')).toBe(
      [
        'play.yml:1:14: there is no filter "tojsn"',
        '     1 | msg: "{{ n | tojsn }}"',
        '       |              ^^^^^',
        '  mend: did you mean "tojson"?',
      ].join('\n'),
    );
  });

  test.each([
    ['{{ n is odd is true }}', 'tests with "is" cannot follow one another: put the first in brackets'],
    ['a {{ list.append }}', 'this is a function and no value: call it with ()'],
    ["{{ 'YWJ' | b64decode }}", 'this is no base64: it is cut short'],
    ["{{ '/w==' | b64decode }}", 'what is written here as base64 is no text in UTF-8'],
    ['{{ n | basename }}', 'a text is wanted here, and this is int'],
    ["{{ '/nosuch' is same_file('/') }}", 'same_file does not go with this: ENOENT'],
    ['{% macro m(a=1, b) %}{% endmacro %}', '"b" needs a value too: the one before it has one'],
    ['{{ (2 ** 64) | random }}', '18446744073709551616 has more digits than this goes by'],
  ])('%s', (template, said) => {
    expect(complaint(`msg: "${template}"\n`, VARS)).toContain(said);
  });

  test('a variable made of itself is told with its circle', () => {
    expect(complaint('msg: "{{ a }}"\n', { a: '{{ b }}', b: '{{ a }}' })).toContain(
      'the variable "a" is made of itself: a → b → a',
    );
  });
});

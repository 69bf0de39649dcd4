import { describe, expect, it } from 'vitest';
import { play, playbook, type Settings } from '../../support/playbook.ts';

const ONE = { 'hosts.yml': 'all: {hosts: {a1: {ansible_connection: local}}}\n' };

/** What the debug tasks of a play on one host say, as ansible-core 2.19 says it. */
const said = async (tasks: string, keywords = '', files: Settings['files'] = {}): Promise<string[]> => {
  const played = await playbook({ files: { ...ONE, 'site.yml': play(tasks, keywords), ...files } });
  expect(played.problems).toEqual([]);
  return played.said.map((line) => line.replace(/^a1: /, ''));
};

describe('arguments written as text', () => {
  it('are taken apart before variables are filled in, so that a value never adds an argument', async () => {
    const tasks = `- debug: msg={{ spaced }}
- command: echo {{ sneaky }}
  register: ran
- debug: msg={{ ran.stdout }}
- set_fact: one={{ list }} two="{{ spaced }}"
- debug: msg="{{ [one, two] }}"
`;
    const vars = '  vars: {spaced: a b, sneaky: "x creates=/etc/passwd", list: [1, 2]}\n';
    expect(await said(tasks, vars)).toEqual(['a b', 'x creates=/etc/passwd', '[[1,2],"a b"]']);
  });

  it('point at their own place when a template in them fails', async () => {
    const { text } = await playbook({ files: { ...ONE, 'site.yml': play('- debug: verbosity=0 msg={{ nosuch }}\n') } });
    expect(text).toContain("site.yml:4:33: 'nosuch' is undefined");
  });
});

describe('values', () => {
  it('keep text marked !unsafe as it is, wherever it is used', async () => {
    const vars = '  vars: {n: 1, u: !unsafe "{{ n }}", d: {k: !unsafe "{{ n }}"}, again: "{{ u }}"}\n';
    const tasks = '- debug: {msg: "{{ [u, d.k, again] }}"}\n- debug: {msg: "{{ f }}{{ h }}"}\n  vars: {x: 1}\n';
    const files = {
      'group_vars/all.yml': 'f: !unsafe "{{ n }}"\n',
      'hosts.yml': 'all: {hosts: {a1: {ansible_connection: local, h: !unsafe "{% x %}"}}}\n',
    };
    expect(await said(tasks, vars, files)).toEqual(['["{{ n }}","{{ n }}","{{ n }}"]', '{{ n }}{% x %}']);
  });

  it('of floats that are whole numbers print as floats, from YAML, from JSON and from arithmetic', async () => {
    const vars = '  vars: {v: 1.0, w: "{{ 4 / 2 }}", e: 1.0e+3}\n';
    const tasks = `- debug: {msg: "{{ v }} {{ w }} {{ w + 1 }} {{ e }} {{ [v] }} {{ '[2.0]' | from_json }}"}
- command: echo {{ v }}
  register: ran
- debug: {msg: "{{ ran.stdout }}"}
- shell: echo $F $B
  environment: {F: "{{ v }}", B: true}
  register: shown
- debug: {msg: "{{ shown.stdout }}"}
`;
    expect(await said(tasks, vars)).toEqual(['1.0 2.0 3.0 1000.0 [1.0] [2.0]', '1.0', '1.0 True']);
  });

  it('have keys that are no templates, but for the names set_fact sets', async () => {
    const tasks = `- debug: {msg: "{{ d }}"}
- set_fact: {"k{{ 1 }}": v}
- debug: {msg: "{{ k1 }} {{ flags[true] }}"}
`;
    const vars = '  vars: {d: {"{{ x }}": 1}, flags: {true: yes it is, false: no}}\n';
    expect(await said(tasks, vars)).toEqual(['{"{{ x }}":1}', 'v yes it is']);
  });

  it('that are omitted inside a variable are left out of it', async () => {
    expect(await said('- debug: {msg: "{{ d }}"}\n', '  vars: {d: {a: "{{ omit }}", b: ["{{ omit }}", 1]}}\n')).toEqual(
      ['{"b":[1]}'],
    );
  });

  it('are found in vars by name', async () => {
    expect(await said('- debug: {msg: "{{ vars.n }} {{ vars[\'m\'] }}"}\n', '  vars: {n: 1, m: "{{ n }}"}\n')).toEqual([
      '1 1',
    ]);
  });
});

describe('conditions', () => {
  it('fill in templates inside their texts, and take an expression that a variable holds', async () => {
    const tasks = `- debug: {msg: text}
  when: "'{{ name }}' == 'n'"
- debug: {msg: indirect}
  when: "{{ condition }}"
- debug: {msg: through}
  when: "{{ chosen }}"
- debug: {msg: never}
  when: "'{{ n }}' == '2'"
- debug: {msg: "{{ lookup('vars', '{{ name }}') }}"}
`;
    expect(await said(tasks, '  vars: {n: 1, condition: n == 1, chosen: "{{ condition }}", name: n}\n')).toEqual([
      'text',
      'indirect',
      'through',
      '1',
    ]);
  });

  it('see a loop item that is nothing', async () => {
    const tasks = '- debug: {msg: "{{ item is none }}"}\n  loop: [null, 1]\n';
    expect(await said(tasks)).toEqual(['true', 'false']);
  });

  it('never take for an expression what a host answered', async () => {
    const tasks = `- command: echo 1 == 1
  register: ran
- debug: {msg: never}
  when: "{{ ran.stdout }}"
`;
    expect(await said(tasks)).toEqual([]);
  });
});

describe('scopes', () => {
  it('of vars_files end with their play', async () => {
    const files = { 'v.yml': 'v: 1\n' };
    const { said: lines } = await playbook({
      files: {
        ...ONE,
        ...files,
        'site.yml': `${play('- debug: {msg: "{{ v }}"}\n', '  vars_files: [v.yml]\n')}${play('- debug: {msg: "{{ v | default(0) }}"}\n')}`,
      },
    });
    expect(lines).toEqual(['a1: 1', 'a1: 0']);
  });

  it('of a dependency hold the parameters of the role that depends on it', async () => {
    const files = {
      'roles/r/tasks/main.yml': '- debug: {msg: "r {{ p }} {{ ansible_play_role_names }} {{ ansible_role_names }}"}\n',
      'roles/r/meta/main.yml': 'dependencies: [{role: dep, q: 1}]\n',
      'roles/dep/tasks/main.yml': '- debug: {msg: "dep {{ p }} {{ q }}"}\n',
    };
    const keywords = '  vars: {p: of the play}\n  roles: [{role: r, p: given}]\n';
    expect(await said('- debug: {msg: "{{ p }}"}\n', keywords, files)).toEqual([
      'dep given 1',
      "r given ['r'] ['r', 'dep']",
      'of the play',
    ]);
  });

  it('of an imported role are seen by the whole play, unless public is false', async () => {
    const files = {
      'roles/r/defaults/main.yml': 'd: default\n',
      'roles/s/defaults/main.yml': 'e: hidden\n',
    };
    const tasks = `- debug: {msg: "{{ d }} {{ e | default('none') }}"}
- import_role: {name: r}
- import_role: {name: s, public: false}
`;
    expect(await said(tasks, '', files)).toEqual(['default none']);
  });
});

it('a registered result says why a task was skipped and what failed_when came to', async () => {
  const tasks = `- debug: {msg: x}
  when: 1 > 2
  register: skipped
- debug: {msg: "{{ skipped }}"}
- command: sh -c 'exit 3'
  failed_when: ran.rc > 3
  register: ran
- debug: {msg: "{{ ran.failed_when_result }} {{ ran.failed }}"}
- debug: {msg: x}
  loop: []
  register: nobody
- debug: {msg: "{{ nobody }}"}
`;
  expect(await said(tasks)).toEqual([
    '{"changed":false,"skipped":true,"skip_reason":"Conditional result was False","false_condition":"1 > 2"}',
    'False False',
    '{"changed":false,"skipped":true,"skipped_reason":"No items in the list","results":[]}',
  ]);
});

describe('variables of the connection that nobody set', () => {
  const hosts = `all:
  vars: {ansible_connection: local}
  hosts: {a1: {}, a2: {ansible_host: 10.0.0.2}}
`;

  it('are those of the host, the keywords and the command line, in tasks and not in hostvars', async () => {
    const tasks = `- debug: {msg: "{{ ansible_host }} {{ ansible_user | default('-') }} {{ hostvars.a1.ansible_host | default('-') }}"}
- debug: {msg: "{{ ansible_user }} {{ hostvars.a2.ansible_host }}"}
  remote_user: "{{ me }}"
  vars: {me: deploy}
- debug: {msg: "{{ ansible_host }}"}
  delegate_to: a2
`;
    const { said } = await playbook({ files: { 'hosts.yml': hosts, 'site.yml': play(tasks) }, limit: 'a1' });
    expect(said).toEqual(['a1: a1 - -', 'a1: deploy 10.0.0.2', 'a1: 10.0.0.2']);
  });

  it('go with what the controller knows of itself', async () => {
    const tasks = `- debug: {msg: "{{ ansible_config_file is none }} {{ ansible_playbook_python is search('python') }}"}
- debug: {msg: "{{ ansible_search_path == [playbook_dir] }}"}
`;
    expect(await said(tasks)).toEqual(['True True', 'true']);
  });
});

it('an expression is one, and no tuple', async () => {
  const { problems } = await playbook({ files: { ...ONE, 'site.yml': play('- debug:\n  when: true, false\n') } });
  expect(problems[0]).toContain('expected the end of the expression, found ","');
});

it('keys that are whole numbers keep their place and are numbers, as ansible-core 2.19 has them', async () => {
  const vars = '  vars: {d: {b: 1, 2: x, a: 3, 1: y, "10": z}, ports: {443: https, 80: http, 22: ssh}}\n';
  const shown: [string, string][] = [
    ['d', "{'b': 1, 2: 'x', 'a': 3, 1: 'y', '10': 'z'}"],
    ["d | dict2items | map(attribute='key')", "['b', 2, 'a', 1, '10']"],
    ['d | to_json', '{"b": 1, "2": "x", "a": 3, "1": "y", "10": "z"}'],
    ['d | to_yaml', "{b: 1, 2: x, a: 3, 1: y, '10': z}\n"],
    ['ports | to_yaml', '{22: ssh, 80: http, 443: https}\n'],
    ['ports | dictsort', "[[22, 'ssh'], [80, 'http'], [443, 'https']]"],
    ["[ports[80], 80 in ports, '80' in ports]", "['http', True, False]"],
    ["ports | combine({8080: 'alt', 80: 'web'})", "{443: 'https', 80: 'web', 22: 'ssh', 8080: 'alt'}"],
    ['ports | dict2items | items2dict', "{443: 'https', 80: 'http', 22: 'ssh'}"],
    ["dict([['9', 'a'], ['1', 'b']])", "{'9': 'a', '1': 'b'}"],
    [`'{"20": 1, "3": {"9": 1, "1": 2}}' | from_json`, "{'20': 1, '3': {'9': 1, '1': 2}}"],
    ["'{9: 1, 1: 2}' | from_yaml", '{9: 1, 1: 2}'],
    ['ports.keys() | max', '443'],
    ['nested', "{'a': {443: 'https', 80: 'http', 22: 'ssh'}, 5: 'b', 1: 'one'}"],
  ];
  const tasks = shown.map(([expression]) => `- debug:\n    msg: |-\n      = {{ ${expression} }}\n`).join('');
  const loops = `- debug: {msg: "= {{ item.key }} {{ item.value }}"}\n  with_dict: "{{ ports }}"
- set_fact: {kept: "{{ ports }}"}
- debug: {msg: "= {% set _ = kept.update({7: 'echo'}) %}{{ kept }}"}
- debug: {var: kept}
`;
  const played = await playbook({
    files: {
      ...ONE,
      'site.yml': play(tasks + loops, vars.replace('}}', `}, nested: {a: "{{ ports }}", 5: b, 1: one}}`)),
    },
  });
  expect(played.problems).toEqual([]);
  expect(played.said.map((line) => line.replace('a1: = ', ''))).toEqual([
    ...shown.map(([, answer]) => answer),
    '443 https',
    '80 http',
    '22 ssh',
    "{443: 'https', 80: 'http', 22: 'ssh', 7: 'echo'}",
  ]);
  expect(played.text).toMatch(/"443": "https",\s+"80": "http",\s+"22": "ssh"/);
});

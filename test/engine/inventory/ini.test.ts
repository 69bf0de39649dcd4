import { describe, expect, it } from 'vitest';
import { BigInteger } from '../../../engine/value.ts';
import { load, problemsOf, varsOf } from './load.ts';

describe('an INI inventory', () => {
  it('puts hosts into the group of their section and lone hosts into ungrouped', () => {
    const { inventory } = load({ hosts: 'lone\n[web]\nweb1\nweb2\n[db]\ndb1\nweb1\n' });
    expect([...inventory.hosts.keys()]).toEqual(['lone', 'web1', 'web2', 'db1']);
    expect(inventory.hostsOf('ungrouped')).toEqual(['lone']);
    expect(inventory.hostsOf('web')).toEqual(['web1', 'web2']);
    expect(inventory.host('web1')?.groups).toEqual(['all', 'db', 'web']);
    expect(inventory.groups.get('all')?.children).toEqual(['ungrouped', 'web', 'db']);
  });

  it('takes a host out of ungrouped when a later section has it', () => {
    const { inventory } = load({ hosts: 'web1\nlone\n[web]\nweb1\n' });
    expect(inventory.hostsOf('ungrouped')).toEqual(['lone']);
    expect(inventory.host('web1')?.groups).toEqual(['all', 'web']);
  });

  it('lets a children section name a group that is declared later', () => {
    const { inventory } = load({ hosts: '[site:children]\nweb\n[web]\nweb1\n' });
    expect(inventory.hostsOf('site')).toEqual(['web1']);
    expect(inventory.groups.get('web')?.depth).toBe(2);
  });

  it('reads values as Python literals, on host lines and in vars sections alike', () => {
    const text = `h a=1 b=True c=yes d="'1'" e="[1,'x']" f=0x10 g=1.5 h=None i="two words" j=10.0.0.1 k=
[all:vars]
m={'a': 1, 'b': [True, None]}
n = some text # kept
o="quoted"
p=010
q=-3
r=(1, 2)
s=123456789012345678901
`;
    expect(varsOf(load({ hosts: text }), 'h')).toEqual({
      a: 1,
      b: true,
      c: 'yes',
      d: '1',
      e: [1, 'x'],
      f: 16,
      g: 1.5,
      h: null,
      i: 'two words',
      j: '10.0.0.1',
      k: '',
      m: { a: 1, b: [true, null] },
      n: 'some text # kept',
      o: 'quoted',
      p: '010',
      q: -3,
      r: [1, 2],
      s: new BigInteger(123456789012345678901n),
    });
  });

  it('skips comments and blank lines', () => {
    const { inventory } = load({ hosts: '# one\n; two\n\n[web] # three\nweb1 x=1 # four\n' });
    expect([...inventory.hosts.keys()]).toEqual(['web1']);
  });

  it('reads a port after a host, and after an IPv6 address in brackets', () => {
    const loaded = load({ hosts: 'web1:2222\n[fe80::1]:22\nfe80::2\nown:24 ansible_port=25\n' });
    expect([...loaded.inventory.hosts.keys()]).toEqual(['web1', 'fe80::1', 'fe80::2', 'own']);
    expect(varsOf(loaded, 'web1')).toEqual({ ansible_port: 2222 });
    expect(varsOf(loaded, 'fe80::2')).toEqual({});
    expect(varsOf(loaded, 'own')).toEqual({ ansible_port: 25 });
  });
});

describe('a host range', () => {
  it.each([
    ['web[01:03]', 'web01 web02 web03'],
    ['web[1:3].x', 'web1.x web2.x web3.x'],
    ['web[8:11]', 'web8 web9 web10 web11'],
    ['web[0:6:3]', 'web0 web3 web6'],
    ['web[:2]', 'web0 web1 web2'],
    ['db-[a:c]', 'db-a db-b db-c'],
    ['r[1:2]n[a:b]', 'r1na r1nb r2na r2nb'],
    ['10.0.0.[1:2]', '10.0.0.1 10.0.0.2'],
  ])('%s stands for %s', (pattern, names) => {
    expect([...load({ hosts: `${pattern}\n` }).inventory.hosts.keys()].join(' ')).toBe(names);
  });

  it('gives its variables and its port to every host', () => {
    const loaded = load({ hosts: 'web[1:2]:2222 x=1\n' });
    expect(varsOf(loaded, 'web2')).toEqual({ ansible_port: 2222, x: 1 });
  });

  it('that cannot be read is refused with its place', () => {
    expect(
      problemsOf({ hosts: '[web]\n  web[01:3]\nweb[1:\nweb[1:x]\nweb[c:a]\nweb[1:3:0]\n' }),
    ).toMatchInlineSnapshot(`
      [
        "hosts:2:3: host "web[01:3]" has a range that cannot be read: begin and end of a host range must have as many digits when begin starts with 0
           2 |   web[01:3]
             |   ^^^^^^^^^
        mend: write it as in web[01:20]",
        "hosts:3:1: host "web[1:" has a range that cannot be read: a host range must end with "]"
           3 | web[1:
             | ^^^^^^
        mend: write it as in web[01:20]",
        "hosts:4:1: host "web[1:x]" has a range that cannot be read: "x" is neither a whole number nor one letter
           4 | web[1:x]
             | ^^^^^^^^
        mend: write it as in web[01:20]",
        "hosts:5:1: host "web[c:a]" has a range that cannot be read: a host range must have begin <= end
           5 | web[c:a]
             | ^^^^^^^^
        mend: write it as in web[01:20]",
        "hosts:6:1: host "web[1:3:0]" has a range that cannot be read: the step of a host range must be 1 or more
           6 | web[1:3:0]
             | ^^^^^^^^^^
        mend: write it as in web[01:20]",
      ]
    `);
  });

  it('that is empty is a warning', () => {
    expect(load({ hosts: 'web[3:1]\n' }).warnings).toEqual(['hosts:1:1: host range "web[3:1]" is empty']);
  });
});

describe('a mistake in an INI inventory', () => {
  it('is told with its place, together with all others', () => {
    const hosts = `[web]
web1 x
web2 y="1
[web:var]
a=1
[we b]
[web:vars]
nothing
[site:children]
wbe
[dbs:vars]
a=1
`;
    expect(problemsOf({ hosts })).toMatchInlineSnapshot(`
      [
        "hosts:2:6: "x" is not key=value
           2 | web1 x
             |      ^
        mend: variables follow the host as key=value; quote a value that holds spaces",
        "hosts:3:8: a quote is not closed
           3 | web2 y="1
             |        ^",
        "hosts:4:6: section [web:var] has the unknown type "var"
           4 | [web:var]
             |      ^^^
        mend: did you mean [web:vars]?",
        "hosts:6:1: "[we b]" is not a section
           6 | [we b]
             | ^^^^^^
        mend: write [group], [group:children] or [group:vars], without spaces",
        "hosts:8:1: "nothing" is not key=value
           8 | nothing
             | ^^^^^^^
        mend: a [web:vars] section holds one key=value on each line",
        "hosts:10:1: group "site" has the child "wbe", which is not declared
          10 | wbe
             | ^^^
        mend: did you mean "web"?",
        "hosts:11:2: section [dbs:vars] is for group "dbs", which is not declared
          11 | [dbs:vars]
             |  ^^^
        mend: declare it with a section [dbs]",
      ]
    `);
  });

  it('such as a loop of groups names every group of it', () => {
    const hosts = '[a:children]\nb\n[b:children]\nc\n[c:children]\na\n';
    expect(problemsOf({ hosts })).toMatchInlineSnapshot(`
      [
        "hosts:6:1: group "a" cannot be a child of "c": c > a > b > c is a loop
           6 | a
             | ^
        mend: remove "a" from the children of "c"",
      ]
    `);
  });

  it('such as a group that is its own child is a loop too', () => {
    expect(problemsOf({ hosts: '[a:children]\na\n' })).toMatchInlineSnapshot(`
      [
        "hosts:2:1: group "a" cannot be a child of "a": a > a is a loop
           2 | a
             | ^
        mend: remove "a" from the children of "a"",
      ]
    `);
  });

  it('such as a priority that is no number is refused', () => {
    expect(problemsOf({ hosts: '[a]\nh\n[a:vars]\nansible_group_priority=high\n' })).toMatchInlineSnapshot(`
      [
        "hosts:4:24: ansible_group_priority of group "a" is not a whole number: "high"
           4 | ansible_group_priority=high
             |                        ^^^^",
      ]
    `);
  });
});

import { describe, expect, it } from 'vitest';
import { load, problemsOf, varsOf } from './load.ts';

const SITE = `all:
  vars: {dns: 10.0.0.1}
  hosts:
    lone:
  children:
    site:
      children:
        web:
          hosts:
            web[01:02]: {port: 80, on: yes}
          vars: {tls: false}
        db: {}
`;

const yaml = (text: string) => problemsOf({ 'hosts.yml': text }, ['hosts.yml']);

describe('a YAML inventory', () => {
  it('holds groups with hosts, vars and children', () => {
    const loaded = load({ 'hosts.yml': SITE }, ['hosts.yml']);
    const { inventory } = loaded;
    expect(inventory.hostsOf('all')).toEqual(['lone', 'web01', 'web02']);
    expect(inventory.hostsOf('ungrouped')).toEqual(['lone']);
    expect(inventory.host('web01')?.groups).toEqual(['all', 'site', 'web']);
    expect(varsOf(loaded, 'web02')).toEqual({ dns: '10.0.0.1', port: 80, on: true, tls: false });
  });

  it('is known by its content when the file has no extension', () => {
    const text = '---\nweb:\n  hosts:\n    web1:\n';
    expect([...load({ hosts: text }).inventory.hosts.keys()]).toEqual(['web1']);
  });

  it('may be JSON', () => {
    const loaded = load({ 'hosts.json': '{"web": {"hosts": {"web1": {"x": [1, "a"]}}}}' }, ['hosts.json']);
    expect(varsOf(loaded, 'web1')).toEqual({ x: [1, 'a'] });
  });

  it('may be empty but for groups', () => {
    expect([...load({ 'hosts.yml': 'web:\n' }, ['hosts.yml']).inventory.groups.keys()]).toEqual([
      'all',
      'ungrouped',
      'web',
    ]);
  });

  it('warns of keys that are skipped', () => {
    const { warnings } = load({ 'hosts.yml': 'web:\n  host:\n    web1:\n' }, ['hosts.yml']);
    expect(warnings).toEqual([
      'hosts.yml:2:3: skipping unexpected key "host" in group "web", only "vars", "children" and "hosts" are valid',
    ]);
  });
});

describe('a mistake in a YAML inventory', () => {
  it('such as a duplicate key is told with both places', () => {
    expect(yaml('all:\n  hosts:\n    web1: {}\n    web2: {}\n    web1: {}\n')).toMatchInlineSnapshot(`
      [
        "hosts.yml:5:5: the key "web1" is already at hosts.yml:3:5
           5 |     web1: {}
             |     ^^^^
        mend: keep one of the two",
      ]
    `);
  });

  it('such as a loop of groups is told at the child that closes it', () => {
    const text = 'a:\n  children:\n    b:\n      children:\n        a:\n';
    expect(yaml(text)).toMatchInlineSnapshot(`
      [
        "hosts.yml:3:5: group "b" cannot be a child of "a": a > b > a is a loop
           3 |     b:
             |     ^
        mend: remove "b" from the children of "a"",
      ]
    `);
  });

  it('such as a list of hosts is told with all others', () => {
    const text = 'web:\n  hosts:\n    - web1\n  vars: 5\ndb:\n  hosts:\n    1: {}\n    db1: 3\n';
    expect(yaml(text)).toMatchInlineSnapshot(`
      [
        "hosts.yml:3:5: "hosts" of group "web" must be a dictionary, and is a list
           3 |     - web1
             |     ^
        mend: write each name with a ":" after it instead of a "-" before it",
        "hosts.yml:4:9: "vars" of group "web" must be a dictionary, and is the number 5
           4 |   vars: 5
             |         ^",
        "hosts.yml:7:5: host name 1 is not a string
           7 |     1: {}
             |     ^
        mend: write "1" in quotes",
        "hosts.yml:8:10: variables of host "db1" must be a dictionary, and are the number 3
           8 |     db1: 3
             |          ^",
      ]
    `);
  });

  it('such as a list at the top is refused', () => {
    expect(yaml('- web1\n')).toMatchInlineSnapshot(`
      [
        "hosts.yml:1:1: a YAML inventory must be a dictionary of groups, and this is a list
        mend: begin with "all:" and put "hosts:" under it",
      ]
    `);
  });

  it('such as an inventory plugin is refused by name', () => {
    expect(yaml('plugin: aws_ec2\n')).toMatchInlineSnapshot(`
      [
        "hosts.yml:1:1: inventory plugins are not supported yet: "aws_ec2"
           1 | plugin: aws_ec2
             | ^^^^^^
        mend: list the hosts in an INI or YAML file",
      ]
    `);
  });

  it('such as a bad range is told with its place', () => {
    expect(yaml('web:\n  hosts:\n    web[1:x]:\n')).toMatchInlineSnapshot(`
      [
        "hosts.yml:3:5: host "web[1:x]" has a range that cannot be read: "x" is neither a whole number nor one letter
           3 |     web[1:x]:
             |     ^^^^^^^^
        mend: write it as in web[01:20]",
      ]
    `);
  });
});

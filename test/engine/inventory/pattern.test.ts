import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { load, problemOf, select } from './load.ts';

const HOSTS = `lone
[web]
web[1:3]
[db]
db1.example.com
db2.example.com
[east]
web1
db1.example.com
[empty]
`;

const hosts = () => load({ hosts: HOSTS });

describe('a host pattern', () => {
  it.each([
    ['web1', 'web1'],
    ['web', 'web1 web2 web3'],
    ['all', 'lone web1 web2 web3 db1.example.com db2.example.com'],
    ['*', 'lone web1 web2 web3 db1.example.com db2.example.com'],
    ['ungrouped', 'lone'],
    ['empty', ''],
    ['web2:lone', 'web2 lone'],
    ['web2,lone', 'web2 lone'],
    ['web, lone', 'web1 web2 web3 lone'],
    ['web:&east', 'web1'],
    ['web:!web2', 'web1 web3'],
    ['!web2:web', 'web1 web3'],
    ['web:db:&east:!web1', 'db1.example.com'],
    ['!web', 'lone db1.example.com db2.example.com'],
    ['web*', 'web1 web2 web3'],
    ['*.example.com', 'db1.example.com db2.example.com'],
    ['web?', 'web1 web2 web3'],
    ['~web[12]', 'web1 web2'],
    ['~(web|db).*2', 'web2 db2.example.com'],
    ['web[0]', 'web1'],
    ['web[-1]', 'web3'],
    ['web[0:1]', 'web1 web2'],
    ['web[0:2]', 'web1 web2 web3'],
    ['web[1:]', 'web2 web3'],
    ['web:!web[0]', 'web2 web3'],
    ['localhost', 'localhost'],
    ['web1:web', 'web1 web2 web3'],
  ])('%s selects "%s"', (pattern, wanted) => {
    expect(select(hosts().inventory, pattern)).toBe(wanted);
  });

  it('may be a list', () => {
    expect(select(hosts().inventory, ['web', '!web1', 'lone'])).toBe('web2 web3 lone');
  });

  it('that names nothing selects no host, and warns once with the nearest name', () => {
    const { inventory, warnings } = hosts();
    expect(inventory.match('wbe:web1')).toMatchObject({ hosts: [{ name: 'web1' }], unknown: ['wbe'] });
    inventory.match('wbe');
    inventory.match('nothing-like-it:&web');
    expect(warnings).toEqual([
      '"wbe" is no host and no group of the inventory; did you mean "web"?',
      '"nothing-like-it" is no host and no group of the inventory; add it to the inventory, or name another with -i',
    ]);
  });

  it('that leaves out what a search finds is no mistake where it finds nothing; a name is', () => {
    const { inventory, warnings } = hosts();
    expect(inventory.match('lone:!~^gone$:!gone*')).toMatchObject({ hosts: [{ name: 'lone' }], unknown: [] });
    expect(warnings).toEqual([]);
    inventory.match('lone:!wbe:&~^none$');
    expect(warnings.map((text) => text.split(' is')[0])).toEqual(['"~^none$"', '"wbe"']);
  });

  it('that names an empty group is no mistake', () => {
    const { inventory, warnings } = hosts();
    expect(inventory.match('empty')).toEqual({ hosts: [], unknown: [] });
    expect(warnings).toEqual([]);
  });

  it('that is malformed is a problem', () => {
    const { inventory } = hosts();
    expect(problemOf(() => inventory.match('~web('))).toMatchInlineSnapshot(`
      "host pattern "~web(" is malformed
        why:  Invalid regular expression: /^(?:web()/: Unterminated group"
    `);
    expect(problemOf(() => inventory.match('web[5]'))).toMatchInlineSnapshot(`
      "host pattern "web[5]" asks for a host that is not there
        why:  the part before "[" selects 3 hosts, counted from 0"
    `);
  });
});

describe('a limit', () => {
  it.each([
    ['web', 'web1 web2 web3'],
    ['web1,db', 'web1 db1.example.com db2.example.com'],
    ['!web', 'lone db1.example.com db2.example.com'],
    ['web[0]', 'web1'],
  ])('of %s leaves "%s" of all', (limit, wanted) => {
    expect(select(hosts().inventory, 'all', limit)).toBe(wanted);
  });

  it('adds no host the pattern did not select', () => {
    expect(select(hosts().inventory, 'web', 'all')).toBe('web1 web2 web3');
    expect(select(hosts().inventory, 'web', 'db')).toBe('');
  });

  it('may be the lines of a file', () => {
    const { inventory, folder } = hosts();
    const file = join(folder, 'some.retry');
    writeFileSync(file, 'web2\n\nlone\n');
    expect(select(inventory, 'all', `@${file}`)).toBe('lone web2');
    expect(select(inventory, 'all', `@${file}:!lone`)).toBe('web2');
  });

  it('of a file that is missing is a problem', () => {
    expect(problemOf(() => hosts().inventory.match('all', '@none.retry'))).toMatchInlineSnapshot(`
      "limit file "none.retry" does not exist
        mend: after "@" comes a file with one pattern on each line"
    `);
  });
});

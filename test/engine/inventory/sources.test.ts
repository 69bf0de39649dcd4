import { symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/module.ts';
import { load, problemsOf, varsOf } from './load.ts';

describe('the sources of an inventory', () => {
  it('may be several, of which a later one adds to groups and wins', () => {
    const files = { one: '[web]\nweb1 x=1 y=1\n', 'two.yml': 'web: {hosts: {web1: {x: 2}, web2: {}}}\n' };
    const loaded = load(files, ['one', 'two.yml']);
    expect(loaded.inventory.hostsOf('web')).toEqual(['web1', 'web2']);
    expect(varsOf(loaded, 'web1')).toEqual({ x: 2, y: 1 });
  });

  it('may be a folder, whose files are read in the order of their names', () => {
    const files = {
      'inv/20-more.yml': 'db: {hosts: {db1: {x: 2}}}\n',
      'inv/10-first': '[web]\nweb1\n[db]\ndb1 x=1\n',
      'inv/sub/30-deeper': 'deep1\n',
    };
    const loaded = load(files, ['inv']);
    expect([...loaded.inventory.hosts.keys()]).toEqual(['web1', 'db1', 'deep1']);
    expect(varsOf(loaded, 'db1')).toEqual({ x: 2 });
  });

  it('may be a folder with files that are no inventory, which are left out', () => {
    const files: Record<string, string> = { 'inv/hosts': 'web1\n', 'inv/group_vars/all.yml': 'x: 1\n' };
    for (const odd of ['hosts~', 'a.orig', 'a.bak', 'a.cfg', 'a.retry', 'a.md', 'a.swp', '.hidden', 'a.rpm']) {
      files[`inv/${odd}`] = 'wrong\n';
    }
    const loaded = load(files, ['inv']);
    expect([...loaded.inventory.hosts.keys()]).toEqual(['web1']);
    expect(varsOf(loaded, 'web1')).toEqual({ x: 1 });
  });

  it('may be a list of hosts with a comma', () => {
    const loaded = load({}, ['web1, web2:2222,']);
    expect(loaded.inventory.hostsOf('ungrouped')).toEqual(['web1', 'web2']);
    expect(varsOf(loaded, 'web2')).toEqual({ ansible_port: 2222 });
  });

  it('keep a group called all and one called ungrouped even when they are empty', () => {
    const { inventory } = load({ hosts: '' });
    expect([...inventory.groups.keys()]).toEqual(['all', 'ungrouped']);
    expect([...inventory.hosts.keys()]).toEqual([]);
  });

  it('that do not exist are a problem', () => {
    const file = join(tmpdir(), 'mesh-play-is-not-there');
    expect(problemsOf({}, ['../mesh-play-is-not-there'])).toEqual([
      `inventory "${file}" does not exist
  mend: name a file or folder, or write "-i ${file}," for a host of that name`,
    ]);
  });

  it('that cannot be read are a problem', () => {
    const below = temporaryFolder();
    const file = join(below, 'circle');
    symlinkSync(file, file);
    expect(problemsOf({}, [`../${basename(below)}/circle`])).toEqual([
      `inventory "${file}" cannot be read
  why:  ELOOP: too many symbolic links encountered`,
    ]);
  });

  it('that do not exist are told together with mistakes in the others', () => {
    expect(problemsOf({ hosts: '[web]\nweb1 x\n' }, ['none', 'hosts'])).toMatchInlineSnapshot(`
      [
        "inventory "none" does not exist
        mend: name a file or folder, or write "-i none," for a host of that name",
        "hosts:2:6: "x" is not key=value
           2 | web1 x
             |      ^
        mend: variables follow the host as key=value; quote a value that holds spaces",
      ]
    `);
  });

  it('may not be scripts or TOML, which are refused by name', () => {
    expect(problemsOf({ 'hosts.toml': 'a = 1\n' }, ['hosts.toml'])).toMatchInlineSnapshot(`
      [
        "TOML inventories are not supported yet: "hosts.toml"
        mend: write it in INI or YAML",
      ]
    `);
  });

  it('name the file a host was first read from', () => {
    const { inventory, folder } = load({ hosts: 'web1\n' });
    const host = inventory.host('web1');
    const vars = Object.assign({}, ...(host ? inventory.sources(host) : []).map((source) => source.vars));
    expect(vars).toEqual({ inventory_file: join(folder, 'hosts'), inventory_dir: folder });
  });
});

describe('localhost', () => {
  it('is there without being declared, reached locally, and is in no group', () => {
    const loaded = load({ hosts: 'web1\n' });
    expect(loaded.inventory.host('localhost')).toMatchObject({ name: 'localhost', implicit: true, groups: [] });
    expect(varsOf(loaded, 'localhost')).toEqual({ ansible_connection: 'local' });
    expect(loaded.inventory.hostsOf('all')).toEqual(['web1']);
  });

  it('that is declared is an ordinary host', () => {
    const loaded = load({ hosts: 'localhost x=1\n' });
    expect(loaded.inventory.host('localhost')).toMatchObject({ implicit: false });
    expect(varsOf(loaded, 'localhost')).toEqual({ x: 1 });
    expect(loaded.inventory.host('127.0.0.1')?.name).toBe('localhost');
  });

  it('sees the variables of all even when it is implicit, as in Ansible', () => {
    const loaded = load({ hosts: '[all:vars]\nx=1\n', 'group_vars/all.yml': 'y: 2\n' });
    expect(varsOf(loaded, 'localhost')).toEqual({ x: 1, y: 2, ansible_connection: 'local' });
  });
});

describe('a host added while running', () => {
  it('is in its groups and in all, and has its variables', () => {
    const loaded = load({ hosts: '[web]\nweb1\n', 'group_vars/web.yml': 'y: 2\n' });
    loaded.inventory.add({ host: 'web2', groups: ['web', 'new'], vars: { x: 1 } });
    expect(loaded.inventory.hostsOf('web')).toEqual(['web1', 'web2']);
    // Ansible joins it to `all` directly, whose own hosts come before those of its children.
    expect(loaded.inventory.hostsOf('all')).toEqual(['web2', 'web1']);
    expect(varsOf(loaded, 'web2')).toEqual({ x: 1, y: 2 });
    expect(loaded.inventory.host('web2')?.groups).toEqual(['all', 'new', 'web']);
  });
});

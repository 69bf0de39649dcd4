import { describe, expect, it } from 'vitest';
import { showGraph, showHost, showList } from '../../../engine/inventory/show.ts';
import { load, vaulted } from './load.ts';

const SITE = {
  hosts: 'lone\n[web]\nweb1 port=80\nweb2\n[site:children]\nweb\n[all:vars]\nport=1\nport=2\n',
  'group_vars/all.yml': 'port: 3\ndns: [10.0.0.1]\n',
  'group_vars/web.yml': 'tls: {cert: a.pem}\n',
};

function shown(name: string, files: Record<string, string>, playbook?: string, passwords?: string[]): string {
  const { inventory, folder } = load(files, ['hosts'], passwords);
  const host = inventory.host(name);
  if (!host) throw new Error(`no host ${name}`);
  return showHost(inventory, host, playbook === undefined ? undefined : folder).replaceAll(`${folder}/`, '');
}

describe('the list', () => {
  it('is JSON in the form of ansible-inventory --list', () => {
    expect(JSON.parse(showList(load(SITE).inventory))).toEqual({
      _meta: {
        hostvars: {
          lone: { port: 3, dns: ['10.0.0.1'] },
          web1: { port: 80, dns: ['10.0.0.1'], tls: { cert: 'a.pem' } },
          web2: { port: 3, dns: ['10.0.0.1'], tls: { cert: 'a.pem' } },
        },
      },
      all: { children: ['ungrouped', 'site'] },
      site: { children: ['web'] },
      ungrouped: { hosts: ['lone'] },
      web: { hosts: ['web1', 'web2'] },
    });
  });

  it('is sorted and indented by four, without empty groups', () => {
    expect(showList(load({ hosts: '[web]\nweb1 b=1 a=2\n' }).inventory)).toMatchInlineSnapshot(`
      "{
          "_meta": {
              "hostvars": {
                  "web1": {
                      "a": 2,
                      "b": 1
                  }
              }
          },
          "all": {
              "children": [
                  "web"
              ]
          },
          "web": {
              "hosts": [
                  "web1"
              ]
          }
      }
      "
    `);
  });
});

describe('the graph', () => {
  it('is a tree in the form of ansible-inventory --graph', () => {
    expect(showGraph(load(SITE).inventory)).toMatchInlineSnapshot(`
      "@all:
        |--@ungrouped:
        |  |--lone
        |--@site:
        |  |--@web:
        |  |  |--web1
        |  |  |--web2
      "
    `);
  });
});

describe("a host's variables", () => {
  it('are shown each with the file and line it came from and what it overrode', () => {
    expect(shown('web1', SITE)).toMatchInlineSnapshot(`
      "web1
        groups: all, site, web

      dns = ["10.0.0.1"]
          from group_vars/all.yml:2 (inventory group_vars/all of all)

      port = 80
          from hosts:3 (inventory host vars of web1)
          overrides 3 from group_vars/all.yml:1 (inventory group_vars/all of all)
          overrides 2 from hosts:9 (inventory group vars of all)
          overrides 1 from hosts:8 (inventory group vars of all)

      tls = {"cert":"a.pem"}
          from group_vars/web.yml:1 (inventory group_vars of web)
      "
    `);
  });

  it('from a folder beside both inventory and playbook override nothing of themselves', () => {
    expect(shown('lone', SITE, 'same')).toMatchInlineSnapshot(`
      "lone
        groups: all, ungrouped

      dns = ["10.0.0.1"]
          from group_vars/all.yml:2 (playbook group_vars/all of all)

      port = 3
          from group_vars/all.yml:1 (playbook group_vars/all of all)
          overrides 2 from hosts:9 (inventory group vars of all)
          overrides 1 from hosts:8 (inventory group vars of all)
      "
    `);
  });

  it('of the implicit localhost are shown too', () => {
    expect(shown('localhost', { hosts: 'web1\n' })).toMatchInlineSnapshot(`
      "localhost (implicit)

      ansible_connection = "local"
          from inventory host vars of localhost
      "
    `);
  });

  it('that are secret are hidden, in the list too', () => {
    const inline = vaulted('hush', 'pw').replaceAll('\n', '\n    ');
    const files = {
      hosts: 'h ansible_password=abc ansible_become_pass="{{ y }}"\n',
      'host_vars/h.yml': `x:\n  user: me\n  key: !vault |\n    ${inline}\n`,
      'group_vars/all.yml': vaulted('y: 12\n', 'pw'),
    };
    expect(shown('h', files, undefined, ['pw'])).toMatchInlineSnapshot(`
      "h
        groups: all, ungrouped

      ansible_become_pass = "{{ y }}"
          from hosts:1 (inventory host vars of h)

      ansible_password = <hidden>
          from hosts:1 (inventory host vars of h)

      x = {"user":"me","key":"<hidden>"}
          from host_vars/h.yml:2 (inventory host_vars of h)

      y = <hidden>
          from group_vars/all.yml:1 (inventory group_vars/all of all)
      "
    `);
    expect(JSON.parse(showList(load(files, ['hosts'], ['pw']).inventory))._meta.hostvars.h).toEqual({
      ansible_become_pass: '{{ y }}',
      ansible_password: '<hidden>',
      x: { user: 'me', key: '<hidden>' },
      y: '<hidden>',
    });
  });
});

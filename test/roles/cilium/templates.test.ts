import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import type { Mapping } from '../../../engine/value.ts';
import { faultsOf } from '../../../roles/cilium/lib/rule.ts';
import { renderFile } from '../../support/render.ts';

const template = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../../roles/cilium/templates', name), 'utf8');

const roleFile = (name: string): unknown =>
  load(readFileSync(join(import.meta.dirname, '../../../roles/cilium', name), 'utf8'));
const variables = { ...(roleFile('defaults/main.yml') as Mapping), ...(roleFile('vars/main.yml') as Mapping) };

describe('the host firewall by a flag', () => {
  const task = (roleFile('tasks/version.yml') as { assert: { that: string; fail_msg: string } }[])[0]?.assert;
  const passes = (on: boolean, ...flags: string[]) =>
    renderFile(`{{ ${task?.that} }}`, { cilium_flags_more: flags, cilium_host_firewall: on }) === 'True';

  it.each([
    '--enable-host-firewall',
    '--enable-host-firewall=true',
    '--enable-host-firewall=1',
    '--enable-host-firewall true',
    '--config-dir=/etc/cilium/more',
    '--config=/etc/cilium/more.yaml',
  ])('is refused as %s, whatever the variable says: an agent that starts with it cuts off SSH', (flag) => {
    expect([passes(false, '--debug', flag), passes(true, '--debug', flag)]).toEqual([false, false]);
    expect(task?.fail_msg).toContain('Set cilium_host_firewall, ');
  });

  it('is no matter of other flags', () => {
    expect([passes(false), passes(true)]).toEqual([true, true]);
    expect(passes(false, '--debug', '--enable-host-firewall=false', '--config-sources=[]')).toBe(true);
  });

  it('is not turned off beside a variable that turns it on', () => {
    expect(passes(true, '--enable-host-firewall=false')).toBe(false);
  });

  it('is in a unit by the environment alone, which the host can take away', () => {
    const unit = (on: boolean) =>
      renderFile(template('cilium.service.j2'), {
        ...variables,
        cilium_host_firewall: on,
        artifact_dest: '/opt',
        mesh_address: '192.0.2.11',
        cilium_device: 'eth0',
        inventory_hostname: 'vm1',
        mesh_ranges: { vm1: '10.200.2.0/24' },
      });
    expect(unit(false)).toContain(' --enable-host-firewall=false');
    expect(unit(false)).not.toContain('EnvironmentFile');
    expect(unit(true)).toContain('\nEnvironmentFile=-/etc/cilium/host-firewall\n');
    expect(unit(true)).not.toContain('enable-host-firewall');
  });
});

describe('the policy of the host firewall', () => {
  const addresses = { control: '192.0.2.10', vm1: '192.0.2.11', vm2: '192.0.2.12' };
  const hosts = ['192.0.2.10', '192.0.2.11', '192.0.2.12'];
  const policyOf = (host: string, given: Mapping = {}): Mapping =>
    load(
      renderFile(template('host-firewall.j2'), {
        ...variables,
        inventory_hostname: host,
        groups: { mesh: Object.keys(addresses), etcd: ['control'], spire_server: ['control'], coredns: ['vm1'] },
        hostvars: Object.fromEntries(Object.entries(addresses).map(([name, mesh_address]) => [name, { mesh_address }])),
        mesh_hosts_left: Object.keys(addresses),
        ...given,
      }),
    ) as Mapping;
  const rule = (from: Mapping, port: string, protocol = 'TCP') => ({
    ...from,
    toPorts: [{ ports: [{ port, protocol }] }],
  });
  const anybody = { fromEntities: ['all'] };
  const mesh = { fromCIDR: hosts };

  it('lets in SSH, and what the mesh needs of this host', () => {
    const egress = [{ toEntities: ['all'] }];
    const vm2 = [rule(anybody, '22'), rule(mesh, '8472', 'UDP')];
    expect(policyOf('vm2')).toEqual({ nodeSelector: {}, ingress: vm2, egress });
    expect(policyOf('vm1')['ingress']).toEqual([...vm2, rule(anybody, '53', 'ANY')]);
    const control = [rule(mesh, '2379'), rule(mesh, '2380'), rule(mesh, '8081')];
    expect(policyOf('control')['ingress']).toEqual([...vm2, ...control]);
  });

  it('takes ports from where the inventory has them, and what is allowed beside', () => {
    const given = {
      ansible_port: 2222,
      spire_server_port: 9081,
      cilium_host_firewall_management: ['198.51.100.0/24'],
      cilium_host_firewall_allow: [
        { port: 9153, from: ['203.0.113.1/32'] },
        { port: 123, protocol: 'UDP' },
      ],
    };
    expect(policyOf('control', given)['ingress']).toEqual([
      rule({ fromCIDR: ['198.51.100.0/24'] }, '2222'),
      rule(mesh, '8472', 'UDP'),
      rule(mesh, '2379'),
      rule(mesh, '2380'),
      rule(mesh, '9081'),
      rule({ fromCIDR: ['203.0.113.1/32'] }, '9153'),
      rule(anybody, '123', 'UDP'),
    ]);
  });

  it('is made of nothing that is not understood: a misspelled "from" would let in anybody', () => {
    const { that, fail_msg } = (roleFile('tasks/version.yml') as { assert: Record<string, string> }[])[1]?.assert ?? {};
    const passes = (...cilium_host_firewall_allow: Mapping[]) =>
      renderFile(`{{ ${that} }}`, { cilium_host_firewall_allow }) === 'True';
    expect([passes(), passes({ port: 1 }, { port: 2, protocol: 'UDP', from: [] })]).toEqual([true, true]);
    const wrong = { port: 1, form: ['203.0.113.1/32'] };
    expect(passes(wrong)).toBe(false);
    expect(renderFile(fail_msg ?? '', { cilium_host_firewall_allow: [wrong] })).toMatch(/ not form$/);
  });

  it('is one that an agent takes', () => {
    expect(Object.keys(addresses).flatMap((host) => faultsOf(policyOf(host)))).toEqual([]);
  });
});

it('tells the agent where every member of etcd is', () => {
  const text = renderFile(template('etcd.yaml.j2'), { cilium_etcd: ['192.0.2.10', '192.0.2.11'] });
  expect(load(text)).toMatchObject({ endpoints: ['https://192.0.2.10:2379', 'https://192.0.2.11:2379'] });
});

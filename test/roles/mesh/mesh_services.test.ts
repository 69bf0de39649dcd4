import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveArguments } from '../../../engine/arguments.ts';
import { type Evaluator, Problem } from '../../../engine/module.ts';
import type { Mapping } from '../../../engine/value.ts';
import { faultsOf } from '../../../roles/cilium/lib/rule.ts';
import type { Mesh } from '../../../roles/mesh/lib/mesh.ts';
import meshServices from '../../../roles/mesh/modules/mesh_services.ts';
import { controllerFor } from '../../support/module.ts';
import { playbook } from '../../support/playbook.ts';

const ROLE = join(import.meta.dirname, '../../../roles/mesh');

const CALLER = { name: 'service1', host: 'vm1', user: 'service1', unit: 'service1.service' };
const COMMANDED = { name: 'service1', host: 'vm1', user: 'service1' };
const CALLED = {
  name: 'service2',
  hosts: ['vm1', 'vm2'],
  user: 'service2',
  command: ['/usr/bin/python3', '-m', 'http.server', '8080'],
  listen: 8080,
  protocol: 'http',
  allow_from: [{ service: 'service1', methods: ['GET'], paths: ['/api/*'] }],
  ttl: '30m',
};
const AROUND = {
  trust_domain: 'mesh.internal',
  zone: 'mesh.internal',
  hosts: ['control', 'vm1', 'vm2'],
  dns_servers: ['192.0.2.1'],
  taken: { vm1: 'a host of the mesh' },
  workloads: [{ name: 'batch', host: 'vm1', user: 'batch' }],
};

async function meshOf(...services: Mapping[]): Promise<Mesh> {
  const args = resolveArguments(meshServices, { ...AROUND, services }, undefined);
  const { returns } = await meshServices.evaluate(args as never, {} as Evaluator, controllerFor({}));
  return (returns as unknown as { ansible_facts: { mesh: Mesh } }).ansible_facts.mesh;
}

/** Everything that is said of the stanzas: what, then the further ones. */
async function saidOf(...services: Mapping[]): Promise<string[]> {
  const thrown = await meshOf(...services).catch((error: unknown) => error);
  if (!(thrown instanceof Problem)) throw new Error(`expected a Problem, not ${JSON.stringify(thrown)}`);
  const { what, why, mend, details } = thrown;
  return [what, ...(why ? [`why: ${why}`] : []), ...(mend ? [`mend: ${mend}`] : []), ...details];
}

describe('what is revoked', () => {
  const meshWithout = async (revoked: Mapping, ...services: Mapping[]): Promise<Mesh> => {
    const args = resolveArguments(meshServices, { ...AROUND, services, ...revoked }, undefined);
    const { returns } = await meshServices.evaluate(args as never, {} as Evaluator, controllerFor({}));
    return (returns as unknown as { ansible_facts: { mesh: Mesh } }).ansible_facts.mesh;
  };

  it('is left out as if it had no stanza, and nobody may do anything with it', async () => {
    const mesh = await meshWithout({ revoked_services: ['service1'] }, CALLER, CALLED);
    expect(mesh.services.map(({ name }) => name)).toEqual(['service2']);
    expect(mesh.services[0]?.allow_from).toEqual([]);
    expect(JSON.stringify(mesh.policies)).not.toContain('service1');
    expect(mesh.entries.map(({ id }) => id)).toEqual(['vm1.service2', 'vm2.service2']);
    const other = await meshWithout(
      { revoked_services: ['service2'] },
      { ...CALLER, egress: [{ service: 'service2' }] },
      CALLED,
    );
    expect(other.services.map(({ name, egress }) => [name, egress])).toEqual([['service1', []]]);
  });

  it('takes with it what runs on a revoked host, and only there', async () => {
    const mesh = await meshWithout({ revoked_hosts: ['vm1'] }, CALLER, CALLED);
    expect(mesh.instances.map(({ name, host }) => [name, host])).toEqual([['service2', 'vm2']]);
    expect(mesh.services[0]?.allow_from).toEqual([]);
  });

  it('is checked all the same', async () => {
    await expect(
      meshWithout({ revoked_services: ['service2'] }, { ...CALLER, egress: [{ service: 'servcie2' }] }, CALLED),
    ).rejects.toThrow('service1: egress names "servcie2", which is no service');
  });
});

describe('what the stanzas come to', () => {
  it('makes identity, certificate and label of one SPIFFE ID', async () => {
    const { services, entries, policies } = await meshOf(CALLER, CALLED);
    const id = 'spiffe://mesh.internal/service2';
    expect(services[1]?.spiffe_id).toBe(id);
    expect(services[0]?.egress[0]?.spiffe_id).toBe(id);
    expect(entries.filter(({ spiffe_id }) => spiffe_id === id)).toEqual(
      ['vm1', 'vm2'].map((host) => ({
        id: `${host}.service2`,
        spiffe_id: id,
        parent_id: `spiffe://mesh.internal/node/${host}`,
        selectors: ['unix:user:service2', 'systemd:id:mesh-sidecar-service2.service'],
        x509_svid_ttl: 1800,
        dns_names: ['service2.mesh.internal'],
      })),
    );
    expect(policies[1]?.spec.endpointSelector).toEqual({ matchLabels: { 'any:spiffe.io/spiffeid': id } });
  });

  it('lets a service call those that allow it, when its egress is not said', async () => {
    const { services } = await meshOf(CALLER, CALLED);
    expect(services[0]?.egress).toEqual([
      {
        service: 'service2',
        spiffe_id: 'spiffe://mesh.internal/service2',
        dns_name: 'service2.mesh.internal',
        protocol: 'http',
        port: 80,
        mesh_port: 8443,
        loopback: expect.stringMatching(/^127\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.\d+\.\d+$/),
      },
    ]);
    expect(services[1]?.egress).toEqual([]);
  });

  it('lets it call nothing when its egress is empty', async () => {
    const { services } = await meshOf({ ...CALLER, egress: [] }, CALLED);
    expect(services[0]?.egress).toEqual([]);
  });

  it('keeps a loopback address when other services come and go', async () => {
    const other = { ...CALLED, name: 'another', user: 'another' };
    const [alone, beside] = [await meshOf(CALLER, CALLED), await meshOf(other, CALLER, CALLED)];
    const loopback = ({ services }: Mesh) =>
      services.find(({ name }) => name === 'service1')?.egress.find(({ service }) => service === 'service2')?.loopback;
    expect(loopback(beside)).toBe(loopback(alone));
  });

  it('opens in its policy what is declared and no more', async () => {
    const tcp = (...numbers: string[]) => [{ ports: numbers.map((port) => ({ port, protocol: 'TCP' })) }];
    const dns = [
      {
        ports: [
          { port: '53', protocol: 'UDP' },
          { port: '53', protocol: 'TCP' },
        ],
      },
    ];
    const label = (name: string) => ({ matchLabels: { 'any:spiffe.io/spiffeid': `spiffe://mesh.internal/${name}` } });
    const egress = [{ service: 'service2' }, { cidr: '198.51.100.0/24', ports: [443] }];
    const { policies } = await meshOf({ ...CALLER, egress }, CALLED);
    expect(policies).toEqual([
      {
        name: 'mesh-service1',
        spec: {
          endpointSelector: label('service1'),
          ingress: [{ fromEntities: ['host', 'remote-node'], toPorts: tcp('9902') }],
          egress: [
            { toCIDR: ['192.0.2.1/32'], toPorts: dns },
            { toEndpoints: [label('service2')], toPorts: tcp('8443') },
            { toCIDR: ['198.51.100.0/24'], toPorts: tcp('443') },
          ],
        },
      },
      {
        name: 'mesh-service2',
        spec: {
          endpointSelector: label('service2'),
          ingress: [
            { fromEndpoints: [label('service1')], toPorts: tcp('8443') },
            { fromEntities: ['host', 'remote-node'], toPorts: tcp('9902') },
          ],
          egress: [{ toCIDR: ['192.0.2.1/32'], toPorts: dns }],
        },
      },
    ]);
  });

  it('lets no connection live longer than the shortest certificate on either side of it', async () => {
    const third = { ...CALLED, name: 'third', user: 'third', ttl: '5m', allow_from: [{ service: 'service2' }] };
    const { services } = await meshOf({ ...CALLER, ttl: '24h' }, CALLED, third);
    expect(services.map(({ name, ttl, connection_ttl: most }) => [name, ttl, most])).toEqual([
      ['service1', 86400, 1800],
      ['service2', 1800, 300],
      ['third', 300, 300],
    ]);
  });

  it('opens more ports of an address than Cilium takes in one list', async () => {
    const ports = Array.from({ length: 41 }, (_, index) => 1000 + index);
    const { policies } = await meshOf({ ...CALLER, egress: [{ cidr: '198.51.100.0/24', ports }] });
    const { toPorts = [] } = policies[0]?.spec.egress.at(-1) ?? {};
    expect(toPorts.map((list) => list.ports.length)).toEqual([40, 1]);
    expect(toPorts.flatMap((list) => list.ports).map(({ port }) => Number(port))).toEqual(ports);
    expect(faultsOf(policies[0]?.spec as unknown as Mapping)).toEqual([]);
  });

  it('leads peers of a program that speaks SPIFFE itself to its own port', async () => {
    const own = { ...CALLED, protocol: 'tcp', sidecar: 'none', allow_from: [{ service: 'service1' }] };
    const { services, entries } = await meshOf(CALLER, own);
    expect(services[0]?.egress[0]).toMatchObject({ port: 8080, mesh_port: 8080 });
    expect(services[1]).toMatchObject({ metrics_port: null, identity_unit: 'mesh-program-service2.service' });
    expect(entries[1]?.selectors).toEqual(['unix:user:service2', 'systemd:id:mesh-program-service2.service']);
  });
});

describe('what is wrong with stanzas', () => {
  it('names a service in allow_from that is none, with the nearest', async () => {
    expect(await saidOf(CALLER, { ...CALLED, allow_from: [{ service: 'servce1' }] })).toEqual([
      'service2: allow_from names "servce1", which is no service',
      'mend: did you mean "service1"?',
    ]);
  });

  it('names a stanza’s unknown key, with the nearest', async () => {
    await expect(meshOf({ ...CALLER, listenn: 1 })).rejects.toThrow(
      'mesh_services has no "listenn" in item 1 of "services"',
    );
  });

  it('refuses a name that is no DNS label, or is taken', async () => {
    expect(await saidOf({ ...CALLER, name: 'My_Service' })).toEqual([
      '"My_Service" is no name for a service',
      'why: it is a DNS label, and units and namespaces are named after it',
      'mend: use small letters, digits and hyphens, a letter first, 40 at most',
    ]);
    expect(await saidOf({ ...CALLER, name: 'vm1' })).toEqual([
      'the service "vm1" has the name of a host of the mesh',
      'mend: rename the service',
    ]);
  });

  it.each([
    ['spire', 'what SPIRE keeps for itself'],
    ['localhost', 'every host’s own loopback'],
  ])('refuses the name %s, which is %s', async (name, owner) => {
    expect((await saidOf({ ...CALLER, name }))[0]).toBe(`the service "${name}" has the name of ${owner}`);
  });

  it('takes a name of 40 characters and none of 41, 63 or 64', async () => {
    const { services } = await meshOf({ ...CALLER, name: 'a'.repeat(40) });
    expect(services[0]?.dns_name).toBe(`${'a'.repeat(40)}.mesh.internal`);
    for (const length of [41, 63, 64])
      expect((await saidOf({ ...CALLER, name: 'a'.repeat(length) }))[0]).toMatch(/^"a+" is no name for a service$/);
  });

  it('refuses a port that the sidecar has', async () => {
    expect(await saidOf(CALLER, { ...CALLED, listen: 8443 })).toEqual([
      'service2: "listen" is 8443, which its sidecar has',
      'mend: choose another port',
    ]);
  });

  it('refuses to cut off what the mesh stands on', async () => {
    expect(await saidOf({ ...CALLER, unit: 'spire-server' })).toEqual([
      'service1: spire-server.service cannot be a service of the mesh',
      'why: the mesh stands on it: it would be cut off from what it needs, and all services with it',
    ]);
    expect(await saidOf({ ...CALLER, user: 'coredns' })).toEqual([
      'service1: a service may not run as coredns',
      'why: whoever is that user rules what the mesh stands on',
      'mend: give it a user of its own',
    ]);
  });

  it('refuses an egress that would always be refused', async () => {
    expect(
      await saidOf(
        CALLER,
        { ...CALLED, allow_from: [] },
        { ...CALLER, name: 'x', user: 'x', unit: 'x', egress: [{ service: 'service2' }] },
      ),
    ).toEqual([
      'x may call service2 by its egress, but service2 does not allow it',
      'why: every such call would be refused',
      'mend: add {service: x} to allow_from of service2, or take it out of egress of x',
    ]);
  });

  it('refuses methods and paths where nothing would hold to them', async () => {
    expect(await saidOf(CALLER, { ...CALLED, protocol: 'tcp' })).toEqual([
      'service2: methods and paths of service1 cannot be held to',
      'why: its protocol is tcp',
      'mend: say protocol: http, or leave them out',
    ]);
  });

  it.each(['methods', 'paths'])('refuses to allow a call and no %s of it', async (key) => {
    expect(await saidOf(CALLER, { ...CALLED, allow_from: [{ service: 'service1', [key]: [] }] })).toEqual([
      `service2: no ${key} of service1 are named`,
      'why: it may call, and everything it asks for would be refused',
      `mend: name some, or leave "${key}" out to allow all`,
    ]);
  });

  it('refuses two services of a host with one user, and says everything at once', async () => {
    expect(await saidOf({ ...CALLER, host: 'vm9' }, { ...CALLED, user: 'service1', hosts: ['vm9'] })).toEqual([
      'service1: the group mesh has no host "vm9"',
      'mend: did you mean "vm1"?',
      'also: service2: the group mesh has no host "vm9" (did you mean "vm1"?)',
      'also: two services on vm9 run as service1 (give each a user of its own)',
    ]);
  });

  it.each([
    [{ ...CALLER, hosts: ['vm1'] }, 'service1 needs either "host" or "hosts"'],
    [{ ...CALLER, command: ['/bin/true'] }, 'service1 needs either "unit" or "command"'],
    [{ ...CALLER, unit: 'a b' }, 'service1: "a b" is no service unit'],
    [{ ...CALLER, user: 'Bad User' }, 'service1: "Bad User" is no name for a user'],
    [{ ...CALLER, port: 80 }, 'service1 needs "listen": others may call it'],
    [{ ...CALLER, egress: [{}] }, 'service1: an item of "egress" needs either "service" or "cidr"'],
    [
      { ...CALLER, egress: [{ cidr: '300.1.1.1/8', ports: [1] }] },
      'service1: "300.1.1.1/8" is no range of IPv4 addresses',
    ],
    [{ ...CALLER, egress: [{ cidr: '192.0.2.0/24' }] }, 'service1: egress to 192.0.2.0/24 needs "ports"'],
    [{ ...CALLER, ttl: '1d' }, 'ttl of service1 is "1d", which is no duration'],
    [{ ...CALLER, host: 'vm9', ttl: '1d' }, 'service1: the group mesh has no host "vm9"'],
    [{ ...CALLER, ttl: '0s' }, 'service1: a certificate cannot live 0s'],
    [{ ...CALLER, ttl: '1.5s' }, 'service1: a certificate cannot live 1.5s'],
    [{ ...CALLER, unit: 'shop@.service' }, 'service1: "shop@.service" is a template of units'],
    [{ ...CALLER, user: 'batch' }, 'service1: the workload batch on vm1 runs as batch too'],
    [{ ...COMMANDED, command: ['/bin/sh -c true'] }, 'service1: the command "/bin/sh -c true" is one word'],
  ])('refuses %j', async (stanza, what) => {
    expect((await saidOf(stanza))[0]).toBe(what);
  });
});

describe('where stanzas are wrong', () => {
  /** What a run says of these stanzas, written in the inventory's folder. */
  async function toldOf(services: string): Promise<string> {
    const { text, problems } = await playbook({
      files: {
        'hosts.yml':
          'all: {children: {mesh: {hosts: {vm1: {mesh_address: 192.0.2.1}}}, coredns: {hosts: {vm1: {}}}, etcd: {}, spire_server: {}}}\n',
        'group_vars/all/services.yml': services,
        'site.yml': `- hosts: localhost\n  gather_facts: false\n  roles: [${ROLE}]\n`,
      },
    });
    expect(problems).toEqual([]);
    return text.slice(text.indexOf('failed: '), text.indexOf('PLAY RECAP')).trimEnd();
  }

  it('says of each fault where it was written, through the variables that lead there', async () => {
    expect(
      await toldOf(`mesh_services: "{{ stanzas }}"
stanzas:
  - name: shop
    host: vm1
    user: shop
    unit: "{{ unit }}"
  - {name: stock, host: vm2, user: shop, unit: stock.service, listen: 80,
     allow_from: [{service: shop}, {service: shpo}]}
unit: shop@.service
`),
    ).toBe(`failed: [localhost]
    group_vars/all/services.yml:6:12: shop: "shop@.service" is a template of units
         6 |     unit: "{{ unit }}"
           |            ^^^^^^^^^^
        also: group_vars/all/services.yml:7:25: stock: the group mesh has no host "vm2" (did you mean "vm1"?)
        also: group_vars/all/services.yml:8:46: stock: allow_from names "shpo", which is no service (did you mean "shop"?)
      mend: name one that is made of it, such as shop@shop.service`);
  });

  it('says of what the schema refuses where it was written', async () => {
    expect(
      await toldOf(`mesh_services:
  - name: shop
    host: vm1
    user: shop
    unit: shop.service
    alow_from: []
`),
    ).toBe(`failed: [localhost]
    group_vars/all/services.yml:6:5: mesh_services has no "alow_from" in item 1 of "services"
         6 |     alow_from: []
           |     ^^^^^^^^^
      why:  the arguments in a file are checked before its tasks run
      mend: did you mean "allow_from"? it takes name, host, hosts, user, unit, command, listen, protocol, port, sidecar, allow_from, egress, ttl`);
  });

  it('says where the variable is used when the stanzas came out of an expression', async () => {
    expect(
      await toldOf(`mesh_services: "{{ [shop] }}"
shop: {name: shop, host: vm1, user: shop, unit: shop@.service}
`),
    ).toBe(`failed: [localhost]
    roles/mesh/tasks/main.yml:3:16: shop: "shop@.service" is a template of units
         3 |     services: "{{ mesh_services }}"
           |                ^^^^^^^^^^^^^^^^^^^
      mend: name one that is made of it, such as shop@shop.service`);
  });
});

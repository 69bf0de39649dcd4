import { describe, expect, it } from 'vitest';
import { wordsOf } from '../../../roles/verify/lib/places.ts';
import { identitiesOf, planOf } from '../../../roles/verify/lib/plan.ts';
import type { Site } from '../../../roles/verify/lib/probe.ts';
import { MESH, PROBES, probe, SITE } from './site.ts';

const tried = (from: string, to: string): string[] =>
  PROBES.filter((one) => one.from === from && one.to === to).map((one) => one.tried);

describe('what is tried on a mesh', () => {
  it('is every call that a stanza allows, by name and as the service’s user', () => {
    const call = probe('allowed call by name', 'shop@vm1', 'stock');
    expect(call).toMatchObject({
      host: 'vm1',
      namespace: 'mesh-shop',
      user: 'shop',
      act: { kind: 'http', method: 'GET', through: 'stock' },
      expect: { allowed: true, peer: 'spiffe://mesh.internal/shop', own: 'spiffe://mesh.internal/stock' },
    });
    expect(wordsOf(call)).toEqual(['http', `http://stock.mesh.internal:80/api/?mesh-verify=${call.id}`, 'GET']);
  });

  it('is every call that no stanza declares, refused by Cilium', () => {
    const strangers = PROBES.filter((one) => one.tried === 'call that nobody declared');
    expect(strangers.filter(({ to }) => to.startsWith('stock')).map(({ from, to }) => `${from} ${to}`)).toEqual([
      'other@vm2 stock@vm1',
    ]);
    for (const one of strangers) expect(one.expect).toEqual({ allowed: false, by: 'Cilium policy' });
  });

  it('is also to call one that nobody may call, beside its metrics, which show that it is there', () => {
    const tries = PROBES.filter((one) => one.to === 'shop@vm1' && one.tried === 'call that nobody declared');
    expect(tries.map(({ from }) => from)).toEqual(['stock@vm1', 'stock@vm2', 'other@vm2']);
    const port = { kind: 'tcp', address: '10.200.2.10', port: 8443, through: null };
    for (const one of tries) {
      expect(one).toMatchObject({ act: port, expect: { allowed: false, by: 'Cilium policy' } });
      const twin = PROBES.find(({ id }) => id === one.twin);
      expect(twin).toMatchObject({ from: 'vm1', user: null, namespace: null, act: { ...port, port: 9902 } });
    }
  });

  it('is all that a stranger may show or ask at each instance', () => {
    for (const target of ['stock@vm1', 'stock@vm2'])
      expect(tried('shop@vm1', target)).toEqual([
        'connection of one that may call',
        'SVID of one that may call',
        'no certificate',
        'plaintext',
        'SVID of other',
        'self-signed with the right SPIFFE ID',
        'expired SVID',
        'SVID of another trust domain',
        'another port',
      ]);
    expect(tried('unlabelled@vm1', 'stock@vm2')).toEqual(['call without a label']);
    expect(tried('vm1', 'stock@vm2')).toEqual(['call of a host process']);
  });

  it('is a login at one that may be PostgreSQL: by the caller’s name, and by a stranger’s own besides', () => {
    const mesh = structuredClone(MESH);
    for (const one of [...mesh.services, ...mesh.instances]) {
      if (one.name === 'stock') Object.assign(one, { sidecar: 'none', protocol: 'tcp' });
    }
    const logins = (site: Site): string[] =>
      planOf(mesh, site)
        .filter(({ from, to }) => from === 'shop@vm1' && to === 'stock@vm2')
        .flatMap((one) => ('logins' in one.act ? [`${one.tried}: ${wordsOf(one).at(-1)}`] : []));
    expect(logins(SITE)).toEqual([
      'SVID of one that may call: shop/shop',
      'no certificate: shop/shop',
      'plaintext: shop/shop',
      'SVID of other: shop/shop,other/shop',
      'self-signed with the right SPIFFE ID: shop/shop',
      'expired SVID: shop/shop',
      'SVID of another trust domain: shop/shop',
    ]);
    const said = { service: 'stock', from: 'shop', user: 'shop_rw', database: 'orders' };
    expect(logins({ ...SITE, logins: [said] })).toContain('SVID of other: shop_rw/orders,other/orders');
  });

  it('is a login nowhere else: behind a sidecar, or over http, PostgreSQL does not begin with TLS of its own', () => {
    expect(PROBES.filter(({ act }) => 'logins' in act)).toEqual([]);
    const mesh = structuredClone(MESH);
    for (const one of [...mesh.services, ...mesh.instances]) Object.assign(one, { sidecar: 'none' });
    expect(planOf(mesh, SITE).filter(({ act, to }) => 'logins' in act && to.startsWith('stock'))).toEqual([]);
  });

  it('is a way out to a host, but not one that a stanza declares', () => {
    const out = (cidr: string, ports: number[]): string[] => {
      const mesh = structuredClone(MESH);
      for (const one of [...mesh.services, ...mesh.instances]) one.egress_cidrs = [{ cidr, ports, protocol: 'TCP' }];
      return planOf(mesh, SITE)
        .filter((one) => one.tried === 'way out that nobody declared' && one.from === 'shop@vm1')
        .map(({ to }) => to);
    };
    expect(out('192.0.2.1/32', [443])).toEqual(['control:22']);
    expect(out('192.0.2.1/32', [22])).toEqual(['vm2:22']);
    expect(out('192.0.2.0/24', [22])).toEqual([]);
  });

  it('asks for what HTTP may refuse only where a stanza names methods and paths', () => {
    expect(tried('shop@vm1', 'stock')).toContain('wrong method');
    expect(tried('shop@vm1', 'stock')).toContain('wrong path');
    const open = structuredClone(MESH);
    for (const service of [...open.services, ...open.instances])
      service.allow_from = service.allow_from.map(({ service: name, spiffe_id }) => ({ service: name, spiffe_id }));
    expect(planOf(open, SITE).filter((one) => one.expect.allowed === false && one.expect.by === 'Envoy RBAC')).toEqual(
      [],
    );
  });

  it('asks for what none of a caller’s rules allows, where it has several', () => {
    const twice = structuredClone(MESH);
    for (const service of [...twice.services, ...twice.instances])
      service.allow_from = service.allow_from.flatMap((from) => [
        from,
        { ...from, methods: ['DELETE'], paths: ['/-'] },
      ]);
    const asked = planOf(twice, SITE).filter((one) => one.from === 'shop@vm1' && one.to === 'stock');
    expect(
      asked.map(({ tried: what, act }) => act.kind === 'http' && [what, act.method, new URL(act.url).pathname]),
    ).toEqual([
      ['allowed call by name', 'GET', '/api/'],
      ['wrong method', 'DELETE', '/api/'],
      ['wrong path', 'GET', '/mesh-verify'],
    ]);
    for (const service of [...twice.services, ...twice.instances])
      service.allow_from = service.allow_from.flatMap((from) => [from, { ...from, methods: ['PUT', 'DELETE'] }]);
    expect(planOf(twice, SITE).filter((one) => one.tried === 'wrong method')).toEqual([]);
  });

  it('has beside each refusal a probe of the same path that must pass', () => {
    const known = new Map(PROBES.map((one) => [one.id, one]));
    for (const one of PROBES.filter(({ expect: wanted }) => !wanted.allowed)) {
      const twin = one.twin === null ? undefined : known.get(one.twin);
      expect(twin?.expect.allowed, `${one.id} ${one.tried} from ${one.from} to ${one.to}`).toBe(true);
    }
  });

  it('gives each probe an id of its own, the same each time', () => {
    const ids = PROBES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(planOf(MESH, SITE)).toEqual(PROBES);
  });

  it('asks every server for the whole zone, as a host that is none', () => {
    const asked = PROBES.filter(({ tried }) => tried === 'zone transfer by a stranger');
    expect(asked.map(({ from, to }) => [from, to])).toEqual([
      ['vm2', 'DNS on control'],
      ['vm2', 'DNS on vm1'],
    ]);
    const all = SITE.hosts.map(({ name, address }) => ({ host: name, address }));
    expect(planOf(MESH, { ...SITE, dns: all }).filter(({ tried }) => tried === 'zone transfer by a stranger')).toEqual(
      [],
    );
  });

  it('still asks for names and identities where there are no services', () => {
    const empty = { ...MESH, services: [], instances: [], policies: [], entries: [] };
    const what = new Set(planOf(empty, SITE).map((one) => one.tried));
    expect([...what]).toEqual([
      'name of a host',
      'question from a host',
      'question from outside the acl',
      'question about the zone',
      'zone transfer by a stranger',
      'SVID of its own',
      'SVID, as another user',
      'SVID, from another host',
    ]);
  });

  it('needs no certificate that is not shown', () => {
    const kinds = ['expired', 'foreign', 'forged', 'minted'];
    expect(identitiesOf(PROBES)).toEqual([...kinds.map((kind) => `${kind}/shop`), 'minted/other'].sort());
    expect(identitiesOf([])).toEqual([]);
  });
});

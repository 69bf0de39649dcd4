import type { Mesh } from '../../mesh/lib/mesh.ts';
import { type Draft, type Site, STRANGER } from './probe.ts';

/** Names that resolve, and questions that the private DNS must refuse. */
export function nameProbes(mesh: Mesh, site: Site): Draft[] {
  return [...hostNames(site), ...serviceNames(mesh, site), ...refusals(site)];
}

const onHost = (host: string) => ({ from: host, host, namespace: null, user: null, twin: null });

const REFUSED = { allowed: false as const, by: 'CoreDNS' as const };

function hostNames({ hosts, zone }: Site): Draft[] {
  return hosts.flatMap((host) =>
    hosts.map((other): Draft => {
      const name = `${other.name}.${zone}`;
      const expect = { allowed: true as const, addresses: [other.address] };
      return { ...onHost(host.name), tried: 'name of a host', to: name, act: { kind: 'name', name }, expect };
    }),
  );
}

/** A service's name is what all its instances are found by: exactly their addresses, from every server. */
function serviceNames({ services }: Mesh, { hosts, dns }: Site): Draft[] {
  // With --limit, addresses on other hosts are not known.
  const whole = services.filter((service) => service.hosts.every((one) => hosts.some(({ name }) => name === one)));
  return dns.flatMap(({ host, address }) =>
    whole.map(({ name, dns_name: dnsName }): Draft => {
      const addresses = hosts.flatMap(({ endpoints }) => endpoints[name] ?? []).sort();
      const act = { kind: 'dns' as const, server: address, name: dnsName, type: 'A' as const };
      return { ...onHost(host), tried: 'name of a service', to: dnsName, act, expect: { allowed: true, addresses } };
    }),
  );
}

function refusals({ dns, zone, hosts }: Site): Draft[] {
  const [primary] = dns;
  if (!primary) return [];
  const name = `${primary.host}.${zone}`;
  const strangers = dns.flatMap(({ host, address }): Draft[] => {
    const to = `DNS on ${host}`;
    const act = { kind: 'dns' as const, server: address, name, type: 'A' as const };
    const twin: Draft = { ...onHost(host), tried: 'question from a host', to, act, expect: { allowed: true } };
    const from = `stranger beside ${host}`;
    return [
      twin,
      { ...twin, tried: 'question from outside the acl', from, namespace: STRANGER, expect: REFUSED, twin },
    ];
  });
  const stranger = hosts.find((host) => dns.every((server) => server.host !== host.name));
  return stranger ? [...strangers, ...dns.flatMap((server) => transfer(stranger.name, server, zone))] : strangers;
}

/** Every server has the whole zone, also one that fetched it. */
function transfer(stranger: string, { host, address }: Site['dns'][number], zone: string): Draft[] {
  const ask = (type: 'SOA' | 'AXFR') => ({
    ...onHost(stranger),
    to: `DNS on ${host}`,
    act: { kind: 'dns' as const, server: address, name: zone, type },
  });
  const twin: Draft = { ...ask('SOA'), tried: 'question about the zone', expect: { allowed: true } };
  return [twin, { ...ask('AXFR'), tried: 'zone transfer by a stranger', expect: REFUSED, twin }];
}

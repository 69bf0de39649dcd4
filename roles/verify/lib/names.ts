import type { Mesh } from '../../mesh/lib/mesh.ts';
import { type Draft, type Site, STRANGER } from './probe.ts';

/** Names that resolve, and questions that the private DNS must refuse. */
export function nameProbes(mesh: Mesh, site: Site): Draft[] {
  return [...hostNames(site), ...serviceNames(mesh, site), ...refusals(site)];
}

const onHost = (host: string) => ({ from: host, host, namespace: null, user: null, twin: null });

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
  const refused = { allowed: false as const, by: 'CoreDNS' as const };
  const name = `${primary.host}.${zone}`;
  const strangers = dns.flatMap(({ host, address }): Draft[] => {
    const to = `DNS on ${host}`;
    const act = { kind: 'dns' as const, server: address, name, type: 'A' as const };
    const twin: Draft = { ...onHost(host), tried: 'question from a host', to, act, expect: { allowed: true } };
    const from = `stranger beside ${host}`;
    return [
      twin,
      { ...twin, tried: 'question from outside the acl', from, namespace: STRANGER, expect: refused, twin },
    ];
  });
  const secondaries = dns.slice(1).map(({ host }) => host);
  const stranger = hosts.find((host) => host.name !== primary.host && !secondaries.includes(host.name));
  const ask = (host: string, type: 'SOA' | 'AXFR') => ({
    ...onHost(host),
    to: `DNS on ${primary.host}`,
    act: { kind: 'dns' as const, server: primary.address, name: zone, type },
  });
  const transfers = stranger ? [ask(stranger.name, 'SOA'), ask(stranger.name, 'AXFR')] : [];
  const [question, transfer] = transfers;
  if (!question || !transfer) return strangers;
  const twin: Draft = { ...question, tried: 'question about the zone', expect: { allowed: true } };
  return [...strangers, twin, { ...transfer, tried: 'zone transfer by a stranger', expect: refused, twin }];
}

import { createHash } from 'node:crypto';
import { secondsOf } from 'mesh-play';
import type { Destination, Entry, Instance, Mesh, Service } from './mesh.ts';
import { policyOf } from './policy.ts';
import { spiffeId } from './spiffe.ts';
import type { Stanza } from './stanza.ts';
import { dropInOf, programUnitOf } from './unit.ts';

/** What the mesh is besides its services. */
export interface Surroundings {
  trustDomain: string;
  zone: string;
  /** Addresses of the DNS servers. */
  dnsServers: string[];
}

/** Where sidecars take connections from their peers, and where they tell their metrics. */
export const MESH_PORT = 8443;
export const METRICS_PORT = 9902;

/** Everything the roles make of the stanzas. They were checked before. */
export function derive(stanzas: readonly Stanza[], around: Surroundings): Mesh {
  const { trustDomain, zone } = around;
  const services = stanzas.map((stanza) => serviceOf(stanza, stanzas, around));
  const instances = services.flatMap((service) => service.hosts.map((host) => ({ ...service, host })));
  return {
    trust_domain: trustDomain,
    zone,
    services,
    instances,
    policies: services.map((service) => ({ name: `mesh-${service.name}`, spec: policyOf(service, around.dnsServers) })),
    entries: instances.map((instance) => entryOf(instance, trustDomain)),
  };
}

function serviceOf(stanza: Stanza, all: readonly Stanza[], around: Surroundings): Service {
  const { name, user, protocol, sidecar, command, allow_from: allowed } = stanza;
  const listen = stanza.listen ?? null;
  const unit = stanza.unit === undefined ? `mesh-program-${name}.service` : unitName(stanza.unit);
  const sidecarUnit = `mesh-sidecar-${name}.service`;
  const egress = stanza.egress ?? callable(name, all).map((service) => ({ service }));
  const destinations = egress.flatMap(({ service }) =>
    service === undefined ? [] : destination(service, all, around),
  );
  const peers = [...allowed, ...destinations].map((peer) => peer.service);
  const placed = {
    name,
    user,
    namespace: `mesh-${name}`,
    endpoint_unit: `mesh-endpoint-${name}.service`,
    sidecar_unit: sidecarUnit,
    sidecar,
  };
  return {
    ...placed,
    spiffe_id: spiffeId(around.trustDomain, name),
    dns_name: `${name}.${around.zone}`,
    hosts: hostsOf(stanza),
    protocol,
    listen,
    port: portOf(stanza),
    mesh_port: meshPortOf(stanza),
    metrics_port: sidecar === 'envoy' ? METRICS_PORT : null,
    ttl: lifetimeOf(stanza),
    connection_ttl: Math.min(...[stanza, ...all.filter((one) => peers.includes(one.name))].map(lifetimeOf)),
    unit,
    command: command ?? null,
    unit_text: command === undefined ? dropInOf(placed) : programUnitOf(placed, command),
    drop_in: command === undefined ? '50-mesh.conf' : null,
    names:
      sidecar === 'none'
        ? []
        : destinations.map(({ loopback, dns_name: full, service }) => ({ address: loopback, names: [full, service] })),
    identity_unit: sidecar === 'envoy' ? sidecarUnit : unit,
    allow_from: allowed.map((from) => ({ ...from, spiffe_id: spiffeId(around.trustDomain, from.service) })),
    egress: destinations,
    egress_cidrs: (stanza.egress ?? []).flatMap(({ cidr, ports = [], protocol }) =>
      cidr === undefined ? [] : [{ cidr, ports, protocol }],
    ),
  };
}

export const hostsOf = ({ host, hosts }: Stanza): string[] => hosts ?? (host === undefined ? [] : [host]);

const lifetimeOf = ({ name, ttl }: Stanza): number => secondsOf(`ttl of ${name}`, ttl);

/** systemd takes a name without a suffix for a service. */
export const unitName = (unit: string): string => (/\.[a-z]+$/.test(unit) ? unit : `${unit}.service`);

const portOf = ({ port, protocol, listen }: Stanza): number | null =>
  listen === undefined ? null : (port ?? (protocol === 'http' ? 80 : listen));

const meshPortOf = ({ sidecar, listen }: Stanza): number | null =>
  listen === undefined ? null : sidecar === 'envoy' ? MESH_PORT : listen;

/** The services that let a service call them. */
const callable = (name: string, all: readonly Stanza[]): string[] =>
  all.filter(({ allow_from: allowed }) => allowed.some(({ service }) => service === name)).map((stanza) => stanza.name);

function destination(service: string, all: readonly Stanza[], around: Surroundings): Destination[] {
  const found = all.find(({ name }) => name === service);
  const [port, meshPort] = found ? [portOf(found), meshPortOf(found)] : [null, null];
  if (!found || port === null || meshPort === null) return [];
  return [
    {
      service,
      spiffe_id: spiffeId(around.trustDomain, service),
      dns_name: `${service}.${around.zone}`,
      protocol: found.protocol,
      port,
      mesh_port: meshPort,
      loopback: loopbackOf(service),
    },
  ];
}

/**
 * A loopback address for a name: of 127.64.0.0/10, by the name alone, so that it stays when other services come and go.
 * Two names may come to one address; the check of the stanzas refuses that where one service calls both.
 */
export function loopbackOf(service: string): string {
  const [a = 0, b = 0, c = 0] = createHash('sha256').update(service).digest();
  return `127.${64 + (a % 64)}.${b}.${1 + (c % 254)}`;
}

function entryOf({ host, name, spiffe_id, user, identity_unit, ttl, dns_name }: Instance, trustDomain: string): Entry {
  return {
    id: `${host}.${name}`,
    spiffe_id,
    parent_id: spiffeId(trustDomain, 'node', host),
    selectors: [`unix:user:${user}`, `systemd:id:${identity_unit}`],
    x509_svid_ttl: ttl,
    dns_names: [dns_name],
  };
}

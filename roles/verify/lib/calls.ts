import { isWithin } from '../../mesh/lib/cidr.ts';
import { MESH_PORT } from '../../mesh/lib/derive.ts';
import type { Mesh, Service } from '../../mesh/lib/mesh.ts';
import { inside, type Placed, whatIsAllowed } from './placed.ts';
import { type Draft, type Expected, type Site, type SiteHost, UNLABELLED } from './probe.ts';
import { tlsProbes } from './tls.ts';

const CILIUM: Expected = { allowed: false, by: 'Cilium policy' };

/** Traffic between services: every declared call, every undeclared one, and what a stranger might try. */
export function callProbes(mesh: Mesh, site: Site): Draft[] {
  const placed = mesh.instances.flatMap((instance): Placed[] => {
    const address = hostOf(site, instance.host)?.endpoints[instance.name];
    return address === undefined ? [] : [{ ...instance, address }];
  });
  return mesh.services.flatMap((service) => {
    const targets = placed.filter(({ name }) => name === service.name);
    return [
      ...declared(service, placed),
      ...targets.flatMap((target) => around(target, placed, site)),
      ...egress(service, placed, site),
    ];
  });
}

export const hostOf = ({ hosts }: Site, name: string): SiteHost | undefined => hosts.find((host) => host.name === name);

/** Every call that a stanza allows, from every instance of the caller, through both sidecars; and what HTTP lets be refused. */
function declared(service: Service, placed: readonly Placed[]): Draft[] {
  if (service.sidecar !== 'envoy') return [];
  return placed.flatMap((caller): Draft[] => {
    const destination = caller.egress.find(({ service: name }) => name === service.name);
    if (!destination || caller.sidecar !== 'envoy') return [];
    const base = { ...inside(caller), to: service.name, twin: null };
    const expect: Expected = { allowed: true, peer: caller.spiffe_id, own: service.spiffe_id };
    const through = service.name;
    if (service.protocol === 'tcp') {
      const act = { kind: 'tcp' as const, address: destination.dns_name, port: destination.port, through };
      return [{ ...base, tried: 'allowed call by name', act, expect }];
    }
    const { method, path } = whatIsAllowed(service, caller.name);
    const http = (wantedMethod: string, wantedPath: string) => ({
      kind: 'http' as const,
      url: `http://${destination.dns_name}:${destination.port}${wantedPath}`,
      method: wantedMethod,
      through,
    });
    const twin: Draft = { ...base, tried: 'allowed call by name', act: http(method, path), expect };
    const rbac: Expected = { allowed: false, by: 'Envoy RBAC' };
    const method2 = ['DELETE', 'PUT', 'GET'].find((one) => !allows(service, caller.name, one, path));
    const path2 = ['/mesh-verify', '/-', '/%2e'].find((one) => !allows(service, caller.name, method, one));
    return [
      twin,
      ...(method2 ? [{ ...twin, tried: 'wrong method', act: http(method2, path), expect: rbac, twin }] : []),
      ...(path2 ? [{ ...twin, tried: 'wrong path', act: http(method, path2), expect: rbac, twin }] : []),
    ];
  });
}

/** Whether any of a service's rules lets a caller ask for it. */
const allows = ({ allow_from: rules }: Service, caller: string, method: string, path: string): boolean =>
  rules.some(
    ({ service, methods = [method], paths = [path] }) =>
      service === caller && methods.includes(method) && matches(path, paths),
  );

const matches = (path: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => (pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern));

/** What one instance must refuse, each beside a connection to it that it must take. */
function around(target: Placed, placed: readonly Placed[], site: Site): Draft[] {
  const { mesh_port: port, name, host, address } = target;
  const to = `${name}@${host}`;
  const tcp = (at: number) => ({ kind: 'tcp' as const, address, port: at, through: null });
  const callers = placed.filter((one) => target.allow_from.some(({ service }) => service === one.name));
  // From another host where there is one, so that the tunnel is in the way as well.
  const caller = callers.find((one) => one.host !== host) ?? callers[0];
  if (port === null || !caller) return uncalled(target, placed);
  const open: Draft = {
    ...inside(caller),
    to,
    tried: 'connection of one that may call',
    act: tcp(port),
    expect: { allowed: true },
    twin: null,
  };
  const refused = { to, act: tcp(port), expect: CILIUM, twin: open };
  const strangers = placed.filter(
    (one) => one.name !== name && !callers.some((known) => known.name === one.name) && isNearest(one, target, placed),
  );
  const asHost = { host: caller.host, namespace: null, user: null };
  return [
    open,
    ...tlsProbes(target, caller, placed, site.logins),
    { ...refused, ...inside(caller), tried: 'another port', act: tcp(target.metrics_port ?? port + 1) },
    ...strangers.map((one) => ({ ...refused, ...inside(one), tried: 'call that nobody declared' })),
    { ...refused, ...asHost, from: caller.host, tried: 'call of a host process' },
    ...(hostOf(site, caller.host)?.cilium
      ? [
          {
            ...refused,
            ...asHost,
            namespace: UNLABELLED,
            from: `unlabelled@${caller.host}`,
            tried: 'call without a label',
          },
        ]
      : []),
  ];
}

/** One that nobody may call must refuse everybody. That it is there shows in its metrics, which hosts may ask for. */
function uncalled(target: Placed, placed: readonly Placed[]): Draft[] {
  const { name, host, address, mesh_port: port, metrics_port: metrics } = target;
  if (metrics === null) return [];
  const base = { to: `${name}@${host}`, act: { kind: 'tcp' as const, address, port: metrics, through: null } };
  const asHost = { from: host, host, namespace: null, user: null };
  const twin: Draft = { ...base, ...asHost, tried: 'metrics', expect: { allowed: true }, twin: null };
  const act = { ...base.act, port: port ?? MESH_PORT };
  const strangers = placed.filter((one) => one.name !== name && isNearest(one, target, placed));
  const calls = strangers.map(
    (one): Draft => ({ ...base, ...inside(one), act, tried: 'call that nobody declared', expect: CILIUM, twin }),
  );
  return calls.length === 0 ? [] : [twin, ...calls];
}

/** Each instance of a stranger tries one instance of a service: on another host where there is one. */
function isNearest(stranger: Placed, target: Placed, placed: readonly Placed[]): boolean {
  const targets = placed.filter(({ name }) => name === target.name);
  return (targets.find(({ host }) => host !== stranger.host) ?? targets[0]) === target;
}

/** Ways out of the namespace that no stanza names: SSH of another host, which is there to be reached. */
function egress(service: Service, placed: readonly Placed[], site: Site): Draft[] {
  return placed
    .filter(({ name }) => name === service.name)
    .flatMap((instance): Draft[] => {
      const other = site.hosts.find((one) => one.name !== instance.host && !mayReach(service, one));
      if (!other) return [];
      const act = { kind: 'tcp' as const, address: other.address, port: other.ssh_port, through: null };
      const to = `${other.name}:${other.ssh_port}`;
      const { host } = instance;
      const open = { allowed: true as const };
      const base = { host, to, act, namespace: null, user: null };
      const twin: Draft = { ...base, from: host, tried: 'way out of a host', expect: open, twin: null };
      return [twin, { ...base, ...inside(instance), tried: 'way out that nobody declared', expect: CILIUM, twin }];
    });
}

/** Whether a stanza declares a host's SSH itself. */
const mayReach = ({ egress_cidrs: cidrs }: Service, { address, ssh_port: port }: SiteHost): boolean =>
  cidrs.some(({ cidr, ports, protocol }) => protocol === 'TCP' && ports.includes(port) && isWithin(address, cidr));

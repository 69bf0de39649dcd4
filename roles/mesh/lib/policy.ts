import type { PolicySpec, Selector, Service } from './mesh.ts';

/** The label by which Cilium tells services apart. */
const ID_LABEL = 'any:spiffe.io/spiffeid';

const selector = (spiffeId: string): Selector => ({ matchLabels: { [ID_LABEL]: spiffeId } });
const ports = (...numbers: number[]): PolicySpec['ingress'][number]['toPorts'] => [
  { ports: numbers.map((port) => ({ port: String(port), protocol: 'TCP' })) },
];

/** Hosts of the mesh as Cilium sees them: they have no labels of their own. */
const HOSTS = ['host', 'remote-node'];

/**
 * What a service's namespace may be asked, and may ask. Enforcement is `always`, so what is not here is dropped: also in a
 * direction without any rule.
 */
export function policyOf(service: Service, dnsServers: readonly string[]): PolicySpec {
  const { spiffe_id: id, mesh_port: meshPort, metrics_port: metricsPort, allow_from: allowed } = service;
  const ingress: PolicySpec['ingress'] = [];
  if (meshPort !== null && allowed.length > 0)
    ingress.push({
      fromEndpoints: [...new Set(allowed.map((from) => from.spiffe_id))].map(selector),
      toPorts: ports(meshPort),
    });
  if (metricsPort !== null) ingress.push({ fromEntities: HOSTS, toPorts: ports(metricsPort) });
  return { endpointSelector: selector(id), ingress, egress: [...dns(dnsServers), ...calls(service)] };
}

/** The DNS servers and no other host: agents run with --policy-cidr-match-mode=nodes. */
function dns(servers: readonly string[]): PolicySpec['egress'] {
  const toPorts: PolicySpec['egress'][number]['toPorts'] = [
    { ports: (['UDP', 'TCP'] as const).map((protocol) => ({ port: '53', protocol })) },
  ];
  return servers.length > 0 ? [{ toCIDR: servers.map((server) => `${server}/32`), toPorts }] : [];
}

function calls({ egress, egress_cidrs: cidrs }: Service): PolicySpec['egress'] {
  return [
    ...egress.map((to) => ({ toEndpoints: [selector(to.spiffe_id)], toPorts: ports(to.mesh_port) })),
    ...cidrs.map(({ cidr, ports: numbers, protocol }) => ({
      toCIDR: [cidr],
      toPorts: inLists(numbers).map((list) => ({ ports: list.map((port) => ({ port: String(port), protocol })) })),
    })),
  ];
}

/** Cilium takes 40 ports in a list at most (rule_validation.go), and as many lists as one likes. */
const MOST = 40;
const inLists = (numbers: readonly number[]): number[][] =>
  Array.from({ length: Math.ceil(numbers.length / MOST) }, (_, index) =>
    numbers.slice(index * MOST, (index + 1) * MOST),
  );

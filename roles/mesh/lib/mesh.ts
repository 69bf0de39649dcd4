/** What the stanzas come to. Roles read this, as the fact `mesh`, and derive nothing of it again. */
export interface Mesh {
  trust_domain: string;
  zone: string;
  services: Service[];
  /** Each service once for each of its hosts. */
  instances: Instance[];
  /** One Cilium policy a service, with SPIFFE IDs as they are: cilium_policy encodes them. */
  policies: { name: string; spec: PolicySpec }[];
  /** As spire_entry takes them. */
  entries: Entry[];
}

export interface Service {
  name: string;
  spiffe_id: string;
  dns_name: string;
  hosts: string[];
  user: string;
  protocol: 'http' | 'tcp';
  /** The program's port; null for one that only calls others. */
  listen: number | null;
  /** What clients open. */
  port: number | null;
  /** Where peers connect. */
  mesh_port: number | null;
  sidecar: 'envoy' | 'none';
  /** Where the sidecar tells its metrics; null without one. */
  metrics_port: number | null;
  /** Seconds. */
  ttl: number;
  /** Seconds that a connection may live: those of the shortest certificate among its own and its peers'. */
  connection_ttl: number;
  /** The unit that runs the program: the user's own, or one made of `command`. */
  unit: string;
  command: string[] | null;
  /** Text of that unit, or of what is added to the user's own. */
  unit_text: string;
  /** Name of the drop-in that the text is for; null when it is the whole unit. */
  drop_in: string | null;
  /** What names mean in the namespace: destinations at their loopback addresses. */
  names: { address: string; names: string[] }[];
  /** Network namespace, and id of its Cilium endpoint. */
  namespace: string;
  endpoint_unit: string;
  sidecar_unit: string;
  /** The unit that SPIRE attests beside the user. */
  identity_unit: string;
  allow_from: { service: string; spiffe_id: string; methods?: string[]; paths?: string[] }[];
  egress: Destination[];
  egress_cidrs: { cidr: string; ports: number[]; protocol: 'TCP' | 'UDP' }[];
}

/** A service that another one may call. */
export interface Destination {
  service: string;
  spiffe_id: string;
  dns_name: string;
  protocol: 'http' | 'tcp';
  port: number;
  mesh_port: number;
  /** Address in the caller's namespace at which its sidecar listens for it. */
  loopback: string;
}

export type Instance = Service & { host: string };

export interface Entry {
  id: string;
  spiffe_id: string;
  parent_id: string;
  selectors: string[];
  x509_svid_ttl: number;
  dns_names: string[];
}

interface Ports {
  ports: { port: string; protocol: 'TCP' | 'UDP' }[];
}

/** The part of a CiliumClusterwideNetworkPolicy's spec that is used here. */
export interface PolicySpec {
  endpointSelector: Selector;
  ingress: { fromEndpoints?: Selector[]; fromEntities?: string[]; toPorts: Ports[] }[];
  egress: { toEndpoints?: Selector[]; toEntities?: string[]; toCIDR?: string[]; toPorts: Ports[] }[];
}

export interface Selector {
  matchLabels: Record<string, string>;
}

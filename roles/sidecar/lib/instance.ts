import type { Destination } from '../../mesh/lib/mesh.ts';

/** What a sidecar is made of: one service on one host, as the fact `mesh` has it. */
export interface Instance {
  name: string;
  host: string;
  spiffe_id: string;
  protocol: 'http' | 'tcp';
  listen: number | null;
  mesh_port: number | null;
  metrics_port: number;
  /** Seconds that the shortest-lived certificate of both sides lives, and so a connection at most. */
  connection_ttl: number;
  allow_from: Allowed[];
  egress: Destination[];
}

export interface Allowed {
  spiffe_id: string;
  methods?: string[];
  paths?: string[];
}

/** What is the same for all sidecars of a host. */
export interface Surroundings {
  trustDomain: string;
  agentSocket: string;
  dnsServers: string[];
  /** Folder the configuration is in, and the socket of Envoy's admin interface. */
  folder: string;
  adminSocket: string;
}

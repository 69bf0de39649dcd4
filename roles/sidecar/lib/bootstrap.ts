import type { Mapping } from 'mesh-play';
import { httpManager } from './http.ts';
import { inboundListeners, programClusters } from './inbound.ts';
import type { Instance, Surroundings } from './instance.ts';
import { outboundClusters, outboundListeners } from './outbound.ts';
import { AGENT, TYPE } from './tls.ts';

const ADMIN = 'admin';
const METRICS = '/stats/prometheus';

/** The three files of a sidecar. Listeners and clusters are read again when they change; the bootstrap is not. */
export interface Files {
  'envoy.json': Mapping;
  'listeners.json': Mapping;
  'clusters.json': Mapping;
}

export function filesOf(instance: Instance, around: Surroundings): Files {
  return {
    'envoy.json': { ...base(instance, around), dynamic_resources: watched(around.folder) },
    'listeners.json': resources('envoy.config.listener.v3.Listener', listeners(instance, around)),
    'clusters.json': resources('envoy.config.cluster.v3.Cluster', clusters(instance, around)),
  };
}

/** All of it in one file, for `envoy --mode validate`: that mode does not read files that are watched. */
export function trialOf(instance: Instance, around: Surroundings): Mapping {
  const whole = base(instance, around);
  const { static_resources: own } = whole as { static_resources: { clusters: Mapping[] } };
  return {
    ...whole,
    static_resources: {
      listeners: listeners(instance, around),
      clusters: [...own.clusters, ...clusters(instance, around)],
    },
  };
}

const listeners = (instance: Instance, around: Surroundings): Mapping[] => [
  ...inboundListeners(instance, around),
  ...outboundListeners(instance),
  metricsListener(instance),
];

const clusters = (instance: Instance, around: Surroundings): Mapping[] => [
  ...programClusters(instance),
  ...outboundClusters(instance, around),
];

const resources = (type: string, list: Mapping[]): Mapping => ({
  resources: list.map((resource) => ({ '@type': `type.googleapis.com/${type}`, ...resource })),
});

function watched(folder: string): Mapping {
  const source = (file: string): Mapping => ({
    resource_api_version: 'V3',
    path_config_source: { path: `${folder}/${file}`, watched_directory: { path: folder } },
  });
  return { lds_config: source('listeners.json'), cds_config: source('clusters.json') };
}

function base(instance: Instance, { agentSocket, adminSocket }: Surroundings): Mapping {
  const pipe = (path: string): Mapping => ({ endpoint: { address: { pipe: { path } } } });
  const cluster = (name: string, path: string, more: Mapping = {}): Mapping => ({
    name,
    type: 'STATIC',
    connect_timeout: '1s',
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [pipe(path)] }] },
    ...more,
  });
  const http2 = {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': `${TYPE}.upstreams.http.v3.HttpProtocolOptions`,
      explicit_http_config: { http2_protocol_options: {} },
    },
  };
  return {
    node: { id: `${instance.name}.${instance.host}`, cluster: instance.name },
    // The program runs as the same user and can open the socket, so it only reads there.
    admin: {
      address: { pipe: { path: adminSocket, mode: 0o600 } },
      allow_paths: ['/ready', METRICS, '/certs', '/clusters', '/listeners'].map((exact) => ({ exact })),
    },
    static_resources: {
      clusters: [cluster(AGENT, agentSocket, { typed_extension_protocol_options: http2 }), cluster(ADMIN, adminSocket)],
    },
    overload_manager: {
      resource_monitors: [
        {
          name: 'envoy.resource_monitors.global_downstream_max_connections',
          typed_config: {
            '@type': `${TYPE}.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig`,
            max_active_downstream_connections: 10000,
          },
        },
      ],
    },
  };
}

/** Metrics and nothing else of the admin interface, for whoever scrapes them. */
function metricsListener({ metrics_port: port, connection_ttl: ttl }: Instance): Mapping {
  const manager = httpManager({
    name: 'metrics',
    direction: 'inbound',
    cluster: ADMIN,
    ttl,
    filters: [],
    route: {},
    options: { access_log: [] },
  });
  const config = manager['typed_config'] as Mapping;
  const route = { match: { path: METRICS }, route: { cluster: ADMIN } };
  config['route_config'] = { name: 'metrics', virtual_hosts: [{ name: 'metrics', domains: ['*'], routes: [route] }] };
  return {
    name: 'metrics',
    address: { socket_address: { address: '0.0.0.0', port_value: port } },
    filter_chains: [{ filters: [manager] }],
  };
}

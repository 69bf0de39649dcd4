import type { Mapping } from 'mesh-play';
import type { Destination } from '../../mesh/lib/mesh.ts';
import { httpManager, sameProtocol } from './http.ts';
import { endpoint } from './inbound.ts';
import type { Instance, Surroundings } from './instance.ts';
import { accessLog } from './log.ts';
import { commonTls, TYPE } from './tls.ts';

const clusterOf = ({ service }: Destination): string => `to-${service}`;

/** One listener for each destination, at its loopback address in the namespace. */
export const outboundListeners = ({ egress, connection_ttl: ttl }: Instance): Mapping[] =>
  egress.map((to) => ({
    name: clusterOf(to),
    address: { socket_address: { address: to.loopback, port_value: to.port } },
    filter_chains: [{ filters: [to.protocol === 'http' ? http(to, ttl) : tcp(to, ttl)] }],
  }));

const http = (to: Destination, ttl: number): Mapping =>
  httpManager({
    name: clusterOf(to),
    direction: 'outbound',
    cluster: clusterOf(to),
    ttl,
    filters: [],
    // Only what no instance has seen yet is asked again, and of another instance.
    route: {
      retry_policy: {
        retry_on: 'connect-failure,refused-stream,reset-before-request',
        num_retries: 3,
        retry_host_predicate: [
          {
            name: 'envoy.retry_host_predicates.previous_hosts',
            typed_config: { '@type': `${TYPE}.retry.host.previous_hosts.v3.PreviousHostsPredicate` },
          },
        ],
        host_selection_retry_max_attempts: 3,
      },
    },
    options: {},
  });

const tcp = (to: Destination, ttl: number): Mapping => ({
  name: 'envoy.filters.network.tcp_proxy',
  typed_config: {
    '@type': `${TYPE}.filters.network.tcp_proxy.v3.TcpProxy`,
    stat_prefix: clusterOf(to),
    cluster: clusterOf(to),
    access_log: accessLog('outbound', false),
    max_connect_attempts: 3,
    max_downstream_connection_duration: `${ttl}s`,
  },
});

/** A destination's instances as the private DNS has them; one that does not answer is left out for a while. */
export const outboundClusters = (instance: Instance, around: Surroundings): Mapping[] =>
  instance.egress.map((to) => ({
    name: clusterOf(to),
    type: 'STRICT_DNS',
    dns_lookup_family: 'V4_ONLY',
    respect_dns_ttl: true,
    dns_refresh_rate: '5s',
    typed_dns_resolver_config: {
      name: 'envoy.network.dns_resolver.cares',
      typed_config: {
        '@type': `${TYPE}.network.dns_resolver.cares.v3.CaresDnsResolverConfig`,
        resolvers: around.dnsServers.map((address) => ({ socket_address: { address, port_value: 53 } })),
        dns_resolver_options: { no_default_search_domain: true },
      },
    },
    connect_timeout: '1s',
    lb_policy: 'LEAST_REQUEST',
    outlier_detection: {
      split_external_local_origin_errors: true,
      consecutive_local_origin_failure: 2,
      consecutive_gateway_failure: 5,
      interval: '1s',
      base_ejection_time: '10s',
      max_ejection_percent: 100,
    },
    // With every instance left out all are tried again: one of them may be back.
    common_lb_config: { healthy_panic_threshold: { value: 1 } },
    ...(to.protocol === 'http' ? { typed_extension_protocol_options: sameProtocol(instance.connection_ttl) } : {}),
    load_assignment: {
      cluster_name: clusterOf(to),
      endpoints: [{ lb_endpoints: [endpoint(to.dns_name, to.mesh_port)] }],
    },
    transport_socket: {
      name: 'envoy.transport_sockets.tls',
      typed_config: {
        '@type': `${TYPE}.transport_sockets.tls.v3.UpstreamTlsContext`,
        sni: to.dns_name,
        // Whoever answers shows its certificate each time.
        max_session_keys: 0,
        common_tls_context: commonTls(instance.spiffe_id, around.trustDomain, [to.spiffe_id]),
      },
    },
  }));

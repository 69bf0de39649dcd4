import type { Mapping } from 'mesh-play';
import { accessLog } from './log.ts';
import { TYPE } from './tls.ts';

interface Http {
  name: string;
  direction: 'inbound' | 'outbound';
  cluster: string;
  /** Seconds. */
  ttl: number;
  /** Filters before the router. */
  filters: Mapping[];
  route: Mapping;
  options: Mapping;
}

/**
 * How long a client's connection may be kept: half of the time for the connection, which Envoy then lets nothing more begin
 * on, and half for what began last. A stream knows no other end: web sockets and answers without one would go on for ever.
 */
export const lifetime = (ttl: number): Mapping => ({
  max_connection_duration: half(ttl),
  max_stream_duration: half(ttl),
  idle_timeout: '3600s',
});

const half = (seconds: number): string => `${seconds / 2}s`;

/** An HTTP connection manager that passes everything on to one cluster. */
export const httpManager = ({ name, direction, cluster, ttl, filters, route, options }: Http): Mapping => ({
  name: 'envoy.filters.network.http_connection_manager',
  typed_config: {
    '@type': `${TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: name,
    access_log: accessLog(direction, true),
    // What a rule says of a path must hold for every way to write it.
    normalize_path: true,
    merge_slashes: true,
    path_with_escaped_slashes_action: 'REJECT_REQUEST',
    server_header_transformation: 'PASS_THROUGH',
    common_http_protocol_options: lifetime(ttl),
    upgrade_configs: [{ upgrade_type: 'websocket' }],
    ...options,
    http_filters: [
      ...filters,
      { name: 'envoy.filters.http.router', typed_config: { '@type': `${TYPE}.filters.http.router.v3.Router` } },
    ],
    route_config: {
      name,
      virtual_hosts: [
        // No limit on a whole answer: it may be a stream.
        { name, domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster, timeout: '0s', ...route } }] },
      ],
    },
  },
});

/** HTTP/1 stays HTTP/1 and HTTP/2 stays HTTP/2 through both sidecars, so a program is asked as its client asked. */
export const sameProtocol = (ttl: number): Mapping => ({
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
    '@type': `${TYPE}.upstreams.http.v3.HttpProtocolOptions`,
    common_http_protocol_options: { max_connection_duration: half(ttl), idle_timeout: '60s' },
    use_downstream_protocol_config: { http_protocol_options: {}, http2_protocol_options: {} },
  },
});

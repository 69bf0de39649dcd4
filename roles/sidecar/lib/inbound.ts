import type { Mapping } from 'mesh-play';
import { httpManager, lifetime, sameProtocol } from './http.ts';
import type { Instance, Surroundings } from './instance.ts';
import { accessLog } from './log.ts';
import { rules } from './rbac.ts';
import { commonTls, TYPE } from './tls.ts';

const PROGRAM = 'program';

/** Where peers connect. A service that allows nobody has no such listener: there is nothing to get wrong. */
export function inboundListeners(instance: Instance, around: Surroundings): Mapping[] {
  const { allow_from: allowed, mesh_port: port, listen } = instance;
  if (allowed.length === 0 || port === null || listen === null) return [];
  const peers = [...new Set(allowed.map(({ spiffe_id: id }) => id))];
  return [
    {
      name: 'inbound',
      address: { socket_address: { address: '0.0.0.0', port_value: port } },
      filter_chains: [
        {
          transport_socket: {
            name: 'envoy.transport_sockets.tls',
            typed_config: {
              '@type': `${TYPE}.transport_sockets.tls.v3.DownstreamTlsContext`,
              require_client_certificate: true,
              // A session taken up again is not asked for its certificate: it would outlive one that ended.
              disable_stateless_session_resumption: true,
              disable_stateful_session_resumption: true,
              common_tls_context: {
                ...commonTls(instance.spiffe_id, around.trustDomain, peers),
                ...(instance.protocol === 'http' ? { alpn_protocols: ['h2', 'http/1.1'] } : {}),
              },
            },
          },
          filters: instance.protocol === 'http' ? [http(instance)] : tcp(instance),
        },
      ],
      // A connection that does not get through its handshake must not be kept.
      listener_filters_timeout: '5s',
    },
  ];
}

const http = ({ allow_from: allowed, connection_ttl: ttl }: Instance): Mapping =>
  httpManager({
    name: 'inbound',
    direction: 'inbound',
    cluster: PROGRAM,
    ttl,
    filters: [
      {
        name: 'envoy.filters.http.rbac',
        typed_config: { '@type': `${TYPE}.filters.http.rbac.v3.RBAC`, rules: rules(allowed) },
      },
    ],
    route: {},
    // The program reads in X-Forwarded-Client-Cert who asks; what a caller wrote there itself is thrown away.
    // With it goes what CGI and WSGI take for the same header, written with underscores.
    options: {
      common_http_protocol_options: { ...lifetime(ttl), headers_with_underscores_action: 'DROP_HEADER' },
      forward_client_cert_details: 'SANITIZE_SET',
      set_current_client_cert_details: { uri: true },
    },
  });

const tcp = ({ allow_from: allowed, connection_ttl: ttl }: Instance): Mapping[] => [
  {
    name: 'envoy.filters.network.rbac',
    typed_config: {
      '@type': `${TYPE}.filters.network.rbac.v3.RBAC`,
      stat_prefix: 'inbound',
      rules: rules(allowed),
    },
  },
  {
    name: 'envoy.filters.network.tcp_proxy',
    typed_config: {
      '@type': `${TYPE}.filters.network.tcp_proxy.v3.TcpProxy`,
      stat_prefix: 'inbound',
      cluster: PROGRAM,
      access_log: accessLog('inbound', false),
      max_downstream_connection_duration: `${ttl}s`,
    },
  },
];

/** The program itself, on loopback. */
export const programClusters = ({ listen, protocol, connection_ttl: ttl }: Instance): Mapping[] =>
  listen === null
    ? []
    : [
        {
          name: PROGRAM,
          type: 'STATIC',
          connect_timeout: '1s',
          ...(protocol === 'http' ? { typed_extension_protocol_options: sameProtocol(ttl) } : {}),
          load_assignment: {
            cluster_name: PROGRAM,
            endpoints: [{ lb_endpoints: [endpoint('127.0.0.1', listen)] }],
          },
        },
      ];

export const endpoint = (address: string, port: number): Mapping => ({
  endpoint: { address: { socket_address: { address, port_value: port } } },
});

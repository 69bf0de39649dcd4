import type { Mapping } from 'mesh-play';
import { TYPE } from './tls.ts';

/** Who asked for what and what became of it, a JSON object a line, on standard output and so in the journal. */
export const accessLog = (direction: 'inbound' | 'outbound', http: boolean): Mapping[] => [
  {
    name: 'envoy.access_loggers.stdout',
    typed_config: {
      '@type': `${TYPE}.access_loggers.stream.v3.StdoutAccessLog`,
      log_format: {
        json_format: {
          time: '%START_TIME%',
          direction,
          ...(http
            ? {
                method: '%REQ(:METHOD)%',
                path: '%REQ(:PATH)%',
                protocol: '%PROTOCOL%',
                response_code: '%RESPONSE_CODE%',
                response_code_details: '%RESPONSE_CODE_DETAILS%',
                request_id: '%REQ(X-REQUEST-ID)%',
              }
            : {}),
          response_flags: '%RESPONSE_FLAGS%',
          connection_termination_details: '%CONNECTION_TERMINATION_DETAILS%',
          downstream_peer_uri_san: '%DOWNSTREAM_PEER_URI_SAN%',
          downstream_local_uri_san: '%DOWNSTREAM_LOCAL_URI_SAN%',
          downstream_remote_address: '%DOWNSTREAM_REMOTE_ADDRESS%',
          downstream_transport_failure_reason: '%DOWNSTREAM_TRANSPORT_FAILURE_REASON%',
          upstream_peer_uri_san: '%UPSTREAM_PEER_URI_SAN%',
          upstream_host: '%UPSTREAM_HOST%',
          upstream_cluster: '%UPSTREAM_CLUSTER%',
          upstream_transport_failure_reason: '%UPSTREAM_TRANSPORT_FAILURE_REASON%',
          bytes_received: '%BYTES_RECEIVED%',
          bytes_sent: '%BYTES_SENT%',
          duration_ms: '%DURATION%',
        },
      },
    },
  },
];

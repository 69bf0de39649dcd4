import type { Mapping } from 'mesh-play';

export const TYPE = 'type.googleapis.com/envoy.extensions';
/** The cluster that reaches SPIRE's agent. */
export const AGENT = 'spire_agent';

/** A new service asks before the agent has heard of its entry, which takes 5 s. Left to itself, Envoy asks again after up to 30. */
const AGAIN = { base_interval: '0.5s', max_interval: '2s' };

const sds = (name: string): Mapping => ({
  name,
  sds_config: {
    resource_api_version: 'V3',
    api_config_source: {
      api_type: 'GRPC',
      transport_api_version: 'V3',
      grpc_services: [{ envoy_grpc: { cluster_name: AGENT, retry_policy: { retry_back_off: AGAIN } } }],
    },
  },
});

/** Own certificate, the trust domain's bundle, and exactly the peers that are meant: without names any SVID would do. */
export function commonTls(own: string, trustDomain: string, peers: readonly string[]): Mapping {
  if (peers.length === 0) throw new Error('without a peer every SVID of the trust domain would be taken');
  return {
    tls_params: { tls_minimum_protocol_version: 'TLSv1_2' },
    tls_certificate_sds_secret_configs: [sds(own)],
    combined_validation_context: {
      default_validation_context: {
        match_typed_subject_alt_names: peers.map((peer) => ({ san_type: 'URI', matcher: { exact: peer } })),
      },
      validation_context_sds_secret_config: sds(`spiffe://${trustDomain}`),
    },
  };
}

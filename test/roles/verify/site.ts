import { derive } from '../../../roles/mesh/lib/derive.ts';
import type { Stanza } from '../../../roles/mesh/lib/stanza.ts';
import { planOf } from '../../../roles/verify/lib/plan.ts';
import type { Probe, Site } from '../../../roles/verify/lib/probe.ts';

const http = { protocol: 'http', sidecar: 'envoy', ttl: '1h', listen: 8080 } as const;
const caller: Pick<Stanza, 'protocol' | 'sidecar' | 'ttl' | 'allow_from'> = {
  protocol: 'tcp',
  sidecar: 'envoy',
  ttl: '1h',
  allow_from: [],
};

/** shop may get /api/ of stock, which is on two hosts; other may call nobody. */
const STANZAS: Stanza[] = [
  { name: 'shop', host: 'vm1', user: 'shop', unit: 'shop.service', ...caller },
  {
    name: 'stock',
    hosts: ['vm1', 'vm2'],
    user: 'stock',
    unit: 'stock.service',
    ...http,
    allow_from: [{ service: 'shop', methods: ['GET'], paths: ['/api/*'] }],
  },
  { name: 'other', host: 'vm2', user: 'other', unit: 'other.service', ...caller },
];

export const MESH = derive(STANZAS, { trustDomain: 'mesh.internal', zone: 'mesh.internal', dnsServers: ['192.0.2.1'] });

const host = (name: string, last: number, endpoints: Record<string, string>) => ({
  name,
  address: `192.0.2.${last}`,
  ssh_port: 22,
  endpoints,
  cilium: true,
});

export const SITE: Site = {
  zone: 'mesh.internal',
  trust_domain: 'mesh.internal',
  hosts: [
    host('control', 1, {}),
    host('vm1', 2, { shop: '10.200.2.10', stock: '10.200.2.11' }),
    host('vm2', 3, { stock: '10.200.3.11', other: '10.200.3.12' }),
  ],
  dns: [
    { host: 'control', address: '192.0.2.1' },
    { host: 'vm1', address: '192.0.2.2' },
  ],
  workloads: [{ name: 'batch', host: 'vm2', user: 'batch' }],
  logins: [],
};

export const PROBES = planOf(MESH, SITE);

/** The one probe that is meant. */
export function probe(tried: string, from: string, to: string): Probe {
  const found = PROBES.filter((one) => one.tried === tried && one.from === from && one.to === to);
  const [first] = found;
  if (!first || found.length > 1) throw new Error(`${found.length} probes are "${tried}" from ${from} to ${to}`);
  return first;
}

/** A certificate of stock, as s_client shows one. Its key was thrown away. */
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIB1DCCAXmgAwIBAgIUZID33Izigk4en5/Nc5gOahliQi4wCgYIKoZIzj0EAwIw
HjEcMBoGA1UEAwwTc3RvY2subWVzaC5pbnRlcm5hbDAgFw0yNjExMjkxNzMzMTla
GA8yMTI2MTEwNTE3MzMxOVowHjEcMBoGA1UEAwwTc3RvY2subWVzaC5pbnRlcm5h
bDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPk9equJbneZWYqBYZponCVlIAyD
TTe+J/vNFX9KWu1bXwLT+7wtLtGduqAzBEXbSVBpJ2158SFS2HIXn3l1G0ujgZIw
gY8wHQYDVR0OBBYEFBY+4JwnF/KjX14YlZPONARdoqAUMB8GA1UdIwQYMBaAFBY+
4JwnF/KjX14YlZPONARdoqAUMA8GA1UdEwEB/wQFMAMBAf8wPAYDVR0RBDUwM4IT
c3RvY2subWVzaC5pbnRlcm5hbIYcc3BpZmZlOi8vbWVzaC5pbnRlcm5hbC9zdG9j
azAKBggqhkjOPQQDAgNJADBGAiEAxu5rEqR2NnjvzZqsFUO2F73jX3Q2497KdFPP
83Zu9JYCIQC3w/dgL/6dxWvjEyHFrR0jq2slmDB+Aqb4yooXISuDig==
-----END CERTIFICATE-----`;
/** What is told of it. */
export const NAMES = '    DNS:stock.mesh.internal, URI:spiffe://mesh.internal/stock';

import type { Instance, Service } from '../../mesh/lib/mesh.ts';
import type { Layer } from './probe.ts';

/** An instance with the address that its endpoint has. */
export type Placed = Instance & { address: string };

/** What a caller asks of a service that it may: by name, as its program would. */
export interface Allowed {
  method: string;
  path: string;
}

/** Where a probe runs, for one that runs in an instance's namespace as its user. */
export const inside = ({ name, host, namespace, user }: Instance) => ({
  from: `${name}@${host}`,
  host,
  namespace,
  user,
});

export const whatIsAllowed = ({ allow_from: allowed }: Service, caller: string): Allowed => {
  const rule = allowed.find(({ service }) => service === caller);
  return { method: rule?.methods?.[0] ?? 'GET', path: rule?.paths?.[0]?.replace(/\*$/, '') ?? '/' };
};

export const tlsLayer = ({ sidecar }: Service): Layer => (sidecar === 'envoy' ? 'Envoy TLS' : 'its own TLS');

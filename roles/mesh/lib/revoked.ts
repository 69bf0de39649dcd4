import { hostsOf } from './derive.ts';
import type { Stanza } from './stanza.ts';

/** What was taken out of the mesh although the inventory still has it. */
export interface Revoked {
  services: readonly string[];
  hosts: readonly string[];
}

/** The stanzas without what is revoked: the service, what others may do with it, and all that runs on a revoked host. */
export function withoutRevoked(stanzas: readonly Stanza[], revoked: Revoked): Stanza[] {
  const left = stanzas.flatMap((stanza): Stanza[] => {
    const hosts = hostsOf(stanza).filter((host) => !revoked.hosts.includes(host));
    if (revoked.services.includes(stanza.name) || hosts.length === 0) return [];
    const { host: _one, ...rest } = stanza;
    return [{ ...rest, hosts }];
  });
  const names = left.map(({ name }) => name);
  return left.map((stanza) => ({
    ...stanza,
    allow_from: stanza.allow_from.filter(({ service }) => names.includes(service)),
    ...(stanza.egress && {
      egress: stanza.egress.filter(({ service }) => service === undefined || names.includes(service)),
    }),
  }));
}

import { nearest, Problem } from 'mesh-play';

/** What is to be revoked, and what there is. */
export interface Wish {
  service: string;
  host: string;
  services: string[];
  hosts: string[];
  /** Groups of hosts the mesh stands on. */
  foundation: Record<string, string[]>;
}

/** Throws a Problem for what cannot be revoked. */
export function checkWish({ service, host, services, hosts, foundation }: Wish): void {
  if ((service === '') === (host === ''))
    throw refused('revoke.yml takes one service or one host', 'run with -e service=NAME, or with -e host=NAME');
  if (service !== '' && !services.includes(service)) throw unknown('service', service, services);
  if (host === '') return;
  if (!hosts.includes(host)) throw unknown('host', host, hosts);
  const [group] = Object.entries(foundation).find(([, members]) => members.includes(host)) ?? [];
  if (group === undefined) return;
  throw refused(
    `${host} is in the group ${group}, which the mesh stands on`,
    `take it out of ${group} in the inventory and run site.yml; if it fell into other hands, build a new one and rotate: docs/operations.md`,
  );
}

function unknown(kind: string, name: string, names: readonly string[]): Problem {
  const meant = nearest(name, names);
  return refused(
    `the mesh has no ${kind} "${name}"`,
    meant === undefined ? `it has ${names.join(', ')}` : `did you mean "${meant}"?`,
  );
}

const refused = (what: string, mend: string): Problem => new Problem({ code: 'not-revoked', what, mend });

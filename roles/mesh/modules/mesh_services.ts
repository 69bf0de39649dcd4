import { type Controller, defineController, type Mapping, Problem } from 'mesh-play';
import { faultsOf } from '../lib/check.ts';
import { derive } from '../lib/derive.ts';
import type { Fault, Known } from '../lib/fault.ts';
import { withoutRevoked } from '../lib/revoked.ts';
import { STANZA, type Stanza } from '../lib/stanza.ts';

interface Args {
  services: Stanza[];
  trust_domain: string;
  zone: string;
  hosts: string[];
  dns_servers: string[];
  taken: Record<string, string>;
  workloads: Known['workloads'];
  revoked_services: string[];
  revoked_hosts: string[];
}

/** Checks the stanzas of the services, and works out once what all roles make of them. */
export default defineController<Args>({
  name: 'mesh_services',
  description: 'Checks the stanzas of the services, and sets the fact "mesh": what all roles make of them.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['services', 'trust_domain', 'zone', 'hosts'],
    properties: {
      services: { type: 'array', items: STANZA, description: 'The stanzas, one a service.' },
      trust_domain: { type: 'string', description: 'Trust domain of the SPIFFE IDs.', examples: ['mesh.internal'] },
      zone: { type: 'string', description: 'Zone of the DNS names.', examples: ['mesh.internal'] },
      hosts: { type: 'array', items: { type: 'string' }, description: 'Hosts that may run services.' },
      dns_servers: {
        type: 'array',
        items: { type: 'string' },
        default: [],
        description: 'Addresses of the private DNS, which every service may ask.',
      },
      taken: {
        type: 'object',
        default: {},
        description: 'Names no service may have, with what has them.',
        examples: [{ vm1: 'a host' }],
      },
      workloads: {
        type: 'array',
        items: { type: 'object' },
        default: [],
        description:
          'What has an identity and is no service: name, host and user of each. No service may run as its user.',
      },
      revoked_services: {
        type: 'array',
        items: { type: 'string' },
        default: [],
        description: 'Services that are left out, and what others may do with them.',
      },
      revoked_hosts: {
        type: 'array',
        items: { type: 'string' },
        default: [],
        description: 'Hosts on which nothing is to run.',
      },
    },
  },
  examples: `- mesh_services:
    services:
      - {name: web, host: vm1, user: web, unit: web.service, listen: 8080, protocol: http, allow_from: [{service: shop}]}
      - {name: shop, host: vm2, user: shop, command: [/usr/local/bin/shop]}
    trust_domain: mesh.internal
    zone: mesh.internal
    hosts: [vm1, vm2]
`,
  evaluate: async (
    { services, trust_domain: trustDomain, zone, hosts, dns_servers: dnsServers, taken, workloads, ...revoked },
    _evaluator,
    controller,
  ) => {
    const [first, ...others] = faultsOf(services, { hosts, taken, workloads });
    if (first) throw problemOf(first, others, controller);
    const left = withoutRevoked(services, { services: revoked.revoked_services, hosts: revoked.revoked_hosts });
    const mesh = derive(left, { trustDomain, zone, dnsServers });
    return { returns: { ansible_facts: { mesh: mesh as unknown as Mapping } } };
  },
});

/** All faults at once, each where it was written: the first in full, the others as they are. */
function problemOf({ at, ...first }: Fault, others: readonly Fault[], controller: Controller): Problem {
  const placeOf = (fault: Pick<Fault, 'at'>) => controller.placeOf(['services', ...fault.at]);
  return new Problem({
    code: 'wrong-services',
    ...first,
    at: placeOf({ at }),
    details: others.map((fault) => {
      const place = placeOf(fault);
      const where = place ? `${place.file}:${place.line}:${place.column}: ` : '';
      return `also: ${where}${fault.what}${fault.mend === undefined ? '' : ` (${fault.mend})`}`;
    }),
  });
}

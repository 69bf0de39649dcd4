import { defineController, type Value } from 'mesh-play';
import type { Mesh } from '../../mesh/lib/mesh.ts';
import { identitiesOf, planOf } from '../lib/plan.ts';
import type { SaidLogin, Site, SiteHost } from '../lib/probe.ts';

interface Args {
  mesh: Mesh;
  hosts: SiteHost[];
  dns: Record<string, string>;
  workloads: Site['workloads'];
  logins: SaidLogin[];
}

/** What may be in a name between the words of a probe. */
const NAME = '^[A-Za-z0-9_.-]{1,63}$';

/** Works out what is tried on a mesh. */
export default defineController<Args>({
  name: 'verify_plan',
  description: 'Works out from the services what is tried, from where, and what must come of it.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['mesh', 'hosts', 'dns'],
    properties: {
      mesh: { type: 'object', description: 'The fact that role mesh sets.' },
      hosts: { type: 'array', items: { type: 'object' }, description: 'What verify_look found on each host.' },
      dns: { type: 'object', description: 'Address of each DNS server, the one that keeps the zone first.' },
      workloads: {
        type: 'array',
        items: { type: 'object' },
        default: [],
        description: 'Workloads that only have an identity.',
      },
      logins: {
        type: 'array',
        default: [],
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['service', 'from'],
          properties: {
            service: { type: 'string', description: 'A service that is PostgreSQL without a sidecar.' },
            from: { type: 'string', description: 'The service that logs in.' },
            user: { type: 'string', pattern: NAME, description: 'As whom. Default: its name.' },
            database: { type: 'string', pattern: NAME, description: 'To which database. Default: its name.' },
          },
        },
        description: 'Logins to PostgreSQL that are not by the name of the service that calls.',
        examples: [[{ service: 'db', from: 'shop', user: 'shop_rw', database: 'orders' }]],
      },
    },
  },
  evaluate: async ({ mesh, hosts, dns, workloads, logins }) => {
    const names = hosts.map(({ name }) => name);
    const servers = Object.entries(dns).map(([host, address]) => ({ host, address }));
    const site: Site = {
      zone: mesh.zone,
      trust_domain: mesh.trust_domain,
      hosts,
      dns: servers.filter(({ host }) => names.includes(host)),
      workloads,
      logins,
    };
    const probes = planOf(mesh, site);
    return {
      returns: {
        probes: probes as unknown as Value,
        site: site as unknown as Value,
        identities: identitiesOf(probes),
      },
    };
  },
});

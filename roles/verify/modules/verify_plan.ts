import { defineController, type Value } from 'mesh-play';
import type { Mesh } from '../../mesh/lib/mesh.ts';
import { planOf } from '../lib/plan.ts';
import type { Site, SiteHost } from '../lib/probe.ts';

interface Args {
  mesh: Mesh;
  hosts: SiteHost[];
  dns: Record<string, string>;
  workloads: Site['workloads'];
}

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
    },
  },
  evaluate: async ({ mesh, hosts, dns, workloads }) => {
    const names = hosts.map(({ name }) => name);
    const servers = Object.entries(dns).map(([host, address]) => ({ host, address }));
    const site: Site = {
      zone: mesh.zone,
      trust_domain: mesh.trust_domain,
      hosts,
      dns: servers.filter(({ host }) => names.includes(host)),
      workloads,
    };
    const probes = planOf(mesh, site);
    return { returns: { probes: probes as unknown as Value, site: site as unknown as Value } };
  },
});

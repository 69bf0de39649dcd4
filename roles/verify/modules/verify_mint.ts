import { defineAction } from 'mesh-play';
import { SERVER, type Server } from '../../spire/lib/server.ts';
import { scriptOf } from '../lib/script.ts';

interface Args extends Server {
  identities: string[];
  trust_domain: string;
  zone: string;
}

/** Makes the certificates that probes show: right ones, and each kind of wrong one. */
export default defineAction<Args>({
  name: 'verify_mint',
  description: 'Makes certificates for the probes on the SPIRE server, valid for minutes, and leaves none there.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['program', 'identities', 'trust_domain', 'zone', 'socket'],
    properties: {
      identities: {
        type: 'array',
        items: { type: 'string' },
        description: 'What to make, as the kind of certificate and the service in whose name.',
        examples: [['expired/shop', 'minted/shop']],
      },
      trust_domain: { type: 'string', description: 'Trust domain of the mesh.' },
      zone: { type: 'string', description: 'Zone of the services’ DNS names.' },
      ...SERVER,
    },
  },
  act: async (host, { identities, trust_domain: domain, zone, socket, program }, controller) => {
    const words = ['/run/mesh-verify-mint', socket, program, domain, zone, ...identities];
    const { stdout } = await host.runScript(await scriptOf(controller, 'mint'), words);
    controller.secret(stdout.trim());
    return { changed: false, returns: { material: stdout.trim() } };
  },
});

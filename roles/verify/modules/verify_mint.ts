import { defineAction } from 'mesh-play';
import { SERVER, type Server } from '../../spire/lib/server.ts';
import { NOBODY } from '../lib/tls.ts';

interface Args extends Server {
  services: string[];
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
    required: ['program', 'services', 'trust_domain', 'zone', 'socket'],
    properties: {
      services: { type: 'array', items: { type: 'string' }, description: 'Services to act in the name of.' },
      trust_domain: { type: 'string', description: 'Trust domain of the mesh.' },
      zone: { type: 'string', description: 'Zone of the services’ DNS names.' },
      ...SERVER,
    },
  },
  act: async (host, { services, trust_domain: domain, zone, socket, program }, controller) => {
    const script = (await controller.file(await controller.find('files', 'mint'))).text ?? '';
    const words = ['/run/mesh-verify-mint', socket, program, domain, zone, ...services, NOBODY];
    const { stdout } = await host.runScript(script, words);
    controller.secret(stdout.trim());
    return { changed: false, returns: { material: stdout.trim() } };
  },
});

import { defineQuery } from 'mesh-play';
import { SERVER, type Server } from '../lib/server.ts';

/** Reads the trust bundle from a SPIRE server. */
export default defineQuery<Server>({
  name: 'spire_bundle',
  description:
    'Reads the trust bundle from a SPIRE server, as PEM. In check mode a server that is not there yet has none.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['program', 'socket'],
    properties: SERVER,
  },
  ask: async (host, { socket, program }, controller) => {
    const words = [program, 'bundle', 'show', '-socketPath', socket];
    const { stdout } = await host.query(words, controller.check ? { ok: 'any' } : {});
    return { returns: { pem: stdout } };
  },
});

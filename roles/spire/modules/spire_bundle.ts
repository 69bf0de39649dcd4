import { defineQuery } from 'mesh-play';

interface Args {
  socket: string;
  program: string;
}

/** Reads the trust bundle from a SPIRE server. */
export default defineQuery<Args>({
  name: 'spire_bundle',
  description:
    'Reads the trust bundle from a SPIRE server, as PEM. In check mode a server that is not there yet has none.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['program', 'socket'],
    properties: {
      socket: { type: 'string', format: 'path', description: 'The server’s admin socket.' },
      program: {
        type: 'string',
        format: 'path',
        description: 'The server’s program.',
        examples: ['/opt/spire/current/spire-server'],
      },
    },
  },
  ask: async (host, { socket, program }, controller) => {
    const words = [program, 'bundle', 'show', '-socketPath', socket];
    const { stdout } = await host.query(words, controller.check ? { ok: 'any' } : {});
    return { returns: { pem: stdout } };
  },
});

import { defineAction } from 'mesh-play';
import { SERVER, type Server } from '../lib/server.ts';

interface Args extends Server {
  spiffe_id: string;
  ttl: number;
}

/** Makes a join token for one agent. Never in check mode; the token is never printed. */
export default defineAction<Args>({
  name: 'spire_join_token',
  description:
    'Makes a join token for one agent, at the moment of use. Never in check mode; the token is never printed.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['program', 'socket', 'spiffe_id'],
    properties: {
      ...SERVER,
      spiffe_id: {
        type: 'string',
        description: 'The identity of the host.',
        examples: ['spiffe://mesh.internal/node/vm1'],
      },
      ttl: { type: 'integer', default: 120, minimum: 1, description: 'Seconds within which it must be used.' },
    },
  },
  act: async (host, { socket, spiffe_id: id, ttl, program }, controller) => {
    const words = ['token', 'generate', '-spiffeID', id, '-ttl', String(ttl), '-output', 'json', '-socketPath', socket];
    const { stdout } = await host.run([program, ...words]);
    const { value } = JSON.parse(stdout) as { value: string };
    controller.secret(value);
    return { returns: { token: value } };
  },
});

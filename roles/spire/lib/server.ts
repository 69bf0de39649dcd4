import type { Property } from 'mesh-play';

/** How a module speaks with the SPIRE server of its host. */
export interface Server {
  socket: string;
  program: string;
}

/** The part of a schema that says so. */
export const SERVER = {
  socket: { type: 'string', format: 'path', description: 'The server’s admin socket.' },
  program: {
    type: 'string',
    format: 'path',
    description: 'The server’s program.',
    examples: ['/opt/spire/current/spire-server'],
  },
} as const satisfies Record<keyof Server, Property>;

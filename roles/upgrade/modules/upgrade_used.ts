import { defineQuery } from 'mesh-play';

interface Args {
  path: string;
}

/** Reads which version of a product a host uses. */
export default defineQuery<Args>({
  name: 'upgrade_used',
  description: 'Reads to which version the link "current" of a product points. Empty where there is none.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['path'],
    properties: {
      path: { type: 'string', format: 'path', description: 'Folder of the product.', examples: ['/opt/spire'] },
    },
  },
  ask: async (host, { path }) => {
    const { stdout } = await host.query(['readlink', '--', `${path}/current`], { ok: [0, 1] });
    return { returns: { version: stdout.trim() } };
  },
});

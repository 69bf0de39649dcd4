import { defineQuery } from 'mesh-play';
import { refuseBack, refuseJump } from '../lib/step.ts';

interface Args {
  product: string;
  path: string;
  version: string;
}

/** Refuses, before a host is changed, a version that what the host uses cannot be brought to at once. */
export default defineQuery<Args>({
  name: 'version_step',
  description:
    'Reads which version of a product a host uses, and refuses to go from there to one that the product’s authors do not vouch for, or that only upgrade.yml goes to in the right order.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['product', 'path', 'version'],
    properties: {
      product: { type: 'string', description: 'Name of the product.', examples: ['spire'] },
      path: { type: 'string', format: 'path', description: 'Folder of the product.', examples: ['/opt/spire'] },
      version: { type: 'string', description: 'The version to go to.', examples: ['1.14.5'] },
    },
  },
  ask: async (host, { product, path, version }, controller) => {
    const { stdout } = await host.query(['readlink', '--', `${path}/current`], { ok: [0, 1] });
    const inUse = { host: controller.host, version: stdout.trim() };
    if (inUse.version !== '') {
      refuseJump(product, version, inUse);
      refuseBack(product, version, inUse);
    }
    return { returns: { version: inUse.version } };
  },
});

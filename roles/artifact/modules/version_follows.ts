import { compareVersions, defineQuery } from 'mesh-play';
import { refused } from '../lib/step.ts';

interface Args {
  product: string;
  path: string;
  version: string;
  server: string;
}

/** Refuses, before a host is changed, an agent that would be newer than a server which keeps its version. */
export default defineQuery<Args>({
  name: 'version_follows',
  description:
    'Reads which version a server’s host uses, to which the task is delegated, and refuses an agent that would be newer.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['product', 'path', 'version', 'server'],
    properties: {
      product: { type: 'string', description: 'Name of the product.', examples: ['spire'] },
      path: { type: 'string', format: 'path', description: 'Folder of the product.', examples: ['/opt/spire'] },
      version: { type: 'string', description: 'The version the agent is to have.', examples: ['1.14.5'] },
      server: { type: 'string', description: 'The server’s host, which is read.' },
    },
  },
  ask: async (host, { product, path, version, server }, controller) => {
    const { stdout } = await host.query(['readlink', '--', `${path}/current`], { ok: [0, 1] });
    const has = stdout.trim();
    if (has !== '' && compareVersions(version, has) > 0)
      throw refused(
        `the agent of ${controller.host} would be ${product} ${version}, newer than the server of ${server}, ${has}`,
        `name ${server} in --limit as well, or bring it to ${version} first`,
        'an agent is never newer than a server, and this run leaves that one as it is',
      );
    return { returns: { version: has } };
  },
});

import { defineController, type Mapping } from 'mesh-play';
import { letBack, type Revoked, readManifest } from '../lib/manifest.ts';

interface Args {
  folder: string;
  trust_domain: string;
  spire_version: string;
  revoked: Revoked;
}

/** Checks a backup before a host is touched. */
export default defineController<Args>({
  name: 'backup_check',
  description: 'Checks that a backup is whole, of this mesh, and not of a newer SPIRE. Answers its manifest.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['folder', 'trust_domain', 'spire_version'],
    properties: {
      folder: { type: 'string', format: 'path', description: 'Folder of the backup.' },
      trust_domain: { type: 'string', description: 'Trust domain of the mesh.' },
      spire_version: { type: 'string', description: 'Version that is to open the store.' },
      revoked: {
        type: 'object',
        default: { hosts: [], services: [] },
        description: 'Hosts and services that the inventory knows as revoked.',
      },
    },
  },
  evaluate: async ({ folder, trust_domain: trustDomain, spire_version: spire, revoked }, _evaluator, controller) => {
    const manifest = await readManifest(folder, { trustDomain, spire });
    const back = letBack(manifest.revoked, revoked);
    if (back.length > 0)
      controller.warn(
        `revoked when the backup was made, and not in this inventory: ${back.join(', ')}; where that is not meant, take revoked.yml out of the backup's @inventory.tar`,
      );
    return { returns: { manifest: manifest as unknown as Mapping } };
  },
});

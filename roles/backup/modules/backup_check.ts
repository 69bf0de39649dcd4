import { defineController, type Mapping } from 'mesh-play';
import { readManifest } from '../lib/manifest.ts';

interface Args {
  folder: string;
  trust_domain: string;
  spire_version: string;
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
    },
  },
  evaluate: async ({ folder, trust_domain: trustDomain, spire_version: spire }) => ({
    returns: { manifest: (await readManifest(folder, { trustDomain, spire })) as unknown as Mapping },
  }),
});

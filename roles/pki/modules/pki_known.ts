import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { defineQuery, Problem } from 'mesh-play';
import { readCa } from '../lib/ca.ts';

interface Args {
  folder: string;
  cas: Record<string, string[]>;
}

/** Whether it is the certificate of a CA that a controller made; what else is at its path is nobody's loss. */
function isOurs(pem: string, ca: string): boolean {
  try {
    return new X509Certificate(pem).subject === `O=mesh-play\nCN=${ca} CA`;
  } catch {
    return false;
  }
}

/** Refuses a controller that lacks a CA which its hosts know: it would make another one of that name. */
export default defineQuery<Args>({
  name: 'pki_known',
  description:
    'Refuses to go on where hosts know a CA that the controller does not have: a new one would take its place.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['folder', 'cas'],
    properties: {
      folder: { type: 'string', format: 'path', description: 'Where the controller keeps its CAs.' },
      cas: {
        type: 'object',
        description: 'By the name of each CA, where hosts may have its certificate.',
        examples: [{ etcd: ['/etc/etcd/pki/ca.pem'] }],
      },
    },
  },
  ask: async (host, { folder, cas }, controller) => {
    for (const [ca, paths] of Object.entries(cas)) {
      if ((await readCa(join(folder, ca))) !== undefined) continue;
      const found = await Promise.all(paths.map((path) => host.readFile(path)));
      const path = paths.find((_, index) => isOurs(found[index]?.toString('utf8') ?? '', ca));
      if (path === undefined) continue;
      throw new Problem({
        code: 'unknown-ca',
        what: `${controller.host} knows the CA ${ca}, by ${path}, and this controller does not have it in ${folder}`,
        why: 'it would make another, and what the hosts have of the one would not work with what they get of the other',
        mend: `bring it back by restore.yml -e restore_from=FOLDER --limit localhost, or from the controller that made it; to have a new one, remove ${path} on all hosts`,
      });
    }
    return {};
  },
});

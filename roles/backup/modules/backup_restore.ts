import { dirname, join } from 'node:path';
import { type Controller, defineAction, Problem, type Writer } from 'mesh-play';
import { withMember } from '../lib/member.ts';
import { unseal } from '../lib/seal.ts';

interface Args {
  src: string;
  store: string;
  from?: string;
  only?: string;
  over: boolean;
  key_file: string;
}

const PLACE = '/var/tmp/mesh-play-restore.tar';

/** $1 archive, $2 the sqlite store: its log belongs to what was there before. */
const EXTRACT = `rm -f "$2-wal" "$2-shm" && tar -xpf "$1" -C / --same-owner; status=$?; rm -f "$1"; exit $status`;

/** $1 archive, $2 the folder, $3 its path in the archive. It is of whoever runs this, whose other machine may have had other accounts. */
const EXTRACT_FOLDER = `umask 077
mkdir -p "$(dirname "$2")" && t=$(mktemp -d "$2.new-XXXXXX") || exit
tar -xpf "$1" -C "$t" --no-same-owner && mv "$t$3" "$2"; status=$?
rm -rf "$t" "$1"; exit $status`;

async function lay(host: Writer, path: string, { store, from, only }: Args, controller: Controller): Promise<void> {
  if (only !== undefined)
    return withMember(path, only, async (member) => {
      await host.run(['mkdir', '-p', '-m', '0755', '--', dirname(store)]);
      await host.write(store, await controller.file(member, false), { mode: '0600' });
    });
  await host.write(PLACE, await controller.file(path), { mode: '0600' });
  if (from === undefined) await host.runScript(EXTRACT, [PLACE, store]);
  else await host.runScript(EXTRACT_FOLDER, [PLACE, store, from]);
}

/** Lays an archive of backup_archive out on a host. */
export default defineAction<Args>({
  name: 'backup_restore',
  description: 'Lays an archive of backup_archive out on a host. Refuses a host that has a store of its own.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['src', 'store'],
    properties: {
      src: { type: 'string', format: 'path', description: 'The archive, on the controller.' },
      store: {
        type: 'string',
        format: 'path',
        description: 'SPIRE’s store on the host, or the folder that `from` is, or the file that `only` is.',
      },
      from: {
        type: 'string',
        description: 'A folder of the archive, where only that is laid out, at another path.',
        examples: ['/root/.local/state/mesh-play/mesh.internal/pki'],
      },
      only: {
        type: 'string',
        description: 'A file of the archive, which alone goes to the host.',
        examples: ['/var/lib/mesh-play/etcd.snapshot'],
      },
      over: { type: 'boolean', default: false, description: 'Restore over a store that is there, which is lost.' },
      key_file: { type: 'string', format: 'path', default: '', description: 'Passphrase it was encrypted with.' },
    },
  },
  act: async (host, args, controller) => {
    if (!args.over && (await host.stat(args.store)) !== undefined)
      throw new Problem({
        code: 'store-is-there',
        what: `the host has a store of its own, ${args.store}`,
        why: 'it would be lost, and agents that joined since with it',
        mend: 'to lose it, run with -e restore_over=true',
      });
    const path = join(args.src);
    if (!path.endsWith('.gpg')) await lay(host, path, args, controller);
    else if (args.key_file === '')
      throw new Problem({ code: 'missing-argument', what: `${path} is encrypted`, mend: 'set backup_key_file' });
    else await unseal(path, args.key_file, (opened) => lay(host, opened, args, controller));
    return {};
  },
});

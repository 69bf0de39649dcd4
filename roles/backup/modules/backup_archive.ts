import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Controller, defineAction, Problem, type Writer } from 'mesh-play';
import { refuseRepository, sha256Of } from '../lib/manifest.ts';
import { seal } from '../lib/seal.ts';

interface Args {
  dest: string;
  name: string;
  paths: string[];
  programs: string;
  sqlite?: string;
  keys?: string;
  etcd?: string;
  key_file: string;
}

/**
 * Lays an archive in a folder of its own, whose path is told first and its size last. $1 SPIRE's sqlite store or nothing,
 * $2 its keys, $3 where etcd's snapshot is to be or nothing, $4 where products are, then paths. The store is in WAL mode, so a copy of its file would lack what is in the log: sqlite copies
 * it. Store and keys belong together: when keys changed meanwhile both are taken again.
 */
const COLLECT = `umask 077
w=$(mktemp -d /var/tmp/mesh-play-backup.XXXXXX) || exit
trap 'rm -rf "$w"' EXIT
db=$1 keys=$2 etcd=$3 programs=$4; shift 4
mkdir -p "$w/tree"
if [ -n "$etcd" ]; then
  mkdir -p "$w/tree/var/lib/mesh-play" && /usr/local/bin/mesh-etcdctl snapshot save "$w/tree$etcd" >&2 || exit
fi
if [ -n "$db" ]; then
  [ -e "$db" ] || { echo "there is no store $db" >&2; exit 3; }
  mkdir -p "$w/tree$(dirname "$db")" "$w/tree$(dirname "$keys")"
  i=0
  while :; do
    before=$(sha256sum <"$keys") || exit
    rm -f "$w/tree$db"
    if command -v sqlite3 >/dev/null; then sqlite3 "$db" ".backup '$w/tree$db'" || exit
    elif command -v python3 >/dev/null; then python3 -c 'import sqlite3,sys
a=sqlite3.connect(sys.argv[1]);b=sqlite3.connect(sys.argv[2]);a.backup(b);b.close()' "$db" "$w/tree$db" || exit
    else exit 4; fi
    cp -p "$keys" "$w/tree$keys" || exit
    [ "$before" = "$(sha256sum <"$keys")" ] && break
    i=$((i + 1)); [ $i -lt 5 ] || { echo "the keys change without an end" >&2; exit 5; }
  done
  chown --reference="$db" "$w/tree$db"; chmod --reference="$db" "$w/tree$db"
fi
tar -cf "$w/archive" -C / "$@" \${db:+-C "$w/tree" ".$db" ".$keys"} \${etcd:+-C "$w/tree" ".$etcd"} || exit
trap - EXIT
printf '%s\\n' "$w"; stat -c %s "$w/archive"
for l in "$programs"/*/current; do [ ! -L "$l" ] || echo "$(basename "$(dirname "$l")") $(readlink "$l")"; done`;

const CHUNK = 4 * 1024 * 1024;

/** The archive, piece by piece: it may be larger than memory is. */
async function* pieces(host: Writer, work: string, size: number, controller: Controller): AsyncGenerator<Uint8Array> {
  for (let at = 0; at * CHUNK < size; at++) {
    controller.progress('fetching the archive', at * CHUNK, size);
    const words = ['dd', `if=${work}/archive`, `bs=${CHUNK}`, `skip=${at}`, 'count=1', 'status=none'];
    yield (await host.query(words)).bytes;
  }
}

/** Keeps what a host must not lose, in one archive on the controller. */
export default defineAction<Args>({
  name: 'backup_archive',
  description:
    'Fetches files of a host, and SPIRE’s store as sqlite itself copies it, into one archive on the controller.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['dest', 'name', 'paths', 'programs'],
    properties: {
      dest: { type: 'string', format: 'path', description: 'Folder on the controller, in no repository.' },
      name: { type: 'string', description: 'Name of the archive, without its suffix.' },
      paths: { type: 'array', items: { type: 'string' }, description: 'Files and folders of the host.' },
      programs: { type: 'string', format: 'path', description: 'Where products are laid.', examples: ['/opt'] },
      sqlite: { type: 'string', format: 'path', description: 'SPIRE’s store.' },
      keys: { type: 'string', format: 'path', description: 'The keys that belong to the store.' },
      etcd: { type: 'string', format: 'path', description: 'Where a restore finds a snapshot of etcd.' },
      key_file: {
        type: 'string',
        format: 'path',
        default: '',
        description: 'Passphrase to encrypt with. Empty: not encrypted.',
      },
    },
  },
  act: async (
    host,
    { dest, name, paths, programs, sqlite = '', keys = '', etcd = '', key_file: keyFile },
    controller,
  ) => {
    await refuseRepository(dest);
    await mkdir(dest, { recursive: true, mode: 0o700 });
    const { stdout, stderr, status } = await host.runScript(COLLECT, [sqlite, keys, etcd, programs, ...paths], {
      ok: 'any',
    });
    const [work = '', size = '0', ...versions] = stdout.trim().split('\n');
    try {
      if (status === 4)
        throw new Problem({
          code: 'no-sqlite',
          what: 'nothing on the host can copy a sqlite store',
          mend: 'install sqlite3 there',
        });
      if (status !== 0)
        throw new Problem({
          code: 'backup-failed',
          what: 'the archive could not be made',
          details: stderr.trim().split('\n').slice(-5),
        });
      const file = `${name}.tar${keyFile === '' ? '' : '.gpg'}`;
      await seal(pieces(host, work, Number(size), controller), join(dest, file), keyFile);
      const sha256 = await sha256Of(join(dest, file));
      const returns = { versions: Object.fromEntries(versions.map((line) => line.split(' '))) };
      return {
        returns: {
          ...returns,
          archive: { host: controller.host, file, sha256, size: Number(size), encrypted: keyFile !== '' },
        },
      };
    } finally {
      if (work !== '') await host.run(['rm', '-rf', '--', work]);
    }
  },
});

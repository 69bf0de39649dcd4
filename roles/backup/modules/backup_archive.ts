import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Controller, defineAction, type Writer } from 'mesh-play';
import { asking, DATABASE_USER } from '../../spire/lib/database.ts';
import { COLLECT, refuseStatus } from '../lib/collect.ts';
import { refuseRepository, sha256Of } from '../lib/manifest.ts';
import { seal } from '../lib/seal.ts';

interface Args {
  dest: string;
  name: string;
  paths: string[];
  programs: string;
  sqlite?: string;
  postgres?: string;
  dump: string;
  keys?: string;
  user: string;
  etcd?: string;
  key_file: string;
}

const CHUNK = 4 * 1024 * 1024;

/** The archive, piece by piece: it may be larger than memory is. */
async function* pieces(host: Writer, work: string, size: number, controller: Controller): AsyncGenerator<Uint8Array> {
  for (let at = 0; at * CHUNK < size; at++) {
    controller.progress('fetching the archive', at * CHUNK, size);
    const words = ['dd', `if=${work}/archive`, `bs=${CHUNK}`, `skip=${at}`, 'count=1', 'status=none'];
    yield (await host.query(words)).bytes;
  }
}

/** What the script is told, and by which settings it reaches a database. */
function collect(host: Writer, args: Args, controller: Controller): ReturnType<Writer['runScript']> {
  const { paths, programs, sqlite = '', postgres, dump, keys = '', etcd = '', user } = args;
  const database = postgres === undefined ? undefined : asking(postgres, controller);
  // What a connection string names on the host is nowhere else: site.yml does not lay it.
  const files = database?.files.filter((file) => !paths.some((path) => file.startsWith(`${path}/`))) ?? [];
  const store = database ? ['postgres', dump] : [sqlite === '' ? '' : 'sqlite', sqlite];
  const words = [user, ...store, keys, etcd, programs, ...paths, ...files];
  return host.runScript(COLLECT, words, database?.options ?? { ok: 'any' });
}

/** Keeps what a host must not lose, in one archive on the controller. */
export default defineAction<Args>({
  name: 'backup_archive',
  description:
    'Fetches files of a host, and SPIRE’s store as sqlite or PostgreSQL itself copies it, into one archive on the controller.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['dest', 'name', 'paths', 'programs'],
    properties: {
      dest: { type: 'string', format: 'path', description: 'Folder on the controller, in no repository.' },
      name: { type: 'string', description: 'Name of the archive, without its suffix.' },
      paths: { type: 'array', items: { type: 'string' }, description: 'Files and folders of the host.' },
      programs: { type: 'string', format: 'path', description: 'Where products are laid.', examples: ['/opt'] },
      sqlite: { type: 'string', format: 'path', description: 'SPIRE’s store, where it is a file of sqlite.' },
      postgres: {
        type: 'string',
        secret: true,
        description: 'SPIRE’s connection string, where the store is PostgreSQL; copied by pg_dump of the host.',
      },
      dump: {
        type: 'string',
        format: 'path',
        default: '/var/lib/mesh-play/spire.sql',
        description: 'Where a restore finds what pg_dump wrote.',
      },
      keys: { type: 'string', format: 'path', description: 'The keys that belong to the store.' },
      user: DATABASE_USER,
      etcd: { type: 'string', format: 'path', description: 'Where a restore finds a snapshot of etcd.' },
      key_file: {
        type: 'string',
        format: 'path',
        default: '',
        description: 'Passphrase to encrypt with. Empty: not encrypted.',
      },
    },
  },
  act: async (host, args, controller) => {
    const { dest, name, key_file: keyFile } = args;
    await refuseRepository(dest);
    await mkdir(dest, { recursive: true, mode: 0o700 });
    const { stdout, stderr, status } = await collect(host, args, controller);
    const [work = '', size = '0', ...versions] = stdout.trim().split('\n');
    try {
      refuseStatus(status, stderr);
      const file = `${name}.tar${keyFile === '' ? '' : '.gpg'}`;
      await seal(pieces(host, work, Number(size), controller), join(dest, file), keyFile);
      const sha256 = await sha256Of(join(dest, file));
      const returns = { versions: Object.fromEntries(versions.map((line) => line.split(' '))) };
      return {
        returns: {
          ...returns,
          archive: {
            host: controller.host,
            file,
            sha256,
            size: Number(size),
            encrypted: keyFile !== '',
            paths: args.paths,
            snapshot: args.etcd ?? '',
          },
        },
      };
    } finally {
      if (work !== '') await host.run(['rm', '-rf', '--', work]);
    }
  },
});

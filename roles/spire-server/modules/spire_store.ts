import { defineQuery, Problem } from 'mesh-play';

interface Args {
  path: string;
  version: string;
}

/** $1 store. Nothing where there is none, or nothing on the host can read one. */
const ASK = `[ -e "$1" ] || exit 0
if command -v sqlite3 >/dev/null; then sqlite3 -readonly "$1" 'select code_version from migrations'
elif command -v python3 >/dev/null; then
  python3 -c 'import sqlite3,sys;print(*(r[0] for r in sqlite3.connect("file:"+sys.argv[1]+"?mode=ro",uri=True).execute("select code_version from migrations")))' "$1"
fi`;

/** Refuses a SPIRE that its own store is too new for, before the server is given it and does not start. */
export default defineQuery<Args>({
  name: 'spire_store',
  description:
    'Reads which SPIRE a sqlite store was last brought up to date by, and refuses a version more than one minor older: it would not open it.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['path', 'version'],
    properties: {
      path: {
        type: 'string',
        format: 'path',
        description: 'The store.',
        examples: ['/var/lib/spire/server/datastore.sqlite3'],
      },
      version: { type: 'string', description: 'The version that is to open it.', examples: ['1.14.5'] },
    },
  },
  ask: async (host, { path, version }, controller) => {
    const { stdout } = await host.script(ASK, [path]);
    const of = stdout.trim().replace(/-dev-.*/, '');
    if (of !== '' && minor(version) < minor(of) - 1)
      throw new Problem({
        code: 'store-too-new',
        what: `the store of ${controller.host} was brought up to date by SPIRE ${of}, which ${version} does not open`,
        why: 'SPIRE opens a store of its own minor, of an older one, and of the next; a store never goes back',
        mend: `stay at 1.${minor(of) - 1}, or go back to a backup of before: restore.yml with spire_version ${version}`,
      });
    return { returns: { version: of } };
  },
});

/** There is only SPIRE 1, and it refuses to know a 2 (pkg/server/datastore/sqlstore/migration.go). */
const minor = (version: string): number => Number(version.split('.')[1]);

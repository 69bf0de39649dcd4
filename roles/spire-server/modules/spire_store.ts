import { type Controller, defineQuery, Problem, type Reader } from 'mesh-play';
import { ASKING, asking, DATABASE_USER } from '../../spire/lib/database.ts';

interface Args {
  path?: string;
  postgres?: string;
  version: string;
  programs: string;
  user: string;
}

/** $1 store. Nothing where there is none, or nothing on the host can read one. */
const ASK_SQLITE = `[ -e "$1" ] || exit 0
if command -v sqlite3 >/dev/null; then sqlite3 -readonly "$1" 'select code_version from migrations'
elif command -v python3 >/dev/null; then
  python3 -c 'import sqlite3,sys;print(*(r[0] for r in sqlite3.connect("file:"+sys.argv[1]+"?mode=ro",uri=True).execute("select code_version from migrations")))' "$1"
fi`;

/** After the account: $1 where SPIRE's programs are. The first line is the version in use. A server that is new has no table. */
const ASK_POSTGRES = `${ASKING}basename "$(readlink "$1/current")"
command -v psql >/dev/null || { echo 'there is no psql on the host: install postgresql-client'; exit 4; } >&2
asked psql -XqtA -v ON_ERROR_STOP=1 <<'SQL'
SELECT to_regclass('migrations') IS NOT NULL AS there \\gset
\\if :there
SELECT code_version FROM migrations;
\\endif
SQL`;

/** Version of the SPIRE that a database was last brought up to date by; empty when it cannot be asked, with a warning where it matters. */
async function askPostgres(host: Reader, { postgres = '', version, programs, user }: Args, controller: Controller) {
  const { options } = asking(postgres, controller);
  const { stdout, stderr, status } = await host.script(ASK_POSTGRES, [user, programs], options);
  const [inUse, of = ''] = stdout.split('\n');
  if (status === 0) return of;
  if (inUse !== version)
    controller.warn(
      `whether SPIRE ${version} opens the store is not known before its server starts: ${controller.host} could not ask the database (${stderr
        .trim()
        .split(/\s*\n\s*/)
        .join('; ')})`,
    );
  return '';
}

/** Refuses a SPIRE that its own store is too new for, before the server is given it and does not start. */
export default defineQuery<Args>({
  name: 'spire_store',
  description:
    'Reads which SPIRE a store was last brought up to date by, and refuses a version more than one minor older: it would not open it. Warns where a database cannot be asked and SPIRE is to go to another version.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['version', 'programs'],
    requiredOneOf: [['path', 'postgres']],
    mutuallyExclusive: [['path', 'postgres']],
    properties: {
      path: {
        type: 'string',
        format: 'path',
        description: 'The store, where it is a file of sqlite.',
        examples: ['/var/lib/spire/server/datastore.sqlite3'],
      },
      postgres: {
        type: 'string',
        secret: true,
        description: 'SPIRE’s connection string, where the store is PostgreSQL; asked by psql of the host.',
        examples: ['host=192.0.2.5 dbname=spire user=spire sslmode=verify-full'],
      },
      version: { type: 'string', description: 'The version that is to open it.', examples: ['1.14.5'] },
      programs: {
        type: 'string',
        format: 'path',
        description: 'Where SPIRE’s programs are.',
        examples: ['/opt/spire'],
      },
      user: DATABASE_USER,
    },
  },
  ask: async (host, args, controller) => {
    const { path, postgres, version } = args;
    const told =
      postgres === undefined
        ? (await host.script(ASK_SQLITE, [path ?? ''])).stdout
        : await askPostgres(host, args, controller);
    const of = told.trim().replace(/-dev-.*/, '');
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

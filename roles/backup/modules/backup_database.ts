import { defineAction, Problem } from 'mesh-play';
import { ASKING, asking, DATABASE_USER } from '../../spire/lib/database.ts';

interface Args {
  postgres: string;
  dump: string;
  over: boolean;
  user: string;
}

/**
 * After the account: $1 the dump, $2 whether a store that is there is lost. Tables that a later SPIRE has added are not in
 * the dump and would be in its way, so those of before go first; all of it happens, or nothing.
 */
const RESTORE = `${ASKING}[ -s "$1" ] || { echo "there is no dump $1"; exit 3; } >&2
command -v psql >/dev/null || exit 4
there=$(asked psql -wXqtA -v ON_ERROR_STOP=1 -c "SELECT to_regclass('migrations') IS NOT NULL") || exit 2
if [ "$there" = t ] && [ "$2" != true ]; then rm -f "$1"; echo kept; exit 0; fi
{ cat <<'SQL'
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema() AND tableowner = current_user
  LOOP EXECUTE 'DROP TABLE ' || name || ' CASCADE'; END LOOP;
END $$;
SQL
cat "$1"; } | asked psql -wXq -v ON_ERROR_STOP=1 -1 -f - >/dev/null || exit 3
rm -f "$1"`;

/** Brings SPIRE's store back into a database of PostgreSQL. */
export default defineAction<Args>({
  name: 'backup_database',
  description:
    'Brings SPIRE’s store back into a database of PostgreSQL by psql of the host. A store that is there is kept, for it is newer.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['postgres', 'dump'],
    properties: {
      postgres: { type: 'string', secret: true, description: 'SPIRE’s connection string.' },
      dump: { type: 'string', format: 'path', description: 'What pg_dump wrote, on the host; it is gone afterwards.' },
      over: { type: 'boolean', default: false, description: 'Restore over a store that is there, which is lost.' },
      user: DATABASE_USER,
    },
  },
  act: async (host, { postgres, dump, over, user }, controller) => {
    const { options } = asking(postgres, controller);
    const { stdout, stderr, status } = await host.runScript(RESTORE, [user, dump, String(over)], options);
    if (status === 4)
      throw new Problem({
        code: 'no-psql',
        what: 'there is no psql on the host, which brings SPIRE’s store back',
        mend: 'install postgresql-client there',
      });
    if (status !== 0)
      throw new Problem({
        code: 'database-not-restored',
        what: status === 2 ? 'SPIRE’s database could not be asked' : 'SPIRE’s store could not be brought back',
        details: stderr.trim().split('\n').slice(-5),
        why: 'the database and its role are yours to make; what was in it is as it was',
      });
    const kept = stdout.trim() === 'kept';
    if (kept)
      controller.warn(
        'the database has a store, which is newer than the backup and is kept; to lose it, run with -e restore_over=true',
      );
    return { changed: !kept, returns: { kept } };
  },
});

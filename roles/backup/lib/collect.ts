import { Problem } from 'mesh-play';
import { ASKING } from '../../spire/lib/database.ts';

/**
 * Lays an archive in a folder of its own, whose path is told first and its size last. After the account: $1 how SPIRE's
 * store is copied (sqlite, postgres or nothing), $2 the store, or where its dump is to be, $3 its keys, $4 where etcd's
 * snapshot is to be or nothing, $5 where products are, then paths. A sqlite store is in WAL mode, so a copy of its file
 * would lack what is in the log: sqlite copies it. Store and keys belong together: when keys changed meanwhile both are
 * taken again.
 */
export const COLLECT = `${ASKING}b=$(mktemp -d /var/tmp/mesh-play-backup.XXXXXX) || exit
trap 'rm -rf "$w" "$b"' EXIT
kind=$1 db=$2 keys=$3 etcd=$4 programs=$5; shift 5
copied() {
  if [ "$kind" = postgres ]; then
    command -v pg_dump >/dev/null || exit 6
    asked pg_dump --no-password --no-owner --no-privileges >"$b/tree$db" || exit 7
  elif command -v sqlite3 >/dev/null; then sqlite3 "$db" ".backup '$b/tree$db'" || exit
  elif command -v python3 >/dev/null; then python3 -c 'import sqlite3,sys
a=sqlite3.connect(sys.argv[1]);b=sqlite3.connect(sys.argv[2]);a.backup(b);b.close()' "$db" "$b/tree$db" || exit
  else exit 4; fi
}
mkdir -p "$b/tree"
if [ -n "$etcd" ]; then
  mkdir -p "$b/tree/var/lib/mesh-play" && /usr/local/bin/mesh-etcdctl snapshot save "$b/tree$etcd" >&2 || exit
fi
if [ -n "$kind" ]; then
  [ "$kind" = postgres ] || [ -e "$db" ] || { echo "there is no store $db" >&2; exit 3; }
  mkdir -p "$b/tree$(dirname "$db")" "$b/tree$(dirname "$keys")"
  i=0
  while :; do
    before=$(sha256sum <"$keys") || exit
    rm -f "$b/tree$db"
    copied
    cp -p "$keys" "$b/tree$keys" || exit
    [ "$before" = "$(sha256sum <"$keys")" ] && break
    i=$((i + 1)); [ $i -lt 5 ] || { echo "the keys change without an end" >&2; exit 5; }
  done
  [ "$kind" = postgres ] || { chown --reference="$db" "$b/tree$db"; chmod --reference="$db" "$b/tree$db"; }
fi
tar -cf "$b/archive" -C / "$@" \${kind:+-C "$b/tree" ".$db" ".$keys"} \${etcd:+-C "$b/tree" ".$etcd"} || exit
trap 'rm -rf "$w"' EXIT
printf '%s\\n' "$b"; stat -c %s "$b/archive"
for l in "$programs"/*/current; do [ ! -L "$l" ] || echo "$(basename "$(dirname "$l")") $(readlink "$l")"; done`;

const last = (stderr: string): string[] => stderr.trim().split('\n').slice(-5);

/** Throws what it means when the script ended with a status other than 0. */
export function refuseStatus(status: number, stderr: string): void {
  if (status === 0) return;
  if (status === 4)
    throw new Problem({
      code: 'no-sqlite',
      what: 'nothing on the host can copy a sqlite store',
      mend: 'install sqlite3 there',
    });
  if (status === 6)
    throw new Problem({
      code: 'no-pg-dump',
      what: 'there is no pg_dump on the host, which copies SPIRE’s store',
      mend: 'install postgresql-client there, of the version of the database’s server or newer',
    });
  if (status === 7)
    throw new Problem({
      code: 'pg-dump-failed',
      what: 'pg_dump could not copy SPIRE’s store',
      details: last(stderr),
      mend: 'where it is older than the database’s server, install postgresql-client of that one’s version on the host',
    });
  throw new Problem({ code: 'backup-failed', what: 'the archive could not be made', details: last(stderr) });
}

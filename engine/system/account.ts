import type { Reader, Survey } from '../connection/connection.ts';

/** Names of databases of nsswitch.conf(5); with getent where it is, by reading the file where it is not. */
const GETENT = `get() { if command -v getent >/dev/null; then getent "$1" "$2"; else while IFS= read -r l; do case $l in "$2":*) printf '%s\\n' "$l";; esac; done <"/etc/$1"; fi; }`;

/**
 * `entries DATABASE NAME…` reads them into $s, `entry NAME` takes one of them into $l. With getent it is one process for
 * all names. A number may stand for the name of another entry, so a number is only looked up alone.
 */
const ENTRIES = `${GETENT}
nl='
'
entries() {
  s=
  if command -v getent >/dev/null; then s=$(getent "$@"); return; fi
  d=$1; shift
  for k; do s=$s$(get "$d" "$k")$nl; done
}
entry() {
  if [ $n -eq 1 ]; then l=\${s%%"$nl"*}; return; fi
  l=
  case $1 in ''|*[!0-9]*) ;; *) exit 1;; esac
  case $nl$s in *"$nl$1:"*) l=$nl$s; l=$1:\${l#*"$nl$1:"}; l=\${l%%"$nl"*};; esac
}`;

/**
 * $1 name, $2 the wanted home or nothing, $3 not empty to read the shadow file, which only a password, its lock or an
 * end of the account needs. Lines: passwd, all groups with the primary one first, shadow, whether the home is there.
 */
export const ACCOUNT: Survey = {
  width: 3,
  script: `${ENTRIES}
n=0 names= shadow=
while [ $# -gt 0 ]; do
  n=$((n+1)); eval "u$n=\\$1 h$n=\\$2 w$n=\\$3"; [ -z "$3" ] || shadow=1
  shift 3
done
i=0; while [ $i -lt $n ]; do i=$((i+1)); eval "set -- \\"\\$@\\" \\"\\$u$i\\""; done
entries passwd "$@"
i=0; set --
while [ $i -lt $n ]; do
  i=$((i+1)); eval "k=\\$u$i"; entry "$k"; eval "p$i=\\$l"
  [ -z "$l" ] || set -- "$@" "$k"
done
[ $# -eq 0 ] || s=$(id -Gn -- "$@") || [ $n -eq 1 ] || exit
i=0
while [ $i -lt $n ]; do
  i=$((i+1)) g=; eval "l=\\$p$i"
  if [ -n "$l" ]; then g=\${s%%"$nl"*} s=\${s#*"$nl"}; fi
  eval "g$i=\\$g"
done
[ -z "$shadow" ] || [ $# -eq 0 ] || entries shadow "$@" 2>/dev/null
i=0
while [ $i -lt $n ]; do
  i=$((i+1)) l=; eval "k=\\$u$i p=\\$p$i g=\\$g$i h=\\$h$i w=\\$w$i"
  [ -n "$p" ] || { answer; continue; }
  if [ -n "$w" ]; then entry "$k"; fi
  printf '%s\\n' "$p" "$g" "$l"
  p=\${p%:*}; if [ -d "\${h:-\${p##*:}}" ]; then echo home; fi
  answer
done`,
};

const surveyOf = (database: 'passwd' | 'group'): Survey => ({
  width: 1,
  script: `${ENTRIES}
n=$#
entries ${database} "$@"
for k; do entry "$k"; printf '%s\\n' "$l"; answer; done`,
});
const SURVEYS = { passwd: surveyOf('passwd'), group: surveyOf('group') };

/** One line of passwd(5) or group(5) in its fields, or undefined when there is none. */
export async function entryOf(host: Reader, database: 'passwd' | 'group', name: string): Promise<string[] | undefined> {
  const { stdout } = await host.survey(SURVEYS[database], [name]);
  const line = stdout.split('\n')[0] ?? '';
  return line === '' ? undefined : line.split(':');
}

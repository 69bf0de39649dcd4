import type { Reader, Stat, Survey } from '../connection/connection.ts';
import { parseStatLine, STAT_FORMAT } from '../stat.ts';

/** Status of the scripts when nothing is at a path. */
const ABSENT = 44;

/** Bytes from which a file is hashed by OpenSSL where it is there: it is several times as fast as coreutils, and starts slower. */
const LARGE = 4 * 1024 * 1024;

/** Where something is to land on a host. */
export interface Spot {
  path: string;
  /** Follow a link at the path; otherwise the link itself is looked at. */
  follow?: boolean;
  /** Put under this name when the path is a folder, or ends in a slash. */
  into?: string;
  /** Ask for the file's sha256 when it is this long, or always. */
  hash?: number | 'always';
  /** Also bring the content, when it is no longer than this. With `unless`, only if the sha256 is another. */
  content?: number;
  unless?: string;
}

/** What was found there. */
export interface Landed {
  /** The path after `~`, folder and link were resolved. */
  path: string;
  umask: number;
  /** The folder it is in is there. */
  parent: boolean;
  stat?: Stat;
  bytes?: Buffer;
}

/**
 * $1 path, $2 `l` to follow a link, $3 name inside a folder, $4 size or `always` to hash, $5 largest content to bring,
 * $6 sha256 not to bring it for. One `stat` and one `sha256sum` serve all places; where one of them fails, as when a
 * file goes away meanwhile, each place is asked about alone.
 */
const LAND: Survey = {
  width: 6,
  script: `n=0
while [ $# -gt 0 ]; do
  n=$((n+1))
  case $1 in "~"|"~/"*) p=$HOME\${1#"~"};; *) p=$1;; esac
  if [ -n "$3" ]; then case $p in */) p=$p$3;; *) if [ -d "$p" ]; then p=$p/$3; fi;; esac; fi
  if [ -n "$2" ] && [ -L "$p" ]; then q=$(readlink -f -- "$p") && p=$q; fi
  eval "p$n=\\$p h$n=\\$4 c$n=\\$5 u$n=\\$6"
  shift 6
done
nl='
'
i=0
while [ $i -lt $n ]; do
  i=$((i+1)); eval "p=\\$p$i"
  if [ -e "$p" ] || [ -L "$p" ]; then set -- "$@" "$p"; eval "e$i=1"; else eval "e$i="; fi
done
[ $# -eq 0 ] || s=$(stat -c '${STAT_FORMAT}' -- "$@") || exit
set --
i=0
while [ $i -lt $n ]; do
  i=$((i+1)) l= z= g=; eval "p=\\$p$i e=\\$e$i h=\\$h$i"
  if [ -n "$e" ]; then l=\${s%%"$nl"*} s=\${s#*"$nl"}; fi
  if [ -f "$p" ] && [ ! -L "$p" ]; then
    z=\${l#* * * }; z=\${z%% *}
    if { [ "$h" = always ] || [ "$h" = "$z" ]; } && [ -r "$p" ]; then
      if [ "$z" -ge ${LARGE} ] && k=$(openssl dgst -sha256 -r <"$p" 2>/dev/null); then g=\${k%% *}
      else set -- "$@" "$p"; g=listed; fi
    fi
  fi
  eval "l$i=\\$l z$i=\\$z g$i=\\$g"
done
[ $# -eq 0 ] || s=$(sha256sum -- "$@") || exit
i=0
while [ $i -lt $n ]; do
  i=$((i+1)); eval "p=\\$p$i l=\\$l$i z=\\$z$i g=\\$g$i c=\\$c$i u=\\$u$i"
  case $p in */*) d=\${p%/*};; *) d=.;; esac
  if [ -d "\${d:-/}" ]; then d=1; else d=0; fi
  umask; printf '%s\\n%s\\0' "$d" "$p"
  [ -n "$l" ] || { answer ${ABSENT}; continue; }
  printf '%s\\n' "$l"
  if [ -L "$p" ]; then readlink -z -- "$p" || exit; fi
  if [ -n "$z" ]; then
    k=$g
    if [ "$g" = listed ]; then k=\${s%%"$nl"*} s=\${s#*"$nl"} k=\${k#\\\\} k=\${k%% *}; fi
    printf '%s\\n' "$k"
    if [ -n "$c" ] && [ "$z" -le "$c" ] && { [ -z "$k" ] || [ "$k" != "$u" ]; }; then cat -- "$p" || exit; fi
  fi
  answer
done`,
};

/** Looks at the place where something is to land. */
export async function land(host: Reader, spot: Spot): Promise<Landed> {
  const { path, follow, into = '', hash = '', content = '', unless = '' } = spot;
  const args = [path, follow ? 'l' : '', into, String(hash), String(content), unless];
  const { status, bytes } = await host.survey(LAND, args, { ok: [0, ABSENT] });
  const lines = new Lines(bytes);
  const landed = { umask: Number.parseInt(lines.next(), 8), parent: lines.next() === '1', path: lines.name() };
  if (status === ABSENT) return landed;
  const { rest: _rest, ...stat } = parseStatLine(lines.next());
  if (stat.type === 'link') return { ...landed, stat: { ...stat, target: lines.name() } };
  const sha256 = stat.type === 'file' ? lines.next() : '';
  const brought =
    stat.type === 'file' && content !== '' && stat.size <= content && (sha256 === '' || sha256 !== unless);
  return {
    ...landed,
    stat: sha256 === '' ? stat : { ...stat, sha256 },
    ...(brought ? { bytes: lines.rest() } : {}),
  };
}

/** Reads lines, and names of files that end with a zero, off the front of an answer whose end is no text. */
class Lines {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  next(): string {
    return this.#upTo(10);
  }

  name(): string {
    return this.#upTo(0);
  }

  #upTo(byte: number): string {
    const found = this.#bytes.indexOf(byte, this.#at);
    const end = found === -1 ? this.#bytes.length : found;
    const line = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end + 1;
    return line;
  }

  rest(): Buffer {
    return this.#bytes.subarray(this.#at);
  }
}

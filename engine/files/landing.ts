import type { Reader, Stat } from '../connection/connection.ts';
import { parseStatLine, STAT_FORMAT } from './stat.ts';

/** Status of the scripts when nothing is at a path. */
const ABSENT = 44;

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
 * One round trip. $1 path, $2 `l` to follow a link, $3 name inside a folder, $4 size or `always` to hash,
 * $5 largest content to bring, $6 sha256 not to bring it for.
 */
const LAND = `case $1 in "~"|"~/"*) p=$HOME\${1#"~"};; *) p=$1;; esac
if [ -n "$3" ]; then case $p in */) p=$p$3;; *) if [ -d "$p" ]; then p=$p/$3; fi;; esac; fi
if [ -n "$2" ] && [ -L "$p" ]; then q=$(readlink -f -- "$p") && p=$q; fi
case $p in */*) d=\${p%/*};; *) d=.;; esac
if [ -d "\${d:-/}" ]; then d=1; else d=0; fi
umask
echo "$d"
printf '%s\\n' "$p"
[ -e "$p" ] || [ -L "$p" ] || exit ${ABSENT}
s=$(stat -c '${STAT_FORMAT}' -- "$p") || exit
printf '%s\\n' "$s"
if [ -L "$p" ]; then readlink -- "$p"; exit; fi
h=
if [ -f "$p" ]; then
  set -- "$1" "$2" "$3" "$4" "$5" "$6" $s
  if [ "$4" = always ] || [ "$4" = "\${10}" ]; then if [ -r "$p" ]; then h=$(sha256sum <"$p") || exit; h=\${h%% *}; fi; fi
  echo "$h"
  if [ -n "$5" ] && [ "\${10}" -le "$5" ] && { [ -z "$h" ] || [ "$h" != "$6" ]; }; then cat -- "$p"; fi
fi`;

/** Looks at the place where something is to land: one request, one process when nothing is to be compared. */
export async function land(host: Reader, spot: Spot): Promise<Landed> {
  const { path, follow, into = '', hash = '', content = '', unless = '' } = spot;
  const args = [path, follow ? 'l' : '', into, String(hash), String(content), unless];
  const { status, bytes } = await host.script(LAND, args, { ok: [0, ABSENT] });
  const lines = new Lines(bytes);
  const landed = { umask: Number.parseInt(lines.next(), 8), parent: lines.next() === '1', path: lines.next() };
  if (status === ABSENT) return landed;
  const { rest: _rest, ...stat } = parseStatLine(lines.next());
  if (stat.type === 'link') return { ...landed, stat: { ...stat, target: lines.next() } };
  const sha256 = stat.type === 'file' ? lines.next() : '';
  const brought =
    stat.type === 'file' && content !== '' && stat.size <= content && (sha256 === '' || sha256 !== unless);
  return {
    ...landed,
    stat: sha256 === '' ? stat : { ...stat, sha256 },
    ...(brought ? { bytes: lines.rest() } : {}),
  };
}

/** Reads lines off the front of an answer whose end is no text. */
class Lines {
  #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  next(): string {
    const end = this.#bytes.indexOf(10);
    const line = this.#bytes.subarray(0, end === -1 ? this.#bytes.length : end).toString('utf8');
    this.#bytes = this.#bytes.subarray(end === -1 ? this.#bytes.length : end + 1);
    return line;
  }

  rest(): Buffer {
    return this.#bytes;
  }
}

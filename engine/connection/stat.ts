import { parseStatLine, STAT_FORMAT, type Stat } from '../stat.ts';

/** Status of the script when nothing is at the path. */
export const ABSENT = 44;

/**
 * Reads what is at `$1`; `$2` is -L to follow links, `$3` not empty to hash. Where nothing is, or nothing that a link
 * leads to, no process is started.
 */
export const STAT_SCRIPT = `[ -e "$1" ] || { [ -z "$2" ] && [ -L "$1" ]; } || exit ${ABSENT}
stat $2 -c '${STAT_FORMAT}' -- "$1" || exit
if [ -z "$2" ] && [ -L "$1" ]; then readlink -- "$1"; exit; fi
if [ -n "$3" ] && [ -f "$1" ] && [ -r "$1" ]; then echo; sha256sum <"$1"; fi`;

/** What the script printed, as a Stat. */
export function parseStat(printed: string): Stat {
  const [first = '', ...others] = printed.replace(/\n$/, '').split('\n');
  const { rest: _rest, ...stat } = parseStatLine(first);
  if (stat.type === 'link') return { ...stat, target: others.join('\n') };
  const [, hash] = others;
  return { ...stat, ...(hash ? { sha256: hash.split(' ')[0] ?? '' } : {}) };
}

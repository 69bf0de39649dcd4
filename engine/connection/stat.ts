import type { Stat } from './connection.ts';

/** Status of the script when nothing is at the path. */
export const ABSENT = 44;

/**
 * Reads what is at `$1`; `$2` is -L to follow links, `$3` not empty to hash. Where nothing is, no process is started.
 * %f is the raw mode in hex: type and permission in one (stat(2), inode(7)).
 */
export const STAT_SCRIPT = `[ -e "$1" ] || [ -L "$1" ] || exit ${ABSENT}
stat $2 -c '%f %u %g %s %X %Y %Z %i %d %h %U %G' -- "$1" || exit
if [ -z "$2" ] && [ -L "$1" ]; then readlink -- "$1"; exit; fi
if [ -n "$3" ] && [ -f "$1" ] && [ -r "$1" ]; then echo; sha256sum <"$1"; fi`;

const TYPES: Record<number, Stat['type']> = {
  1: 'fifo',
  2: 'char',
  4: 'directory',
  6: 'block',
  8: 'file',
  10: 'link',
  12: 'socket',
};

/** What the script printed, as a Stat. */
export function parseStat(printed: string): Stat {
  const [first = '', target = '', hash = ''] = printed.split('\n');
  const [mode = '0', ...fields] = first.split(' ');
  const [uid = 0, gid = 0, size = 0, atime = 0, mtime = 0, ctime = 0, inode = 0, device = 0, links = 0] =
    fields.map(Number);
  const bits = Number.parseInt(mode, 16);
  const type = TYPES[bits >> 12] ?? 'file';
  return {
    type,
    mode: (bits & 0o7777).toString(8).padStart(4, '0'),
    owner: fields[9] ?? '',
    group: fields[10] ?? '',
    uid,
    gid,
    size,
    atime,
    mtime,
    ctime,
    inode,
    device,
    links,
    ...(type === 'link' ? { target } : {}),
    ...(hash ? { sha256: hash.split(' ')[0] ?? '' } : {}),
  };
}

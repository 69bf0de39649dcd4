import { posix } from 'node:path';
import { Float } from '../numeral.ts';
import { octal } from '../stat.ts';
import type { Mapping, Value } from '../value.ts';

/** Something below a folder that is searched, as lstat(2) has it. */
export interface Found {
  path: string;
  /** find's letter: f, d, l, p, s, b or c. */
  kind: string;
  /** A folder, or a link that leads to one. */
  folder: boolean;
  mode: number;
  uid: number;
  gid: number;
  size: number;
  inode: number;
  dev: number;
  nlink: number;
  atime: number;
  mtime: number;
  ctime: number;
  owner: string;
  group: string;
}

const FORMAT = '%y %Y %m %U %G %s %i %D %n %A@ %T@ %C@ %u %g %p\\0';

/** $1 folder, $2 how deep or nothing, $3 not empty to go through links; what is there is told as it is all the same. */
export const FIND = `case $1 in "~"|"~/"*) p=$HOME\${1#"~"};; *) p=$1;; esac
[ -d "$p" ] || exit 3
date +%s.%N; printf '%s\\n' "$p"
if [ -n "$3" ]; then
  find -L "$p/" -mindepth 1 \${2:+-maxdepth "$2"} -print0 | xargs -0 -r sh -c 'find "$@" -maxdepth 0 -printf "$0"' '${FORMAT}'
else
  find "$p/" -mindepth 1 \${2:+-maxdepth "$2"} -printf '${FORMAT}'
fi`;

/** What the script printed: the host's time, the folder, and all it found by the folder it is in. */
export function foundIn(text: string): { now: number; root: string; folders: Map<string, Found[]> } {
  const [now = '', folder = ''] = text.split('\n', 2);
  const folders = new Map<string, Found[]>();
  for (const record of text.slice(now.length + folder.length + 2).split('\0')) {
    const found = record === '' ? undefined : parsed(record);
    if (!found) continue;
    const above = posix.dirname(found.path);
    const beside = folders.get(above);
    if (beside) beside.push(found);
    else folders.set(above, [found]);
  }
  return { now: Number(now), root: posix.normalize(`${folder}/`).replace(/(?<=.)\/$/, ''), folders };
}

function parsed(record: string): Found {
  const fields = record.split(' ');
  const [kind = '', through = '', mode = '0'] = fields;
  const [uid = 0, gid = 0, size = 0, inode = 0, dev = 0, nlink = 0, atime = 0, mtime = 0, ctime = 0] = fields
    .slice(3, 12)
    .map(Number);
  const [owner = '', group = ''] = fields.slice(12, 14);
  const path = posix.normalize(fields.slice(14).join(' '));
  const rest = { uid, gid, size, inode, dev, nlink, atime, mtime, ctime, owner, group };
  return { path, kind, folder: through === 'd', mode: Number.parseInt(mode, 8), ...rest };
}

/** The folders in the order in which Python's os.walk visits them, each with its files first and its folders after. */
export function* visits(root: string, folders: ReadonlyMap<string, Found[]>, follow: boolean): Generator<Found[]> {
  const inside = folders.get(root) ?? [];
  const below = inside.filter(({ folder }) => folder);
  yield [...inside.filter(({ folder }) => !folder), ...below];
  for (const { path, kind } of below) if (follow || kind === 'd') yield* visits(path, folders, follow);
}

/** Python has times as floats. */
const seconds = (time: number): Value => (Number.isInteger(time) ? new Float(time) : time);

/** What Ansible's find answers of each. */
export function foundInfo(found: Found): Mapping {
  const { kind, mode, uid, gid, size, inode, dev, nlink, atime, mtime, ctime, owner, group } = found;
  const has = (bit: number): boolean => (mode & bit) !== 0;
  // Where nobody has the number, find prints the number.
  const named = (name: string, id: number): string => (name === String(id) ? '' : name);
  return {
    mode: octal(mode),
    ...{ isdir: kind === 'd', ischr: kind === 'c', isblk: kind === 'b', isreg: kind === 'f' },
    ...{ isfifo: kind === 'p', islnk: kind === 'l', issock: kind === 's' },
    ...{ uid, gid, size, inode, dev, nlink },
    ...{ atime: seconds(atime), mtime: seconds(mtime), ctime: seconds(ctime) },
    ...{ gr_name: named(group, gid), pw_name: named(owner, uid) },
    ...{ wusr: has(0o200), rusr: has(0o400), xusr: has(0o100) },
    ...{ wgrp: has(0o020), rgrp: has(0o040), xgrp: has(0o010) },
    ...{ woth: has(0o002), roth: has(0o004), xoth: has(0o001) },
    ...{ isuid: has(0o4000), isgid: has(0o2000) },
  };
}

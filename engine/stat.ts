/** What `stat(2)` says of a path, in Ansible's terms. */
export interface Stat {
  type: 'file' | 'directory' | 'link' | 'fifo' | 'socket' | 'block' | 'char';
  /** Four octal digits, such as `0644`. */
  mode: string;
  owner: string;
  group: string;
  uid: number;
  gid: number;
  /** Bytes. */
  size: number;
  /** Where a link points, as written in it. */
  target?: string;
  /** Seconds since the epoch. */
  mtime: number;
  atime: number;
  ctime: number;
  inode: number;
  device: number;
  links: number;
  /** Lower-case hex, when asked for and the path is a readable regular file. */
  sha256?: string;
}

/** What `stat -c` is asked for; `%f` is type and mode in one, in hex (inode(7)). */
export const STAT_FORMAT = '%f %u %g %s %X %Y %Z %i %d %h %U %G';

const TYPES: Record<number, Stat['type']> = {
  1: 'fifo',
  2: 'char',
  4: 'directory',
  6: 'block',
  8: 'file',
  10: 'link',
  12: 'socket',
};

/** One line in STAT_FORMAT, as a Stat; what follows the twelve fields is given back as `rest`. */
export function parseStatLine(line: string): Stat & { rest: string } {
  const fields = line.split(' ');
  const [uid = 0, gid = 0, size = 0, atime = 0, mtime = 0, ctime = 0, inode = 0, device = 0, links = 0] = fields
    .slice(1, 10)
    .map(Number);
  const bits = Number.parseInt(fields[0] ?? '0', 16);
  return {
    type: TYPES[bits >> 12] ?? 'file',
    mode: octal(bits & 0o7777),
    owner: fields[10] ?? '',
    group: fields[11] ?? '',
    uid,
    gid,
    size,
    atime,
    mtime,
    ctime,
    inode,
    device,
    links,
    rest: fields.slice(12).join(' '),
  };
}

/** A mode as four octal digits. */
export const octal = (bits: number): string => bits.toString(8).padStart(4, '0');

import { defineQuery, land, type Mapping, type Reader, type Stat } from '../module.ts';

interface Args {
  path: string;
  follow: boolean;
  get_checksum: boolean;
  checksum_algorithm: string;
}

/** `readable`, `writeable`, `executable` by access(2), where a link really leads, and the checksum by the program $2. */
const MORE = `p=$1; [ -n "$3" ] || [ ! -L "$p" ] || { readlink -f -- "$p"; exit 0; }
readlink -f -- "$p"
for t in r w x; do if [ -$t "$p" ]; then echo 1; else echo 0; fi; done
if [ -n "$2" ] && [ -f "$p" ] && [ -r "$p" ]; then "$2" <"$p" | cut -d' ' -f1; fi`;

/** Answers what is at a path. */
export default defineQuery<Args>({
  name: 'stat',
  description: 'Answers what is at a path: kind, owner, mode, size, times, checksum.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['path'],
    properties: {
      path: { type: 'string', format: 'path', aliases: ['dest', 'name'], description: 'The path to look at.' },
      follow: { type: 'boolean', default: false, description: 'Look at what a link leads to.' },
      get_checksum: { type: 'boolean', default: true, description: 'Answer the checksum of a regular file.' },
      checksum_algorithm: {
        type: 'string',
        default: 'sha1',
        enum: ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'],
        aliases: ['checksum', 'checksum_algo'],
        description: 'How the checksum is made.',
      },
    },
  },
  examples: `- stat:
    path: /etc/coredns/Corefile
  register: corefile
`,
  ask: async (host, args) => ({ returns: { stat: await answer(host, args) } }),
});

async function answer(host: Reader, args: Args): Promise<Mapping> {
  const { follow, get_checksum: hashed, checksum_algorithm: algorithm } = args;
  const path = /^~(\/|$)/.test(args.path)
    ? (await host.script('printf %s "$HOME$1"', [args.path.slice(1)])).stdout
    : args.path;
  const [{ stat }, more] = await Promise.all([
    land(host, { path, follow }),
    host.script(MORE, [path, hashed ? `${algorithm}sum` : '', follow ? 'l' : ''], { ok: 'any' }),
  ]);
  if (!stat) return { exists: false };
  const [real = '', readable, writeable, executable, checksum] = more.stdout.split('\n');
  return {
    exists: true,
    path,
    ...numbers(stat),
    ...kinds(stat),
    ...bits(stat),
    pw_name: stat.owner,
    gr_name: stat.group,
    ...(stat.type === 'link'
      ? { lnk_source: real, lnk_target: stat.target ?? '' }
      : { readable: readable === '1', writeable: writeable === '1', executable: executable === '1' }),
    ...(stat.type === 'file' && checksum ? { checksum } : {}),
  };
}

function numbers({ mode, uid, gid, size, inode, device, links, atime, mtime, ctime }: Stat): Mapping {
  return { mode, uid, gid, size, inode, dev: device, nlink: links, atime, mtime, ctime };
}

function kinds({ type }: Stat): Mapping {
  return {
    isdir: type === 'directory',
    isreg: type === 'file',
    islnk: type === 'link',
    ischr: type === 'char',
    isblk: type === 'block',
    isfifo: type === 'fifo',
    issock: type === 'socket',
  };
}

function bits({ mode }: Stat): Mapping {
  const all = Number.parseInt(mode, 8);
  const has = (bit: number): boolean => (all & bit) !== 0;
  return {
    rusr: has(0o400),
    wusr: has(0o200),
    xusr: has(0o100),
    rgrp: has(0o040),
    wgrp: has(0o020),
    xgrp: has(0o010),
    roth: has(0o004),
    woth: has(0o002),
    xoth: has(0o001),
    isuid: has(0o4000),
    isgid: has(0o2000),
  };
}

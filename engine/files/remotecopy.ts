import { basename } from 'node:path/posix';
import type { Reader, Writer } from '../connection/connection.ts';
import { Problem } from '../problem.ts';
import type { Change } from '../result.ts';
import { type Attributes, applyAttributes, newAttributes, planAttributes } from './attributes.ts';
import { makeFolders } from './folders.ts';
import { type Landed, land } from './landing.ts';

/** A copy from one place of a host to another. */
export interface RemoteCopy {
  src: string;
  dest: string;
  attributes: Attributes;
  directoryMode?: string | undefined;
  preserve: boolean;
  force: boolean;
  follow: boolean;
  backup?: string | undefined;
  validate?: readonly string[] | undefined;
  check: boolean;
}

export interface RemoteState {
  source: Landed;
  place: Landed;
  /** Below the source folder: what is missing or differs at dest. Folders end in a slash. */
  differing: string[];
}

/** Names below folder $1 that are missing or differ below $2; with $3 empty only the missing ones. */
const DIFFERING = `cd -- "$1" || exit
find . -mindepth 1 -type d -exec sh -c 'd=$1; shift; for f; do [ -d "$d/$f" ] || printf "%s/\\0" "$f"; done' sh "$2" {} + || exit
find . ! -type d -exec sh -c 'd=$1 all=$2; shift 2; for f; do
  if [ -e "$d/$f" ] || [ -L "$d/$f" ]; then [ -n "$all" ] || continue; cmp -s -- "$f" "$d/$f" && continue; fi
  printf "%s\\0" "$f"; done' sh "$2" "$3" {} +`;

export async function probeRemote(host: Reader, copy: RemoteCopy): Promise<RemoteState> {
  const { src, dest, follow } = copy;
  const into = src.endsWith('/') ? {} : { into: basename(src) };
  const [source, place] = await Promise.all([
    land(host, { path: src.replace(/(?<=.)\/+$/, ''), follow: true, hash: 'always' }),
    land(host, { path: dest, follow, hash: 'always', ...into }),
  ]);
  if (source.stat?.type !== 'directory') return { source, place, differing: [] };
  const bare = dest.replace(/(?<=.)\/+$/, '');
  const at = src.endsWith('/') ? bare : `${bare}/${basename(src)}`;
  const [there, { stdout }] = await Promise.all([
    land(host, { path: at, follow: true }),
    host.script(DIFFERING, [source.path, at, copy.force ? 'all' : '']),
  ]);
  const differing = stdout.split('\0').filter((name) => name !== '');
  return { source, place: there, differing: differing.map((name) => name.replace(/^\.\//, '')) };
}

export function planRemote({ source, place, differing }: RemoteState, copy: RemoteCopy): Change[] {
  const { path, stat, umask } = place;
  if (!source.stat) {
    if (copy.check) return [{ key: 'content', before: null, after: copy.src }];
    throw new Problem({ code: 'missing-file', what: `there is no file "${copy.src}" on the host` });
  }
  if (source.stat.type === 'directory') return planFolder(stat !== undefined, differing);
  if (stat?.type === 'directory')
    throw new Problem({ code: 'is-a-folder', what: `there is a folder at ${path}, where a file is to be` });
  if (stat && !copy.force) return [];
  if (!place.parent && !copy.check && !copy.dest.endsWith('/'))
    throw new Problem({ code: 'no-folder', what: `the folder of ${path} does not exist`, mend: 'make it before' });
  const wanted = attributesOf(copy, source);
  const same = stat?.sha256 !== undefined && stat.sha256 === source.stat.sha256;
  const before = stat?.sha256 === undefined ? (stat?.type ?? null) : `sha256 ${stat.sha256}`;
  const content: Change[] = same ? [] : [{ key: 'content', before, after: `sha256 ${source.stat.sha256 ?? '?'}` }];
  const fresh = !stat || stat.type === 'link';
  return [...content, ...(fresh ? newAttributes(wanted, 'file', umask) : planAttributes(stat, wanted, umask))];
}

const planFolder = (there: boolean, differing: readonly string[]): Change[] => [
  ...(there ? [] : [{ key: 'state', before: 'absent', after: 'directory' }]),
  ...differing.map((name) => ({ key: `${name} content`, before: null, after: 'copied' })),
];

const attributesOf = ({ attributes, preserve }: RemoteCopy, { stat }: Landed): Attributes =>
  preserve && stat ? { ...attributes, mode: stat.mode } : attributes;

/** $1 source, $2 dest, $3 temporary, $4 kept copy, $5 and on: words that check the temporary file. */
const COPY = `s=$1 d=$2 t=$3 b=$4; shift 4
trap 'rm -f -- "$t"' EXIT
if [ -f "$d" ]; then cp -p -- "$d" "$t" || exit; cat -- "$s" >"$t" || exit; else cp -- "$s" "$t" || exit; fi
if [ $# -gt 0 ]; then "$@" </dev/null || exit; fi
if [ -n "$b" ] && [ -e "$d" ]; then cp -p -- "$d" "$b" || exit; fi
mv -fT -- "$t" "$d"`;

export async function applyRemote(host: Writer, changes: readonly Change[], copy: RemoteCopy, state: RemoteState) {
  const { source, place, differing } = state;
  const { path } = place;
  const { owner, group, mode } = copy.attributes;
  if (source.stat?.type === 'directory') {
    await makeFolders(host, path, { owner, group, mode: copy.directoryMode });
    for (const name of differing) {
      if (name.endsWith('/')) await makeFolders(host, `${path}/${name}`, { owner, group, mode: copy.directoryMode });
      else {
        await host.run([
          'cp',
          '-dT',
          ...(copy.preserve ? ['--preserve=mode'] : []),
          '--',
          `${source.path}/${name}`,
          `${path}/${name}`,
        ]);
        const own = await land(host, { path: `${path}/${name}` });
        const wanted = { ...copy.attributes, ...(mode === undefined ? {} : { mode }) };
        if (own.stat) await applyAttributes(host, own.path, planAttributes(own.stat, wanted, own.umask), wanted);
      }
    }
    return;
  }
  if (changes.some(({ key }) => key === 'content')) {
    if (!place.parent)
      await makeFolders(host, path.slice(0, path.lastIndexOf('/')), { owner, group, mode: copy.directoryMode });
    const temporary = `${path}.mesh-play-${process.pid}-${Date.now()}`;
    const words = (copy.validate ?? []).map((word) => word.replaceAll('%s', temporary));
    const kept = copy.backup === undefined ? '' : path + copy.backup;
    await host.runScript(COPY, [source.path, path, temporary, kept, ...words]);
  }
  const own = await land(host, { path });
  const wanted = attributesOf(copy, source);
  if (own.stat) await applyAttributes(host, path, planAttributes(own.stat, wanted, own.umask), wanted);
}

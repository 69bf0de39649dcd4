import { basename } from 'node:path/posix';
import type { Reader, Writer } from '../connection/connection.ts';
import { Problem } from '../problem.ts';
import type { Change } from '../result.ts';
import { type Attributes, applyAttributes, newAttributes, planAttributes } from './attributes.ts';
import { makeFolders } from './folders.ts';
import { type Landed, land } from './landing.ts';
import { applyRemoteTree, planRemoteTree, probeRemoteTree, type RemoteTree } from './remotetree.ts';

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
  /** When the source is a folder: what is below it, and below dest. */
  tree?: RemoteTree;
}

export async function probeRemote(host: Reader, copy: RemoteCopy): Promise<RemoteState> {
  const { src, dest, follow } = copy;
  const into = src.endsWith('/') ? {} : { into: basename(src) };
  const [source, place] = await Promise.all([
    land(host, { path: src.replace(/(?<=.)\/+$/, ''), follow: true, hash: 'always' }),
    land(host, { path: dest, follow, hash: 'always', ...into }),
  ]);
  if (source.stat?.type !== 'directory') return { source, place };
  const bare = dest.replace(/(?<=.)\/+$/, '');
  const at = src.endsWith('/') ? bare : `${bare}/${basename(src)}`;
  const there = await land(host, { path: at, follow: true });
  return { source, place: there, tree: await probeRemoteTree(host, source.path, there, copy.force) };
}

export function planRemote({ source, place, tree }: RemoteState, copy: RemoteCopy): Change[] {
  const { path, stat, umask } = place;
  if (!source.stat) {
    if (copy.check) return [{ key: 'content', before: null, after: copy.src }];
    throw new Problem({ code: 'missing-file', what: `there is no file "${copy.src}" on the host` });
  }
  if (tree) return planRemoteTree(tree, place, attributesOf(copy, source));
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

const attributesOf = ({ attributes, preserve }: RemoteCopy, { stat }: Landed): Attributes =>
  preserve && stat ? { ...attributes, mode: stat.mode } : attributes;

/** $1 source, $2 dest, $3 temporary, $4 kept copy, $5 mode, if any, $6 and on: words that check the temporary file. */
const COPY = `s=$1 d=$2 t=$3 b=$4 m=$5; shift 5
trap 'rm -f -- "$t"' EXIT
mask=$(umask)
umask 077
cat -- "$s" >"$t" || exit
if [ -f "$d" ]; then chown --reference="$d" -- "$t" 2>/dev/null; fi
if [ -n "$m" ]; then chmod -- "$m" "$t"
elif [ -f "$d" ]; then chmod --reference="$d" -- "$t"
else chmod $(printf %o $((0666 & ~0$mask))) -- "$t"
fi || exit
if [ $# -gt 0 ]; then "$@" </dev/null || exit; fi
sync -- "$t" || exit
if [ -n "$b" ] && [ -e "$d" ]; then cp -p -- "$d" "$b" || exit; fi
mv -fT -- "$t" "$d"`;

export async function applyRemote(host: Writer, changes: readonly Change[], copy: RemoteCopy, state: RemoteState) {
  const { source, place, tree } = state;
  const { path } = place;
  const { owner, group } = copy.attributes;
  const wanted = attributesOf(copy, source);
  if (tree) return applyRemoteTree(host, changes, tree, source.path, place, wanted);
  if (changes.some(({ key }) => key === 'content')) {
    if (!place.parent)
      await makeFolders(host, path.slice(0, path.lastIndexOf('/')), { owner, group, mode: copy.directoryMode });
    const temporary = `${path}.mesh-play-${process.pid}-${Date.now()}`;
    const words = (copy.validate ?? []).map((word) => word.replaceAll('%s', temporary));
    const kept = copy.backup === undefined ? '' : path + copy.backup;
    const mode = /^[0-7]+$/.test(wanted.mode ?? '') ? (wanted.mode ?? '') : '';
    await host.runScript(COPY, [source.path, path, temporary, kept, mode, ...words]);
  }
  const own = await land(host, { path });
  if (own.stat) await applyAttributes(host, path, planAttributes(own.stat, wanted, own.umask), wanted);
}

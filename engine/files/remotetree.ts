import type { Reader, Writer } from '../connection/connection.ts';
import type { Change } from '../result.ts';
import { type Attributes, applyAttributes, newAttributes, planAttributes } from './attributes.ts';
import { makeFolders } from './folders.ts';
import type { Landed } from './landing.ts';
import { applyTree, type Entry, planTree, walk } from './tree.ts';

/** A folder of a host beside another one that is to hold the same. */
export interface RemoteTree {
  /** Below the source: what is missing or differs. Folders end in a slash. */
  differing: string[];
  /** What is below the place already. */
  entries: Entry[];
}

/** Names below folder $1 that are missing or differ below $2; with $3 empty only the missing ones. */
const DIFFERING = `cd -- "$1" || exit
find . -mindepth 1 -type d -exec sh -c 'd=$1; shift; for f; do [ -d "$d/$f" ] || printf "%s/\\0" "$f"; done' sh "$2" {} + || exit
find . ! -type d -exec sh -c 'd=$1 all=$2; shift 2; for f; do
  if [ -e "$d/$f" ] || [ -L "$d/$f" ]; then [ -n "$all" ] || continue; cmp -s -- "$f" "$d/$f" && continue; fi
  printf "%s\\0" "$f"; done' sh "$2" "$3" {} +`;

export async function probeRemoteTree(host: Reader, source: string, place: Landed, force: boolean) {
  const [{ stdout }, entries] = await Promise.all([
    host.script(DIFFERING, [source, place.path, force ? 'all' : '']),
    walk(host, place.path, false),
  ]);
  const names = stdout.split('\0').filter((name) => name !== '');
  return { differing: names.map((name) => name.replace(/^\.\//, '')), entries };
}

/** Owner and group are for all; a mode is that of the folder itself, and what is in it has that of its source. */
export function planRemoteTree({ differing, entries }: RemoteTree, place: Landed, wanted: Attributes): Change[] {
  const { stat, umask, path } = place;
  const own = stat
    ? planAttributes(stat, wanted, umask)
    : [{ key: 'state', before: 'absent', after: 'directory' }, ...newAttributes(wanted, 'directory', umask)];
  const copied = differing.map((name) => ({ key: `${name} content`, before: null, after: 'copied' }));
  return [...own, ...copied, ...planTree(path, entries, ownedBy(wanted), umask)];
}

const ownedBy = ({ mode: _mode, ...owned }: Attributes): Attributes => owned;

/** $1 source, $2 place, $3 owner and group, then names below them. Folders get their mode last: it may forbid writing. */
const COPY = `s=$1 d=$2 o=$3; shift 3
for n; do
  case $n in */) mkdir -p -- "$d/$n" || exit ;; *) cp -dT --preserve=mode -- "$s/$n" "$d/$n" || exit ;; esac
  [ -z "$o" ] || chown -h -- "$o" "$d/\${n%/}" || exit
done
for n; do case $n in */) chmod --reference="$s/$n" -- "$d/$n" || exit ;; esac; done`;

export async function applyRemoteTree(
  host: Writer,
  changes: readonly Change[],
  { differing, entries }: RemoteTree,
  source: string,
  place: Landed,
  wanted: Attributes,
): Promise<void> {
  const { owner = '', group = '' } = wanted;
  const owned = owner + group === '' ? '' : `${owner}${group === '' ? '' : `:${group}`}`;
  const made = !place.stat;
  if (made) await makeFolders(host, place.path, {});
  if (differing.length > 0) await host.runScript(COPY, [source, place.path, owned, ...differing]);
  if (made) await host.run(['chmod', `--reference=${source}`, '--', place.path]);
  await applyTree(host, entries, ownedBy(wanted), place.umask);
  await applyAttributes(host, place.path, changes, wanted);
}

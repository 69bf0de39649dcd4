import type { Output, Reader, Stat, Writer } from '../connection/connection.ts';
import { Problem } from '../problem.ts';
import { parseStatLine, STAT_FORMAT } from '../stat.ts';
import { badArchive } from './controller.ts';
import type { ArchiveEntry } from './entry.ts';
import { listWords, parseListings, type Selection } from './tar.ts';
import { chosen, ZIP_TAIL, zipEntries } from './zip.ts';

const [NO_ARCHIVE, NO_TOOL, NOT_FETCHED, NO_CURL] = [44, 67, 68, 69];

/** Makes `$a` the archive $1; an address is fetched, by curl's configuration on standard input, and gone afterwards. */
const ARCHIVE = `a=$1; shift
case $a in
  *://*) command -v curl >/dev/null || exit ${NO_CURL}
    a=$(mktemp) || exit; trap 'rm -f -- "$a"' EXIT
    curl -K - -fsS -o "$a" || exit ${NOT_FETCHED};;
  "~/"*) a=$HOME\${a#"~"};;
esac
[ -f "$a" ] || exit ${NO_ARCHIVE}
zip=
case $(head -c 2 -- "$a") in PK) zip=1;; esac
tool=\${zip:+unzip}; tool=\${tool:-tar}
command -v "$tool" >/dev/null || { echo "$tool"; exit ${NO_TOOL}; }
`;

/** $2 how much of a zip's end to print; then words for tar. An empty line is between the two listings of tar. */
const LIST = `${ARCHIVE}
if [ -n "$zip" ]; then printf 'zip '; stat -c %s -- "$a"; tail -c "$1" -- "$a"; exit; fi
shift
export LC_ALL=C TZ=UTC
echo tar
tar -f "$a" "$@" || exit
echo
tar -f "$a" --numeric-owner "$@"`;

/** $2 folder; $3 not empty: the archive is removed afterwards; $4 after how many words its name comes; then the words. */
const UNPACK = `[ -z "$3" ] || { gone=$1; trap 'rm -f -- "$gone"' EXIT; }
${ARCHIVE}n=$3; shift 3
i=0 all=$#
while [ $i -lt $all ]; do
  [ $i -ne $n ] || set -- "$@" "$a"
  set -- "$@" "$1"; shift; i=$((i+1))
done
[ $n -lt $all ] || set -- "$@" "$a"
"$tool" "$@"`;

/** Where an archive on a host comes from. */
export interface RemoteArchive {
  src: string;
  /** curl's configuration, for an address. */
  curl: string;
}

/** What an archive on the host holds. Of a zip the content is not known. */
export async function readRemote(host: Reader, from: RemoteArchive, selection: Selection, tail = ZIP_TAIL) {
  const args = [from.src, String(tail), ...listWords(selection)];
  const output = await host.script(LIST, args, { stdin: from.curl, ok: 'any' });
  if (output.status !== 0) throw archiveProblem(from.src, output);
  const line = output.bytes.indexOf(10);
  const [kind, size] = output.bytes.toString('latin1', 0, line).split(' ');
  const rest = output.bytes.subarray(line + 1);
  if (kind !== 'zip') {
    const [named = '', numbered = ''] = rest.toString('utf8').split('\n\n');
    return { zip: false, entries: parseListings(named, numbered) };
  }
  const entries = zipEntries(rest, Number(size), from.src);
  if (typeof entries === 'number') return readRemote(host, from, selection, entries);
  return { zip: true, entries: chosen(entries, selection).map(bare) };
}

const bare = ({ name, type, mode, size, mtime }: ArchiveEntry): ArchiveEntry => ({
  name,
  type,
  size,
  mtime,
  ...(mode === undefined ? {} : { mode }),
});

/** What went wrong with the archive itself, by the status of a script that begins with it. */
export function archiveProblem(src: string, { status, stdout, stderr }: Output): Problem {
  if (status === NO_ARCHIVE)
    return new Problem({ code: 'missing-file', what: `there is no archive "${src}" on the host` });
  const missing = status === NO_CURL ? 'curl' : status === NO_TOOL ? stdout.trim() : undefined;
  if (missing !== undefined)
    return new Problem({ code: 'no-tool', what: `the host has no ${missing}`, mend: `install ${missing} there` });
  if (status === NOT_FETCHED)
    return new Problem({ code: 'download-failed', what: `${src} could not be fetched`, details: lastLines(stderr) });
  return badArchive(src, stderr);
}

const lastLines = (text: string): string[] => text.trim().split('\n').slice(-5).filter(Boolean);

/** Names come on standard input, ended by NUL. What is not there is passed over. */
const STATS = `cd -- "$1" || exit
xargs -0 -r stat --printf '${STAT_FORMAT} %n\\0' -- 2>/dev/null || true`;
const LINKS = `cd -- "$1" || exit
xargs -0 -r sh -c 'find "$@" -maxdepth 0 -type l -printf "%p\\0%l\\0"' sh 2>/dev/null || true`;
const SUMS = `cd -- "$1" || exit
xargs -0 -r sha256sum -z -- 2>/dev/null || true`;

/** What is in a folder under the names of an archive's entries. */
export async function readFolder(
  host: Reader,
  folder: string,
  entries: readonly ArchiveEntry[],
): Promise<Map<string, Stat>> {
  const listed = (of: readonly ArchiveEntry[]): { stdin: string } => ({
    // No name may look like an option.
    stdin: of.map(({ name }) => `./${name}\0`).join(''),
  });
  const [stats, links, sums] = await Promise.all([
    host.script(STATS, [folder], listed(entries)),
    host.script(LINKS, [folder], listed(entries.filter(({ type }) => type === 'link'))),
    host.script(SUMS, [folder], listed(entries.filter(({ sha256 }) => sha256 !== undefined))),
  ]);
  const targets = new Map(pairs(links.stdout));
  const hashes = new Map(split(sums.stdout).map((line) => [line.slice(66), line.slice(0, 64)]));
  return new Map(
    split(stats.stdout).map((line) => {
      const { rest, ...stat } = parseStatLine(line);
      const [target, sha256] = [targets.get(rest), hashes.get(rest)];
      const further = { ...(target === undefined ? {} : { target }), ...(sha256 === undefined ? {} : { sha256 }) };
      return [rest.slice(2), { ...stat, ...further }];
    }),
  );
}

const split = (text: string): string[] => text.split('\0').filter((part) => part !== '');

function pairs(text: string): [string, string][] {
  const parts = text.split('\0');
  return Array.from({ length: Math.floor(parts.length / 2) }, (_, index) => [
    parts[2 * index] ?? '',
    parts[2 * index + 1] ?? '',
  ]);
}

/** $2 folder; $3 and on: a pattern for unzip, and the name it stands for. */
const CONTENTS = `${ARCHIVE}d=$1; shift
while [ $# -gt 0 ]; do
  f=$d/$2
  if [ -L "$f" ]; then [ "$(unzip -p "$a" "$1"; echo .)" = "$(readlink -n -- "$f"; echo .)" ]
  else unzip -p "$a" "$1" | cmp -s - "$f"; fi || printf '%s\\0' "$2"
  shift 2
done`;

/** Names of a zip's files and links on the host whose content is another than in the folder. */
export async function otherContents(
  host: Reader,
  { src, curl }: RemoteArchive,
  folder: string,
  entries: readonly ArchiveEntry[],
): Promise<Set<string>> {
  const args = entries.flatMap(({ name }) => [name.replace(/[[\]*?\\]/g, '\\$&'), name]);
  const output = await host.script(CONTENTS, [src, folder, ...args], { stdin: curl, ok: 'any' });
  if (output.status !== 0) throw archiveProblem(src, output);
  return new Set(split(output.stdout));
}

/** Unpacks an archive on the host. With `drop` it is removed afterwards, whatever happens. */
export async function unpack(
  host: Writer,
  { src, curl }: RemoteArchive,
  { zip, folder, selection, keepNewer, drop }: Unpacking,
): Promise<void> {
  const { options, include, exclude } = selection;
  const before = zip
    ? ['-qq', keepNewer ? '-uo' : '-o', ...options]
    : ['--extract', '--force-local', '-C', folder, ...options, '-f'];
  const left = exclude.length === 0 ? [] : ['-x', ...exclude];
  const after = zip
    ? [...include, ...left, '-d', folder]
    : [...(keepNewer ? ['--keep-newer-files'] : []), ...exclude.map((pattern) => `--exclude=${pattern}`), ...include];
  const args = [src, folder, drop ? 'drop' : '', String(before.length), ...before, ...after];
  const output = await host.runScript(UNPACK, args, { stdin: curl, ok: 'any' });
  // unzip's 1 is a warning; what was unpacked is compared afterwards.
  if (output.status === 0 || (zip && output.status === 1)) return;
  if ([NO_ARCHIVE, NO_TOOL, NOT_FETCHED, NO_CURL].includes(output.status)) throw archiveProblem(src, output);
  throw new Problem({
    code: 'not-unpacked',
    what: `${zip ? 'unzip' : 'tar'} could not unpack "${src}" in ${folder}`,
    details: lastLines(output.stderr),
  });
}

export interface Unpacking {
  zip: boolean;
  folder: string;
  selection: Selection;
  keepNewer: boolean;
  drop: boolean;
}

import type { Reader, Stat, Writer } from '../connection/connection.ts';
import type { Change } from '../result.ts';
import { parseStatLine, STAT_FORMAT } from '../stat.ts';
import { type Attributes, attributesIn, planAttributes } from './attributes.ts';

/** Something below a folder. `through`: what a link there leads to. */
export interface Entry {
  path: string;
  stat: Stat;
  through: boolean;
}

/** Everything below $1, one line each; with $2, also what the links there lead to, after an empty line. */
const WALK = `case $1 in "~"|"~/"*) p=$HOME\${1#"~"};; *) p=$1;; esac
[ -d "$p" ] || exit 0
find "$p/" -mindepth 1 -exec stat -c '${STAT_FORMAT} %n' -- {} + || exit
echo
[ -n "$2" ] || exit 0
find -L "$p/" -mindepth 1 -exec stat -L -c '${STAT_FORMAT} %n' -- {} + 2>/dev/null || true`;

const LINE = /^[0-9a-f]+(?: \d+){9} \S+ \S+ ./;

/** Reads a folder's content. With `follow`, also what links in it lead to. */
export async function walk(host: Reader, path: string, follow: boolean): Promise<Entry[]> {
  const { stdout } = await host.script(WALK, [path, follow ? 'l' : '']);
  const [own = '', led = ''] = halves(stdout);
  const entries = entriesOf(own, false);
  const plain = new Set(entries.filter(({ stat }) => stat.type !== 'link').map((entry) => entry.path));
  return [...entries, ...entriesOf(led, true).filter((entry) => !plain.has(entry.path) && entry.stat.type !== 'link')];
}

function halves(text: string): string[] {
  const lines = text.split('\n');
  const gap = lines.indexOf('');
  return gap === -1 ? [text] : [lines.slice(0, gap).join('\n'), lines.slice(gap + 1).join('\n')];
}

function entriesOf(text: string, through: boolean): Entry[] {
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    // A name may hold a line end; what is no whole line belongs to the one before.
    if (LINE.test(line)) lines.push(line);
    else if (line !== '' && lines.length > 0) lines.push(`${lines.pop()}\n${line}`);
  }
  return lines.map((line) => {
    const { rest, ...stat } = parseStatLine(line);
    return { path: rest.replace('//', '/'), stat, through };
  });
}

/** What differs in owner, group and mode below a folder; keys begin with the path below it. */
export function planTree(root: string, entries: readonly Entry[], wanted: Attributes, umask: number): Change[] {
  return entries.flatMap(({ path, stat, through }) => {
    const name = path.slice(root.length + 1) + (through ? ' (link)' : '');
    return planAttributes(stat, wanted, umask, (attribute) => `${name} ${attribute}`);
  });
}

/** $1 owner, $2 group, $3 mode, $4 option of chown, then paths. */
const SET = `o=$1 g=$2 m=$3 h=$4; shift 4
if [ -n "$o$g" ]; then chown $h -- "$o\${g:+:$g}" "$@" || exit; fi
if [ -n "$m" ]; then chmod -- "$m" "$@" || exit; fi`;
const AT_ONCE = 500;

/** Makes the changes that `planTree` plans, folders before what is in them. */
export async function applyTree(host: Writer, entries: readonly Entry[], wanted: Attributes, umask: number) {
  const groups = new Map<string, { args: string[]; paths: string[] }>();
  for (const { path, stat, through } of entries) {
    const changes = planAttributes(stat, attributesIn(wanted), umask);
    if (changes.length === 0) continue;
    const after = (key: string): string => String(changes.find((change) => change.key === key)?.after ?? '');
    const owned = after('owner') + after('group') !== '';
    // chown(2) clears set-uid and set-gid, so a wanted octal mode is given again.
    const again = owned && stat.type !== 'link' && /^[0-7]+$/.test(wanted.mode ?? '') ? (wanted.mode ?? '') : '';
    // GNU chmod keeps a folder's set-uid and set-gid bits for fewer than five digits.
    const mode = (after('mode') || again).replace(/^(?=.)/, '0');
    const args = [after('owner'), after('group'), mode, through ? '' : '-h'];
    const group = groups.get(args.join('\n')) ?? { args, paths: [] };
    group.paths.push(path);
    groups.set(args.join('\n'), group);
  }
  for (const { args, paths } of groups.values()) {
    for (let at = 0; at < paths.length; at += AT_ONCE)
      await host.runScript(SET, [...args, ...paths.slice(at, at + AT_ONCE)]);
  }
}

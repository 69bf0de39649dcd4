import type { Stat } from '../connection/connection.ts';
import type { Attributes } from '../files/attributes.ts';
import { planAttributes } from '../files/attributes.ts';

/** One thing an archive holds, under the name it is unpacked as. */
export interface ArchiveEntry {
  /** Below the folder it is unpacked in; a folder has no slash at its end. */
  name: string;
  /** `hard` is a further name of a file in the same archive. */
  type: Stat['type'] | 'hard';
  /** Four octal digits; absent where the archive does not say. */
  mode?: string;
  size: number;
  /** Whole seconds since the epoch. */
  mtime: number;
  /** Absent where the archive does not say. */
  owner?: string;
  group?: string;
  uid?: number;
  gid?: number;
  /** Where a link points. */
  target?: string;
  /** Of a file, where it is known without unpacking on the host. */
  sha256?: string;
}

/** What decides whether something on a host is as an archive has it. */
export interface Terms {
  /** Unpacked by root: owner and group are kept, and modes whatever the umask. */
  root: boolean;
  umask: number;
  keepNewer: boolean;
  /** The time of a file says whether it is the archive's. */
  times: boolean;
  /** Owner and group are taken from the archive. */
  owners: boolean;
  /** The umask does not count for what is unpacked. */
  modes: boolean;
  wanted: Attributes;
  /** Files of the archive whose content is another on the host. */
  otherContent: ReadonlySet<string>;
}

/** What differs between an archive's entry and the host. */
export interface Difference {
  name: string;
  /** Null when nothing is there. */
  before: string | null;
  after: string;
  /** Only owner, group or mode, as asked for by the task: nothing has to be unpacked for it. */
  attributesOnly: boolean;
}

type Aspect = readonly [name: string, was: string | number, should: string | number];

/** Compares as Ansible does by `tar --diff`: type, mode, owner, and of files size, time and content. */
export function difference(entry: ArchiveEntry, found: Stat | undefined, terms: Terms): Difference | undefined {
  const { name, type } = entry;
  if (!found) return { name, before: null, after: shown(entry), attributesOnly: false };
  const kept = terms.keepNewer && found.type === 'file' && found.mtime > entry.mtime;
  const unpacked = kept ? [] : [...contentAspects(entry, found, terms), ...ownAspects(entry, found, terms)];
  const asked = planAttributes(found, terms.wanted, terms.umask).map(
    ({ key, before, after }): Aspect => [key, String(before), String(after)],
  );
  const aspects = type === 'hard' ? contentAspects(entry, found, terms) : [...unpacked, ...asked];
  if (aspects.length === 0) return undefined;
  const side = (index: 1 | 2): string => `${name}: ${aspects.map((one) => `${one[0]} ${one[index]}`).join(', ')}`;
  return { name, before: side(1), after: side(2), attributesOnly: unpacked.length === 0 };
}

const shown = ({ name, type, size }: ArchiveEntry): string =>
  `${name}: ${type === 'file' ? `file of ${size} bytes` : type === 'hard' ? 'file' : type}`;

function contentAspects(entry: ArchiveEntry, found: Stat, terms: Terms): Aspect[] {
  const type = entry.type === 'hard' ? 'file' : entry.type;
  if (found.type !== type) return [['type', found.type, type]];
  if (type === 'link' && entry.target !== undefined)
    return found.target === entry.target ? [] : [['target', found.target ?? '', entry.target]];
  if (terms.otherContent.has(entry.name)) return [['content', 'another', "the archive's"]];
  if (entry.type !== 'file') return [];
  if (found.size !== entry.size) return [['size', found.size, entry.size]];
  if (entry.sha256 !== undefined && found.sha256 !== entry.sha256)
    return [['sha256', found.sha256 ?? 'unknown', entry.sha256]];
  if (terms.times && Math.floor(found.mtime) !== entry.mtime) return [['time', at(found.mtime), at(entry.mtime)]];
  return [];
}

function ownAspects(entry: ArchiveEntry, found: Stat, { root, umask, owners, modes, wanted }: Terms): Aspect[] {
  if (found.type === 'link') return [];
  const aspects: Aspect[] = [];
  if (wanted.mode === undefined && entry.mode !== undefined) {
    const mode = modes ? entry.mode : octal(Number.parseInt(entry.mode, 8) & 0o777 & ~umask);
    if (found.mode !== mode) aspects.push(['mode', found.mode, mode]);
  }
  if (!root || !owners) return aspects;
  // tar takes the name where the host knows it, and else the number.
  if (wanted.owner === undefined && entry.owner !== found.owner && entry.uid !== found.uid)
    aspects.push(['owner', found.owner, entry.owner ?? '']);
  if (wanted.group === undefined && entry.group !== found.group && entry.gid !== found.gid)
    aspects.push(['group', found.group, entry.group ?? '']);
  return aspects;
}

const octal = (bits: number): string => bits.toString(8).padStart(4, '0');
const at = (seconds: number): string => new Date(Math.floor(seconds) * 1000).toISOString().replace('.000Z', 'Z');

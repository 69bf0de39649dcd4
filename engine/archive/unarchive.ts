import { posix } from 'node:path';
import type { Content, Reader, Stat, Writer } from '../connection/connection.ts';
import type { Attributes } from '../files/attributes.ts';
import { type Landed, land } from '../files/landing.ts';
import { applyTree } from '../files/tree.ts';
import { Problem } from '../problem.ts';
import type { Change } from '../result.ts';
import { type ArchiveEntry, type Difference, difference, type Terms } from './entry.ts';
import { otherContents, type RemoteArchive, readFolder, readRemote, unpack } from './host.ts';
import type { Selection } from './tar.ts';

/** An archive to be unpacked: read on the controller and sent when it is needed, or on the host already. */
export interface Unarchive {
  src: string;
  dest: string;
  creates?: string | undefined;
  selection: Selection;
  keepNewer: boolean;
  attributes: Attributes;
  /** In check mode a missing folder is one that an earlier task may have made. */
  check: boolean;
  from: { content: Content; zip: boolean; entries: readonly ArchiveEntry[] } | RemoteArchive;
}

export interface Unarchived {
  /** `creates` is there: nothing else was looked at. */
  made: boolean;
  folder: Landed;
  root: boolean;
  zip: boolean;
  entries: readonly ArchiveEntry[];
  found: ReadonlyMap<string, Stat>;
  otherContent: ReadonlySet<string>;
}

/** Reads the archive's list, and what of it is in the folder. */
export async function probeUnarchive(host: Reader, wanted: Unarchive): Promise<Unarchived> {
  const { dest, creates, from, selection } = wanted;
  const [folder, made, { stdout: id }] = await Promise.all([
    land(host, { path: dest.replace(/(?<=.)\/+$/, ''), follow: true }),
    creates === undefined ? undefined : land(host, { path: creates }),
    host.query(['id', '-u']),
  ]);
  const nothing = { found: new Map<string, Stat>(), otherContent: new Set<string>() };
  const root = id.trim() === '0';
  if (made?.stat) return { made: true, folder, root, zip: false, entries: [], ...nothing };
  const { zip, entries } = 'content' in from ? from : await readRemote(host, from, selection);
  if (folder.stat?.type !== 'directory') return { made: false, folder, root, zip, entries, ...nothing };
  const found = await readFolder(host, folder.path, entries);
  const unsure = zip && 'src' in from ? entries.filter((entry) => sameSize(entry, found.get(entry.name))) : [];
  const otherContent =
    'src' in from && unsure.length > 0 ? await otherContents(host, from, folder.path, unsure) : nothing.otherContent;
  return { made: false, folder, root, zip, entries, found, otherContent };
}

const sameSize = ({ type, size }: ArchiveEntry, found: Stat | undefined): boolean =>
  found?.type === type && (type === 'link' || (type === 'file' && found.size === size));

function differences(state: Unarchived, { selection, keepNewer, attributes }: Unarchive): Difference[] {
  const { root, zip, entries, found, otherContent, folder } = state;
  const has = (...options: string[]): boolean => selection.options.some((option) => options.includes(option));
  const terms: Terms = {
    root,
    umask: folder.umask,
    keepNewer,
    times: !zip && !has('-m', '--touch'),
    owners: !zip && !has('-o', '--no-same-owner'),
    modes: zip || (root ? !has('--no-same-permissions') : has('-p', '--same-permissions', '--preserve-permissions')),
    wanted: attributes,
    otherContent,
  };
  return entries.flatMap((entry) => difference(entry, found.get(entry.name), terms) ?? []);
}

/** One change for all that differs, a line for each file. */
export function planUnarchive(state: Unarchived, wanted: Unarchive): Change[] {
  if (state.made) return [];
  const { folder } = state;
  if (folder.stat?.type !== 'directory' && !(wanted.check && !folder.stat)) throw noFolder(folder);
  const all = differences(state, wanted);
  if (all.length === 0) return [];
  const lines = (of: (one: Difference) => string | null): string =>
    all
      .map(of)
      .filter((line) => line !== null)
      .map((line) => `${line}\n`)
      .join('');
  return [{ key: 'content', before: lines(({ before }) => before), after: lines(({ after }) => after), text: true }];
}

function noFolder({ path, stat }: Landed): Problem {
  if (stat) return new Problem({ code: 'no-folder', what: `${path} is no folder, so nothing can be unpacked in it` });
  return new Problem({
    code: 'no-folder',
    what: `the folder ${path} does not exist`,
    why: 'an archive is unpacked in a folder that is there',
    mend: `make it before, with file: path=${path} state=directory`,
  });
}

export async function applyUnarchive(host: Writer, wanted: Unarchive, state: Unarchived): Promise<void> {
  const { from, selection, keepNewer, attributes, src } = wanted;
  const { zip, folder, entries } = state;
  if (differences(state, wanted).some(({ attributesOnly }) => !attributesOnly)) {
    const how = { zip, folder: folder.path, selection, keepNewer };
    if ('content' in from) {
      const sent = posix.join(folder.path, `.mesh-play-${process.pid}-${Date.now()}-${posix.basename(src)}`);
      await host.write(sent, from.content, { mode: '0600' });
      await unpack(host, { src: sent, curl: '' }, { ...how, drop: true });
    } else await unpack(host, from, { ...how, drop: false });
  }
  if (Object.keys(attributes).length === 0) return;
  const found = await readFolder(host, folder.path, entries);
  const places = [...found].map(([name, stat]) => ({ path: posix.join(folder.path, name), stat, through: false }));
  await applyTree(host, places, attributes, folder.umask);
}

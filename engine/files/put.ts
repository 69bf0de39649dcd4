import type { Content, Reader, Writer } from '../connection/connection.ts';
import { Problem } from '../problem.ts';
import type { Change } from '../result.ts';
import type { Mapping } from '../value.ts';
import { type Attributes, applyAttributes, newAttributes, pathInfo, planAttributes } from './attributes.ts';
import { LARGEST_DIFF, textOf } from './content.ts';
import { makeFolders } from './folders.ts';
import { type Landed, land } from './landing.ts';

/** One file to be put on a host. */
export interface Put {
  content: Content;
  /** Ends in a slash when it is a folder, which is made then. */
  dest: string;
  /** The file's name when `dest` is a folder; absent when it may not be one. */
  into?: string;
  attributes: Attributes;
  /** For folders made on the way. */
  directoryMode?: string | undefined;
  follow: boolean;
  /** False: a file that is there is left as it is. */
  force: boolean;
  /** Suffix of the copy kept of what is replaced. */
  backup?: string | undefined;
  validate?: readonly string[] | undefined;
  /** In check mode a missing folder is one that an earlier task may have made. */
  check: boolean;
  /** SHA-1, for what the module returns. */
  checksum: string;
}

/** Reads what is where the file is to be. */
export function probePut(host: Reader, put: Put): Promise<Landed> {
  const { content, dest, into, follow } = put;
  return land(host, {
    path: dest,
    follow,
    ...(into === undefined ? {} : { into }),
    hash: content.size,
    ...(content.text === undefined ? {} : { content: LARGEST_DIFF, unless: content.sha256 }),
  });
}

/** Content first, attributes after it. */
export function planPut(found: Landed, put: Put): Change[] {
  const { stat, path, umask } = found;
  if (stat?.type === 'directory') throw isFolder(path, put);
  if (!found.parent && !put.check && !put.dest.endsWith('/')) throw noFolder(path);
  if (stat && !put.force) return [];
  const folder = found.parent ? [] : [{ key: 'folder', before: null, after: path.slice(0, path.lastIndexOf('/')) }];
  const content = planContent(found, put.content);
  // A link that is not followed makes way for a file.
  if (!stat || stat.type === 'link') return [...folder, ...content, ...newAttributes(put.attributes, 'file', umask)];
  return [...content, ...planAttributes(stat, put.attributes, umask)];
}

/** The change of content, as lines of text where both sides are short text. */
export function planContent({ stat, bytes }: Landed, content: Content): Change[] {
  if (stat?.sha256 === content.sha256) return [];
  const before = stat?.type === 'file' ? textOf(bytes) : null;
  if (content.text !== undefined && before !== undefined && (before !== null || !stat))
    return [{ key: 'content', before, after: content.text, text: true }];
  const was = !stat ? null : stat.type === 'link' ? `link to ${stat.target}` : shownHash(stat.size, stat.sha256);
  return [{ key: 'content', before: was, after: shownHash(content.size, content.sha256) }];
}

const shownHash = (size: number, sha256?: string): string =>
  sha256 === undefined ? `${size} bytes` : `${size} bytes, sha256 ${sha256}`;

/** Makes the planned changes. */
export async function applyPut(host: Writer, changes: readonly Change[], put: Put, found: Landed): Promise<void> {
  const { path, stat } = found;
  const after = (key: string): string | undefined => changes.find((change) => change.key === key)?.after as string;
  if (!changes.some(({ key }) => key === 'content')) return applyAttributes(host, path, changes, put.attributes);
  const { owner, group, mode } = put.attributes;
  const folder = after('folder');
  if (folder !== undefined) await makeFolders(host, folder, { owner, group, mode: put.directoryMode });
  const octal = after('mode') ?? (/^[0-7]+$/.test(mode ?? '') ? mode : undefined);
  await host.write(path, put.content, {
    ...(owner === undefined ? {} : { owner }),
    ...(group === undefined ? {} : { group }),
    ...(octal === undefined ? {} : { mode: octal }),
    ...(put.backup !== undefined && stat ? { backup: path + put.backup } : {}),
    ...(put.validate ? { validate: put.validate } : {}),
    replaceLink: stat?.type === 'link',
  });
}

/** What Ansible's copy and template answer. */
export function returnsPut({ path, stat }: Landed, put: Put, changes: readonly Change[]): Mapping {
  const replaced = changes.some(({ key, before }) => key === 'content' && before !== null);
  return {
    dest: path,
    checksum: put.checksum,
    ...(stat ? pathInfo(stat) : {}),
    ...(replaced && put.backup !== undefined ? { backup_file: path + put.backup } : {}),
  };
}

/** `validate`, as words; `%s` in it stands for the new file. */
export function validateWords(module: string, command: string | undefined, words: (text: string) => string[]) {
  if (command === undefined) return undefined;
  if (command.includes('%s')) return words(command);
  throw new Problem({
    code: 'wrong-argument',
    what: `${module} takes a command with %s in it for "validate", not "${command}"`,
    mend: 'write %s where the new file’s path belongs',
  });
}

function isFolder(path: string, { into }: Put): Problem {
  if (into === undefined) {
    return new Problem({ code: 'is-a-folder', what: `content cannot be put at ${path}, which is a folder` });
  }
  return new Problem({ code: 'is-a-folder', what: `there is a folder at ${path}, where a file is to be` });
}

/** What is to be at a path has no folder to be in. */
export function noFolder(path: string): Problem {
  const folder = path.slice(0, path.lastIndexOf('/'));
  return new Problem({
    code: 'no-folder',
    what: `the folder ${folder} does not exist`,
    why: `${path} is to be put in it`,
    mend: `make it before, with file: path=${folder} state=directory`,
  });
}

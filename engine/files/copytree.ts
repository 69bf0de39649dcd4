import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Reader, Writer } from '../connection/connection.ts';
import type { Change } from '../result.ts';
import { type Attributes, applyAttributes, newAttributes, planAttributes } from './attributes.ts';
import { makeFolders } from './folders.ts';
import { type Landed, land } from './landing.ts';
import { applyPut, type Put, planPut, probePut } from './put.ts';

/** Files and folders to be put below one folder of the host. */
export interface Tree {
  folders: { name: string; path: string }[];
  puts: { name: string; put: Put }[];
  folderAttributes: Attributes;
}

export interface TreeState {
  folders: Landed[];
  files: Landed[];
}

/** What is below a folder of the controller, links followed: names relative to it, sorted. */
export async function listTree(folder: string): Promise<{ folders: string[]; files: string[] }> {
  const found: { folders: string[]; files: string[] } = { folders: [], files: [] };
  const visit = async (below: string): Promise<void> => {
    for (const name of (await readdir(join(folder, below))).sort()) {
      const path = join(below, name);
      if ((await stat(join(folder, path))).isDirectory()) {
        found.folders.push(path);
        await visit(path);
      } else found.files.push(path);
    }
  };
  await visit('');
  return found;
}

/** Reads all places in one round trip. */
export async function probeTree(host: Reader, tree: Tree): Promise<TreeState> {
  const [folders, files] = await Promise.all([
    Promise.all(tree.folders.map(({ path }) => land(host, { path, follow: true }))),
    Promise.all(tree.puts.map(({ put }) => probePut(host, put))),
  ]);
  return { folders, files };
}

/** Folders first; keys begin with the name below the source. */
export function planCopyTree(state: TreeState, tree: Tree): Change[] {
  const named = (name: string, changes: Change[]): Change[] =>
    changes.map((change) => ({ ...change, key: `${name} ${change.key}` }));
  return [
    ...tree.folders.flatMap(({ name }, at) => named(name, folderChanges(state.folders[at], tree))),
    ...tree.puts.flatMap(({ name, put }, at) => named(name, fileChanges(state.files[at], put))),
  ];
}

function folderChanges(found: Landed | undefined, { folderAttributes }: Tree): Change[] {
  if (found?.stat) return planAttributes(found.stat, folderAttributes, found.umask);
  const made = newAttributes(folderAttributes, 'directory', found?.umask ?? 0o022);
  return [{ key: 'state', before: 'absent', after: 'directory' }, ...made];
}

const fileChanges = (found: Landed | undefined, put: Put): Change[] =>
  found ? planPut(found, put).filter(({ key }) => key !== 'folder') : [];

export async function applyCopyTree(host: Writer, state: TreeState, tree: Tree): Promise<void> {
  for (const [at, { path }] of tree.folders.entries()) {
    const changes = folderChanges(state.folders[at], tree);
    const mode = changes.find(({ key }) => key === 'mode')?.after as string | undefined;
    if (changes[0]?.key === 'state') await makeFolders(host, path, { ...tree.folderAttributes, mode });
    else await applyAttributes(host, path, changes, tree.folderAttributes);
  }
  for (const [at, { put }] of tree.puts.entries()) {
    const found = state.files[at];
    if (found) await applyPut(host, fileChanges(found, put), put, found);
  }
}

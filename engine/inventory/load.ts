import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Vault } from '../playbook/vault.ts';
import { Problem, Problems } from '../problem.ts';
import type { Inventory } from './host.ts';
import { TreeInventory } from './inventory.ts';
import { readSource } from './source.ts';
import { Tree } from './tree.ts';
import { VarFiles } from './varfiles.ts';

/** What loading needs from the run. */
export interface LoadOptions {
  /** Opens vaulted files and `!vault` values. */
  vault: Vault;
  /** Takes what is odd and yet no error. */
  warn(text: string): void;
}

/**
 * Reads the sources of `-i` in order, with the group_vars and host_vars beside them. Throws Problems that hold all that
 * is wrong in any of them.
 */
export function loadInventory(paths: readonly string[], { vault, warn }: LoadOptions): Inventory {
  const tree = new Tree();
  const problems: Problem[] = [];
  for (const path of paths) readSource(path, { tree, problems, warn, vault });
  tree.reconcile();
  const files = new VarFiles(vault);
  const folders = foldersBeside(paths);
  problems.push(...checkVarFiles(tree, files, folders));
  if (problems.length > 0) throw new Problems(problems);
  return new TreeInventory(tree, files, folders, warn);
}

/** Folders whose group_vars and host_vars count: a source that is a folder, or the one a file is in. */
function foldersBeside(paths: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const path of paths) {
    const isFolder = folderAt(path);
    if (isFolder === undefined) continue;
    const folder = isFolder ? path : dirname(path);
    // Named twice, a folder counts where it comes last, since later ones win.
    folders.delete(folder);
    folders.add(folder);
  }
  return [...folders];
}

/** Whether a folder is there, or a file; undefined where nothing is that could be read, of which the source told. */
function folderAt(path: string): boolean | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory();
  } catch {
    return undefined;
  }
}

/** Reads the files of all groups and hosts now, so that what is wrong in them is found before the run. */
function checkVarFiles(tree: Tree, files: VarFiles, folders: readonly string[]): Problem[] {
  const found = new Set<Problem>();
  const check = (folder: string, kind: 'group_vars' | 'host_vars', name: string): void => {
    try {
      files.of(folder, kind, name);
    } catch (thrown) {
      if (!(thrown instanceof Problem) && !(thrown instanceof Problems)) throw thrown;
      for (const problem of thrown instanceof Problems ? thrown.list : [thrown]) found.add(problem);
    }
  };
  for (const folder of folders) {
    for (const name of tree.groups.keys()) check(folder, 'group_vars', name);
    for (const name of tree.hosts.keys()) check(folder, 'host_vars', name);
  }
  return [...found];
}

import { assignVars, keepVerbatim } from '../value.ts';
import type { VarSource } from './host.ts';
import { type Assignment, rememberOrigins } from './origin.ts';
import { type Tree, type TreeGroup, type TreeHost, withAncestors } from './tree.ts';
import type { Folder, VarFiles } from './varfiles.ts';

/** Groups in the order in which their variables are merged: deeper ones later, then by priority, then by name. */
export function mergeOrder(groups: Iterable<TreeGroup>): TreeGroup[] {
  return [...groups].sort(
    (a, b) => a.depth - b.depth || a.priority - b.priority || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
}

/** Sources of variables for each host, in order of precedence. What hosts of the same groups share is worked out once. */
export class Layers {
  readonly #tree: Tree;
  readonly #files: VarFiles;
  readonly #folders: readonly string[];
  readonly #shared = new Map<string, VarSource[]>();
  readonly #written = new Map<TreeGroup, VarSource[]>();
  #version = -1;

  constructor(tree: Tree, files: VarFiles, folders: readonly string[]) {
    this.#tree = tree;
    this.#files = files;
    this.#folders = folders;
  }

  /** Everything for one host, lowest precedence first. */
  of(host: TreeHost, playbookFolder: string | undefined): VarSource[] {
    this.#forgetOld();
    const { name } = host;
    const sources = [...this.#ofGroups(host, playbookFolder)];
    sources.push(...fromAssignments('inventory host vars', name, host.vars));
    for (const folder of this.#folders) sources.push(...this.#from('inventory host_vars', folder, 'host_vars', name));
    sources.push(...this.#from('playbook host_vars', playbookFolder, 'host_vars', name));
    return sources;
  }

  #forgetOld(): void {
    if (this.#version === this.#tree.version) return;
    this.#version = this.#tree.version;
    this.#shared.clear();
    this.#written.clear();
  }

  #ofGroups(host: TreeHost, playbookFolder: string | undefined): VarSource[] {
    const key = JSON.stringify([playbookFolder ?? null, ...[...host.groups].map((group) => group.name).sort()]);
    let sources = this.#shared.get(key);
    if (!sources) {
      sources = this.#mergeGroups(host, playbookFolder);
      this.#shared.set(key, sources);
    }
    return sources;
  }

  #mergeGroups(host: TreeHost, playbookFolder: string | undefined): VarSource[] {
    const all = this.#tree.group('all');
    const groups = mergeOrder(withAncestors(host.groups)).filter((group) => group !== all);
    const files = (level: VarSource['level'], folder: string | undefined, of: TreeGroup[]): VarSource[] =>
      of.flatMap((group) => this.#from(level, folder, 'group_vars', group.name));
    return [
      ...[all, ...groups].flatMap((group) => this.#ofGroup(group)),
      ...this.#folders.flatMap((folder) => files('inventory group_vars/all', folder, [all])),
      ...files('playbook group_vars/all', playbookFolder, [all]),
      ...this.#folders.flatMap((folder) => files('inventory group_vars', folder, groups)),
      ...files('playbook group_vars', playbookFolder, groups),
    ];
  }

  #ofGroup(group: TreeGroup): VarSource[] {
    let sources = this.#written.get(group);
    if (!sources) {
      sources = fromAssignments('inventory group vars', group.name, group.vars);
      this.#written.set(group, sources);
    }
    return sources;
  }

  #from(level: VarSource['level'], base: string | undefined, folder: Folder, of: string): VarSource[] {
    if (base === undefined) return [];
    return this.#files.of(base, folder, of).map((vars) => ({ level, of, vars }));
  }
}

function fromAssignments(level: VarSource['level'], of: string, assignments: readonly Assignment[]): VarSource[] {
  if (assignments.length === 0) return [];
  const vars: VarSource['vars'] = {};
  for (const { key, value, node } of assignments) {
    const verbatim = node?.kind === 'scalar' && node.tag !== undefined;
    assignVars(vars, { [key]: value });
    if (verbatim) keepVerbatim(vars, key);
  }
  rememberOrigins(vars, assignments);
  return [{ level, of, vars }];
}

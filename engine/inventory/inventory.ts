import { writeJson } from '../json.ts';
import type { Addition } from '../result.ts';
import type { Value } from '../value.ts';
import type { Group, Host, Inventory, VarSource } from './host.ts';
import { Layers, mergeOrder } from './layers.ts';
import { type Match, matchPattern, unknownPattern } from './pattern.ts';
import { isLocalName, type Tree, type TreeGroup, type TreeHost, withAncestors, withDescendants } from './tree.ts';
import type { VarFiles } from './varfiles.ts';

/** The inventory as the rest of the engine sees it, over the tree the sources were read into. */
export class TreeInventory implements Inventory {
  readonly hosts = new Map<string, Host>();
  readonly groups = new Map<string, Group>();
  readonly #tree: Tree;
  readonly #layers: Layers;
  readonly #entries = new WeakMap<Host, TreeHost>();
  readonly #members = new Map<string, string[]>();
  readonly #warn: (text: string) => void;
  readonly #warned = new Set<string>();
  #version = -1;
  #implicit: Host | undefined;

  /** `folders`: where group_vars and host_vars of the sources are, in order. */
  constructor(tree: Tree, files: VarFiles, folders: readonly string[], warn: (text: string) => void) {
    this.#tree = tree;
    this.#warn = warn;
    this.#layers = new Layers(tree, files, folders);
    this.#refresh();
  }

  hostsOf(name: string): string[] {
    let members = this.#members.get(name);
    if (!members) {
      const group = this.#tree.groups.get(name);
      members = group ? membersOf(group) : [];
      this.#members.set(name, members);
    }
    return [...members];
  }

  match(pattern: string | string[], limit?: string): Match {
    const match = matchPattern(this, pattern, limit);
    for (const part of match.unknown) {
      // The same limit is matched for every play; saying it once is enough.
      if (this.#warned.has(part)) continue;
      this.#warned.add(part);
      const { what, mend } = unknownPattern(this, part);
      this.#warn(`${what}; ${mend}`);
    }
    return match;
  }

  host(name: string): Host | undefined {
    const known = this.hosts.get(name);
    if (known || !isLocalName(name)) return known;
    // A declared 127.0.0.1 is the local host under its other names too.
    const declared = this.#tree.localhost;
    if (declared) return this.hosts.get(declared.name);
    this.#implicit ??= this.#show(implicitHost(name));
    return this.#implicit;
  }

  sources(host: Host, playbookFolder?: string): VarSource[] {
    const entry = this.#entries.get(host) ?? this.#tree.hosts.get(host.name);
    // A name that nobody declared, as delegate_to may give, has what is said of all hosts.
    return this.#layers.of(entry ?? { name: host.name, groups: new Set(), vars: [], implicit: true }, playbookFolder);
  }

  add({ host: name, groups, parents = [], vars = {} }: Addition): boolean {
    const tree = this.#tree;
    const before = tree.version;
    const host = this.#entryOf(name);
    if (!host.implicit && host.groups.size === 0) tree.join(tree.group('all'), host);
    for (const group of groups.map((one) => tree.group(one))) {
      for (const parent of parents) {
        const loop = tree.link(tree.group(parent), group);
        if (loop) throw loop;
      }
      tree.join(group, host);
    }
    const told = Object.entries(vars).filter(([key, value]) => !equals(toldOf(host, key), value));
    host.vars.push(...told.map(([key, value]) => ({ key, value })));
    if (tree.version === before && told.length === 0) return false;
    tree.reconcile();
    this.#refresh();
    return true;
  }

  #entryOf(name: string): TreeHost {
    const implicit = this.hosts.has(name) ? undefined : this.host(name);
    const known = implicit && this.#entries.get(implicit);
    if (known) return known;
    return this.#tree.host(name, () => [
      { key: 'inventory_file', value: null },
      { key: 'inventory_dir', value: null },
    ]);
  }

  #refresh(): void {
    if (this.#version === this.#tree.version) return;
    this.#version = this.#tree.version;
    this.#members.clear();
    for (const host of this.#tree.hosts.values()) {
      if (!this.hosts.has(host.name)) this.hosts.set(host.name, this.#show(host));
    }
    for (const group of this.#tree.groups.values()) {
      if (!this.groups.has(group.name)) this.groups.set(group.name, new GroupView(group));
    }
  }

  #show(entry: TreeHost): Host {
    const host = new HostView(entry);
    this.#entries.set(host, entry);
    return host;
  }
}

class HostView implements Host {
  readonly #entry: TreeHost;
  readonly name: string;
  readonly implicit: boolean;

  constructor(entry: TreeHost) {
    this.#entry = entry;
    this.name = entry.name;
    this.implicit = entry.implicit;
  }

  get groups(): string[] {
    return mergeOrder(withAncestors(this.#entry.groups)).map((group) => group.name);
  }
}

class GroupView implements Group {
  readonly #entry: TreeGroup;
  readonly name: string;

  constructor(entry: TreeGroup) {
    this.#entry = entry;
    this.name = entry.name;
  }

  get children(): string[] {
    return [...this.#entry.children].map((child) => child.name);
  }

  get hosts(): string[] {
    return [...this.#entry.hosts].map((host) => host.name);
  }

  get depth(): number {
    return this.#entry.depth;
  }

  get priority(): number {
    return this.#entry.priority;
  }
}

const toldOf = ({ vars }: TreeHost, name: string): Value | undefined => vars.findLast(({ key }) => key === name)?.value;

const equals = (a: Value | undefined, b: Value): boolean => a !== undefined && writeJson(a) === writeJson(b);

function membersOf(group: TreeGroup): string[] {
  const members = new Set<string>();
  for (const each of withDescendants(group)) for (const host of each.hosts) members.add(host.name);
  return [...members];
}

function implicitHost(name: string): TreeHost {
  const vars = [{ key: 'ansible_connection', value: 'local' }];
  return { name, groups: new Set(), vars, implicit: true };
}

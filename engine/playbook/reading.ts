import { statSync } from 'node:fs';
import { relative } from 'node:path';
import type { LoaderArguments } from '../arguments.ts';
import type { Module } from '../module.ts';
import { nearest, Problem } from '../problem.ts';
import type { Registry } from '../registry.ts';
import { type Mapping, readTruth } from '../value.ts';
import { absentModule, isAbsent, unknownModule } from './absent.ts';
import type { Expressions } from './expression.ts';
import type { Handler, RoleUse, Task } from './model.ts';
import type { Scene } from './scene.ts';
import type { Vault } from './vault.ts';
import { meant, shortName, WORDS } from './words.ts';
import { type MapNode, type Node, placeOf, readYaml, type ScalarNode } from './yaml.ts';

/** A task whose module is not looked up yet. */
export interface Pending {
  task: Task;
  moduleNode: Node;
  roleFolders: readonly string[];
  /** A condition may skip it. */
  conditional: boolean;
}

/** One reading of files: what was found wrong so far, what is still to be looked up, what was read before. */
export class Reading {
  readonly problems: Problem[] = [];
  readonly pending: Pending[] = [];
  /** Defaults of modules that are not looked up yet. */
  readonly pendingDefaults: { key: Node; value: Node }[] = [];
  /** Handlers of roles that tasks import: they are the whole play's, wherever the import stands. */
  readonly importedHandlers: Handler[] = [];
  /** Those roles, whose variables the whole play sees. */
  readonly importedRoles: RoleUse[] = [];
  /** Of the play that is read now, and of all read so far; none where an include is read in the run. */
  scene: Scene | undefined;
  readonly scenes: Scene[] = [];
  /** Files being read now, outermost first, for loops of includes. */
  readonly chain: string[];
  /** What is read now may be left out: it is what an include with a condition brings. */
  conditional = false;
  readonly expressions: Expressions;
  readonly registry: Registry;
  readonly folders: Shared['folders'];
  /** Folders of all roles read so far in the run: their modules may be used by any task after. */
  readonly roleFolders: Set<string>;
  readonly baseFolder: string;
  /** Variables of the command line. */
  readonly extraVars: Mapping;
  readonly #vault: Vault | undefined;
  readonly #files: Map<string, Node | undefined>;
  readonly #arguments: LoaderArguments;

  constructor(from: Shared, chain: string[] = []) {
    this.expressions = from.expressions;
    this.registry = from.registry;
    this.folders = from.folders;
    this.roleFolders = from.roleFolders;
    this.baseFolder = from.baseFolder;
    this.extraVars = from.extraVars;
    this.#vault = from.vault;
    this.#files = from.files;
    this.#arguments = from.arguments;
    this.chain = chain;
  }

  /** Reads what an include names ahead: its handlers and roles become the play's only when it is reached. */
  apart(read: () => void): void {
    const [handlers, roles] = [this.importedHandlers.length, this.importedRoles.length];
    read();
    this.importedHandlers.length = handlers;
    this.importedRoles.length = roles;
  }

  /** Reads what an include with a condition brings. */
  conditionally(read: () => void): void {
    const before = this.conditional;
    this.conditional = true;
    if (this.scene) this.scene.conditional(read);
    else read();
    this.conditional = before;
  }

  complain(
    at: Node,
    code: string,
    what: string,
    more: { why?: string; mend?: string | undefined; length?: number } = {},
  ): void {
    this.problems.push(
      new Problem({ code, what, at: placeOf(at, undefined, more.length), why: more.why, mend: more.mend }),
    );
  }

  /** A file's tree, read once for the run; undefined when it is empty or broken. `named`: where it is named. */
  file(path: string, named?: Node): Node | undefined {
    if (!this.#files.has(path)) {
      if (named && statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
        this.complain(named, 'wrong-type', `"${textOf(named)}" is a folder, and a file is read here`);
        return undefined;
      }
      const before = this.problems.length;
      const node = readYaml(path, shownPath(path), this.problems, this.#vault);
      // A broken file is read again when it is named again, so that its problems are told each time.
      if (this.problems.length > before) return undefined;
      this.#files.set(path, node);
    }
    return this.#files.get(path);
  }

  /** Complains of a file with nothing in it; one that could not be read has told why. */
  empty(path: string, what: string): void {
    if (this.#files.has(path))
      this.problems.push(new Problem({ code: 'empty-file', what, at: { file: shownPath(path), line: 1, column: 1 } }));
  }

  /** Options written as text, `name=web tasks_from=install`; what is no option of these names is left as it is. */
  keyValues(node: Node, names: readonly string[]): Node {
    if (node.kind !== 'scalar' || !names.some((name) => node.text.includes(`${name}=`))) return node;
    const properties = Object.fromEntries(names.map((name) => [name, { type: 'string' as const, description: name }]));
    const module = {
      name: '',
      description: '',
      freeForm: '_raw_params',
      schema: { type: 'object' as const, properties },
    };
    return this.#arguments.separate(module as unknown as Module, node);
  }

  /** Checks that templates in a node can be read; conditions are expressions without braces. */
  templates(node: Node | undefined): void {
    if (node) this.problems.push(...this.expressions.check(node));
  }

  conditions(node: Node | undefined): void {
    if (node) this.problems.push(...this.expressions.checkCondition(node));
  }

  /** Refuses keys that the object does not take. `extra` are further keys it takes here. */
  keys(
    map: MapNode,
    kind: string,
    words: { has: readonly string[]; later: readonly string[] },
    extra: readonly string[] = [],
  ): void {
    for (const { key } of map.entries) {
      const name = key.text;
      if (words.has.includes(name) || extra.includes(name)) continue;
      const near = nearest(name, [...words.has, ...extra]);
      if (words.later.includes(name) || (/^with_/.test(name) && (name.includes('.') || !near?.startsWith('with_')))) {
        this.complain(key, 'not-supported', `"${name}" is not supported yet`, {
          why: 'mesh-play refuses what it would otherwise ignore',
          ...(name.startsWith('with_') ? { mend: 'use loop' } : {}),
        });
        continue;
      }
      const ofTasks = kind === 'block' && (WORDS.task.has as readonly string[]).includes(name);
      this.complain(key, 'unknown-keyword', `a ${kind} has no keyword "${name}"`, {
        mend: ofTasks ? 'put it on the tasks of the block' : meant(name, near),
      });
    }
  }

  /** Finds every task's module and checks its arguments as written. */
  async settle(): Promise<void> {
    for (const { task, moduleNode, roleFolders, conditional } of this.pending.splice(0)) {
      try {
        const spec =
          (await this.registry.find(task.module, roleFolders)) ??
          (await this.registry.find(task.module, [...this.roleFolders]));
        if (spec) {
          task.spec = spec;
          if (task.args) task.args = this.#arguments.separate(spec, task.args);
          this.#giveDefaults(task, spec);
          const found = this.#arguments.check(spec, task.args, this.expressions);
          this.problems.push(...found.map((problem) => problem.placed(placeOf(moduleNode))));
        } else if (conditional && isAbsent(task.module)) task.spec = absentModule(task.module, task.moduleAt);
        else this.#unknownModule(task.module, moduleNode);
      } catch (thrown) {
        if (!(thrown instanceof Problem)) throw thrown;
        this.problems.push(thrown.placed(placeOf(moduleNode)));
      }
    }
    for (const { key, value } of this.pendingDefaults.splice(0)) await this.#checkDefaults(key, value);
  }

  #giveDefaults(task: Task, spec: Module): void {
    const defaults = task.keywords.moduleDefaults?.get(task.module);
    if (!defaults) return;
    const args = this.#arguments.withDefaults(task.args, defaults, spec);
    if (args) task.args = args;
    else task.defaults = defaults;
  }

  /** What module_defaults says is checked whether a task uses it or not; that something is missing is no fault there. */
  async #checkDefaults(key: Node, value: Node): Promise<void> {
    const name = shortName(textOf(key) ?? '');
    const spec = await this.registry.find(name, [...this.roleFolders]);
    if (!spec) this.#unknownModule(name, key);
    else if (value.kind === 'map') {
      const found = this.#arguments.check(spec, value, this.expressions);
      this.problems.push(...found.filter(({ code }) => code !== 'missing-argument'));
    }
  }

  #unknownModule(module: string, node: Node): void {
    this.problems.push(unknownModule(module, this.registry.names([...this.roleFolders]), placeOf(node)));
  }
}

/** What every reading of a run shares. */
export interface Shared {
  expressions: Expressions;
  registry: Registry;
  vault: Vault | undefined;
  /** Where roles and collections are besides the playbook's own folders. */
  folders: { roles: readonly string[]; collections: readonly string[] };
  roleFolders: Set<string>;
  baseFolder: string;
  extraVars: Mapping;
  files: Map<string, Node | undefined>;
  arguments: LoaderArguments;
}

/** A path as it is printed: relative to the current folder when it is below it. */
export function shownPath(path: string): string {
  const short = relative('.', path);
  return short === '' || short.startsWith('..') ? path : short;
}

/** A node's text when it is a scalar. */
export const textOf = (node: Node | undefined): string | undefined =>
  node?.kind === 'scalar' && node.value !== null ? node.text : undefined;

/** Whether a node is a word for true. */
export const isTrue = (node: Node | undefined): boolean => readTruth(textOf(node)) === true;

/** The members of a node that may be one value or a list of them. */
export const listOf = (node: Node | undefined): Node[] =>
  node === undefined || (node.kind === 'scalar' && node.value === null)
    ? []
    : node.kind === 'list'
      ? node.items
      : [node];

/** A made-up scalar that stands where another node stands. */
export function scalarAt(node: Node, text: string): ScalarNode {
  return { kind: 'scalar', value: text, text, style: 'plain', source: node.source, start: node.start, end: node.end };
}

import type { Module } from '../module.ts';
import type { Place } from '../problem.ts';
import type { Mapping } from '../value.ts';
import type { META } from './words.ts';
import type { Node } from './yaml.ts';

/**
 * What the loader makes of playbooks and roles: the language with names checked and inheritance resolved, nothing
 * evaluated. A field that may hold a template stays a Node, so that an error can name its place.
 */

/** Keywords that a task inherits from what surrounds it; every list runs from the outermost to the innermost. */
export interface Keywords {
  /** Conditions of the task and of all that surrounds it; each must hold. */
  when: Node[];
  tags: Node[];
  environment: Node[];
  /** Handlers that what changed notifies. */
  notify: Node[];
  /** Variables of blocks and the task, and parameters of includes, outermost first. */
  vars: VarLayer[];
  become?: Node;
  becomeUser?: Node;
  becomeMethod?: Node;
  becomeFlags?: Node;
  becomeExe?: Node;
  remoteUser?: Node;
  port?: Node;
  connection?: Node;
  timeout?: Node;
  delegateTo?: Node;
  delegateFacts?: Node;
  runOnce?: Node;
  ignoreErrors?: Node;
  ignoreUnreachable?: Node;
  anyErrorsFatal?: Node;
  noLog?: Node;
  checkMode?: Node;
  diff?: Node;
  throttle?: Node;
  moduleDefaults?: ModuleDefaults;
  /** The role the task belongs to: its defaults, vars and folders. */
  role?: RoleUse;
}

/** Arguments for what is not given, by the name of the module. */
export type ModuleDefaults = ReadonlyMap<string, Node>;

/** Variables written in one place of a playbook. */
export interface VarLayer {
  /** `loop` holds the loop variables of an include: values already, never rendered again. */
  level:
    | 'play'
    | 'vars_files'
    | 'role_defaults'
    | 'role_vars'
    | 'block'
    | 'task'
    | 'role_params'
    | 'include_params'
    | 'loop';
  vars: Mapping;
}

/** A role as used once in a play; two uses with other parameters are two RoleUses. */
export interface RoleUse {
  /** With its collection in front where it is of one. */
  name: string;
  /** `namespace.name` of its collection. */
  collection?: string;
  /** Absolute folder of the role. */
  path: string;
  defaults: Mapping;
  vars: Mapping;
  params: Mapping;
  /** Parameters of the roles that depend on this one, for what it is not given itself. */
  above?: Mapping;
  /** It is here because another role depends on it. */
  dependency?: boolean;
  /** Roles this one depends on, in order; their defaults and vars are seen by this role too. */
  dependencies: RoleUse[];
  /** Folders of the roles that include this one or depend on it, nearest first: files are looked for there too. */
  outer?: readonly string[];
  /** Of a role that a task of another role includes: that one, and the roles around it. */
  parents?: RoleUse[];
}

export interface Loop {
  /** `loop`, or `with_` and the name of a lookup. */
  style: string;
  items: Node;
  loopVar: string;
  indexVar?: string;
  label?: Node;
  /** Seconds between items. */
  pause?: Node;
  /** `ansible_loop` is given, with all items in it or without. */
  extended?: 'all' | 'bare';
  /** Conditions that end the loop after an item. */
  breakWhen?: Node[];
}

interface ItemCommon {
  /** Rendered at run time when it holds a template. */
  name?: Node;
  at: Place;
  keywords: Keywords;
  /** Folder of the file it stands in, for relative includes and file searches. */
  folder: string;
}

export interface Task extends ItemCommon {
  kind: 'task';
  /** Name without a collection prefix: `apt` for `ansible.builtin.apt`. */
  module: string;
  /** What `module` names, found by the loader: the role's own modules first, then the engine's. */
  spec: Module;
  /** Where the module's key stands. */
  moduleAt: Place;
  /** The arguments with `args:` merged in; a free-form string is under the module's `freeForm` argument. Undefined: none. */
  args?: Node;
  /** Arguments for what is not given, where that is seen only when they are rendered. */
  defaults?: Node;
  loop?: Loop;
  register?: string;
  until?: Node[];
  retries?: Node;
  delay?: Node;
  changedWhen?: Node[];
  failedWhen?: Node[];
}

export interface Block extends ItemCommon {
  kind: 'block';
  /** The tasks of a role. With `once`, they run once on a host for all blocks where it is the same. */
  role?: { use: RoleUse; once?: string };
  block: Item[];
  rescue: Item[];
  always: Item[];
}

/** include_tasks, include_role and include_vars: worked out at run time, for each host. */
export interface Include extends ItemCommon {
  kind: 'include_tasks' | 'include_role';
  /** What surrounds the items it includes: not its own `when` and `tags`, but its vars and what `apply` says. */
  inner: Keywords;
  /** Folders of roles whose modules the included tasks may use. */
  roleFolders: readonly string[];
  /** Folder of the play, where roles are searched first. */
  playFolder: string;
  playVars: Mapping;
  /** File name or role name, possibly a template. */
  target: Node;
  loop?: Loop;
  /** include_role: tasks_from, vars_from, defaults_from, handlers_from, public, allow_duplicates, apply … as written. */
  options: Mapping;
  register?: string;
}

export interface Meta extends ItemCommon {
  kind: 'meta';
  action: (typeof META)[number];
}

export type Item = Task | Block | Include | Meta;

/** A task, include or meta that runs when it is notified. */
export type Handler = (Task | Include | Meta) & {
  /** Topics besides the name; may hold templates. */
  listen: Node[];
  /** The list it stands in: of two of one name, the first of the list that was read last answers. */
  section: object;
};

/** A variable that a play asks for. */
export interface VarPrompt {
  name: string;
  at: Place;
  prompt?: Node;
  default?: Node;
  private?: Node;
  confirm?: Node;
  unsafe?: Node;
}

export interface Play {
  name?: Node;
  at: Place;
  /** File of the play and its folder, for group_vars beside the playbook and relative paths. */
  file: string;
  folder: string;
  hosts: Node;
  gatherFacts?: Node;
  gatherSubset?: Node;
  vars: Mapping;
  /** Each a file name or a list of candidates of which the first that exists is read. */
  varsFiles: Node[];
  varsPrompt: VarPrompt[];
  serial?: Node;
  maxFailPercentage?: Node;
  forceHandlers?: Node;
  order?: Node;
  /** Play-level keywords that tasks inherit; used for the implicit setup task too. */
  keywords: Keywords;
  preTasks: Item[];
  /** Tasks of the roles, a block for each role in order, dependencies first. */
  roles: Block[];
  tasks: Item[];
  postTasks: Item[];
  handlers: Handler[];
  /** Every role the play uses statically, in order of use: their defaults and vars are play-wide. */
  roleUses: RoleUse[];
}

/** What an include added at run time. */
export interface Included {
  items: Item[];
  handlers: Handler[];
  /** For include_role. */
  role?: RoleUse;
}

/** Reads playbooks and roles. One per run; caches files. */
export interface Loader {
  /** All plays of a playbook, import_playbook followed. Throws Problems with everything found. */
  loadPlaybook(file: string): Promise<Play[]>;
  /** Tasks of an include_tasks file, seen from the include that names it. Throws Problems. */
  includeTasks(include: Include, file: string): Promise<Included>;
  /** An include_role. Throws Problems. */
  includeRole(include: Include, name: string, options: Mapping): Promise<Included>;
}

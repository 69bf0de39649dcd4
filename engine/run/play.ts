import type { Event, TaskRef } from '../event.ts';
import type { Handler, Item, Keywords, Play, RoleUse, Task } from '../playbook/model.ts';
import { searchedIn } from '../playbook/rolename.ts';
import { Layering, TaskScope } from '../playbook/vars.ts';
import type { Node } from '../playbook/yaml.ts';
import type { Addition } from '../result.ts';
import type { Value } from '../value.ts';
import type { Clock } from './clock.ts';
import { Course } from './course.ts';
import type { RunHost } from './host.ts';
import type { HostVars } from './magic.ts';
import type { Run } from './options.ts';
import { itemSelected } from './tags.ts';
import type { Turn } from './turn.ts';

/** One play as it runs on one batch of hosts. */
export class PlayRun {
  readonly run: Run;
  readonly play: Play;
  readonly layering: Layering;
  readonly hostVars: HostVars;
  readonly clock: Clock;
  readonly course = new Course();
  /** Every host the run knows, by name; delegation adds to it. */
  readonly hostOf: (name: string) => RunHost;
  /** Adds to the inventory; true when that changed something. */
  readonly adopt: (addition: Addition) => boolean;
  /** The hosts of the current serial batch. */
  batch: RunHost[] = [];
  /** Static handlers and those that includes added. */
  readonly handlers: Handler[];
  /** True once a failure must end the run: any_errors_fatal, max_fail_percentage. */
  fatal = false;
  /** True once the play must stop for all its hosts: max_fail_percentage. */
  stopped = false;
  /** True once meta: end_play was met: no further batch is begun. */
  ended = false;
  /** Of how many hosts in a hundred the failure is borne (max_fail_percentage). */
  maxFail = Number.POSITIVE_INFINITY;
  /** True while handlers run. */
  flushing = false;
  /** Hosts on which a task of a role was not skipped, and on which a role that runs once has run. */
  readonly touched = new Map<RoleUse, Set<RunHost>>();
  readonly completed = new Map<string, Set<RunHost>>();
  readonly #searchPaths = new WeakMap<Item, readonly string[]>();

  constructor(run: Run, play: Play, known: Pick<PlayRun, 'hostVars' | 'hostOf' | 'clock' | 'adopt'>) {
    this.run = run;
    this.play = play;
    this.hostVars = known.hostVars;
    this.hostOf = known.hostOf;
    this.clock = known.clock;
    this.adopt = (addition) => known.adopt(addition);
    this.handlers = [...play.handlers];
    this.layering = new Layering(run.extraVars, play.vars, play.roleUses);
  }

  /** The variables an item sees on a host; `turn`: whose turn it is for, which may not have come yet. */
  scope(item: Item, host: RunHost, turn?: Turn): TaskScope {
    return this.scopeOf(item.keywords, host, this.#folders(item), turn);
  }

  scopeOf(keywords: Keywords, host: RunHost, folders: readonly string[] = [this.play.folder], turn?: Turn): TaskScope {
    const layers = this.layering.of(keywords);
    return new TaskScope(layers, host.layers, { folders, ...(turn ? { turn } : {}) }, host.cacheFor(layers));
  }

  /** Whether tags select an item. */
  selects(item: Item, host: RunHost): boolean {
    const render = (node: Node): Value => this.run.expressions.renderNode(node, this.scope(item, host));
    return itemSelected(item, render, this.run.tags, this.run.skipTags);
  }

  /** Lets the rest of the play see a role's variables when the include says so. */
  useRole(role: RoleUse, visible: boolean): void {
    if (!visible) return;
    this.layering.addRole(role);
    this.clock.tick();
  }

  #folders(item: Item): readonly string[] {
    const known = this.#searchPaths.get(item);
    if (known) return known;
    const folders = [...new Set([...searchedIn(item.keywords.role), item.folder, this.play.folder])];
    this.#searchPaths.set(item, folders);
    return folders;
  }

  emit(event: Event): void {
    this.run.events.emit(event);
  }

  alive(hosts: readonly RunHost[] = this.batch): RunHost[] {
    return this.stopped ? [] : hosts.filter((host) => host.standing === 'alive' && !host.leaving);
  }

  /** A keyword's value for a host, or undefined when nobody wrote it. */
  keyword(node: Node | undefined, scope: TaskScope): Value | undefined {
    return node === undefined ? undefined : this.run.expressions.renderNode(node, scope);
  }
}

let lastId = 0;

/** What events say about a task; its name is rendered for the first host, as Ansible does. */
export function refOf(play: PlayRun, task: Task, first: RunHost | undefined, handler = false): TaskRef {
  const role = task.keywords.role?.name;
  return {
    id: ++lastId,
    name: nameOf(play, task, first),
    module: task.module,
    at: task.at,
    handler,
    ...(role === undefined ? {} : { role }),
  };
}

function nameOf(play: PlayRun, task: Task, first: RunHost | undefined): string {
  if (!task.name) return task.module;
  const written = task.name.kind === 'scalar' ? task.name.text : '';
  if (written === '') return task.module;
  if (!first || !play.run.expressions.isTemplate(written)) return written;
  try {
    return String(play.run.expressions.renderNode(task.name, play.scope(task, first)));
  } catch {
    // A name that cannot be rendered yet (it may hold a loop variable) is shown as written, as Ansible does.
    return written;
  }
}

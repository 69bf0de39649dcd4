import { isVerbatim, type Lookup, type Mapping, type Value } from '../value.ts';
import type { Found, Scope, SearchPaths } from './expression.ts';
import type { Keywords, RoleUse, VarLayer } from './model.ts';
import { roleMagic } from './rolename.ts';
import type { Node } from './yaml.ts';

/**
 * The layers of Ansible's order of precedence that a play and a task fix, highest first, cut where the layers of the
 * host come between.
 * https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_variables.html#understanding-variable-precedence
 */
export interface StaticLayers {
  /** Loop variables of the includes around the task: values, never rendered. */
  given: readonly Mapping[];
  /** Extra vars, include parameters, role parameters. */
  above: readonly Mapping[];
  /** Task, block, role vars. */
  middle: readonly Mapping[];
  /** Play vars; vars_files are the host's, since their names may hold facts. */
  play: Mapping;
  /** Role defaults. */
  below: readonly Mapping[];
  /** What keywords say of the connection, for who asks for it as a variable that nobody set. */
  implied: Mapping;
  role: RoleUse | undefined;
}

/** The layers that belong to one host. What came from the host itself is never rendered. */
export interface HostLayers {
  magic: Lookup;
  /** set_fact and registered results. */
  set: Mapping;
  includeVars: Mapping;
  varsFiles: readonly Mapping[];
  facts: Mapping;
  /** Inventory, group_vars and host_vars, merged once. */
  inventory: Mapping;
  /** Under all else: how the host is reached, where nobody set it. */
  implied: Mapping;
}

/** Works out the static layers of each task once, and hands the same object to tasks that see the same variables. */
export class Layering {
  readonly #extra: Mapping;
  readonly #play: Mapping;
  readonly #roles: RoleUse[];
  #byKeywords = new WeakMap<Keywords, StaticLayers>();
  readonly #bySignature = new Map<string, StaticLayers>();
  readonly #ids = new WeakMap<object, number>();
  #nextId = 0;

  /** `roles`: every role the play uses statically; their defaults and vars are seen by the whole play. */
  constructor(extra: Mapping, play: Mapping, roles: readonly RoleUse[]) {
    this.#extra = extra;
    this.#play = play;
    this.#roles = [...roles];
  }

  of(keywords: Keywords): StaticLayers {
    const known = this.#byKeywords.get(keywords);
    if (known) return known;
    const { role, remoteUser, connection, vars } = keywords;
    const signature = [role, remoteUser, connection, ...vars].map((layer) => (layer ? this.#id(layer) : 0)).join(',');
    const layers = this.#bySignature.get(signature) ?? this.#build(keywords);
    this.#bySignature.set(signature, layers);
    this.#byKeywords.set(keywords, layers);
    return layers;
  }

  /** A role whose defaults and vars the rest of the play sees, as include_role has it with `public`. */
  addRole(role: RoleUse): void {
    this.#roles.push(role);
    this.#byKeywords = new WeakMap();
    this.#bySignature.clear();
  }

  #id(layer: object): number {
    const id = this.#ids.get(layer) ?? ++this.#nextId;
    this.#ids.set(layer, id);
    return id;
  }

  #build(keywords: Keywords): StaticLayers {
    const inner = [...keywords.vars].reverse();
    const pick = (...levels: VarLayer['level'][]) =>
      inner.filter((layer) => levels.includes(layer.level)).map((layer) => layer.vars);
    const roles = rolesSeen(keywords.role, this.#roles);
    return {
      given: pick('loop'),
      above: [
        roleMagic(keywords.role),
        this.#extra,
        ...pick('include_params'),
        ...pick('role_params'),
        ...(keywords.role ? [keywords.role.params, keywords.role.above ?? {}] : []),
      ],
      middle: [...pick('task', 'block'), ...roles.map((role) => role.vars), ...pick('role_vars')],
      play: this.#play,
      below: [...roles.map((role) => role.defaults), ...pick('role_defaults')],
      implied: impliedBy(keywords),
      role: keywords.role,
    };
  }
}

function impliedBy({ remoteUser, connection }: Keywords): Mapping {
  const text = (name: string, node: Node | undefined): Mapping =>
    node?.kind === 'scalar' ? { [name]: node.text } : {};
  return { ...text('ansible_user', remoteUser), ...text('ansible_connection', connection) };
}

/** The roles whose variables a task sees, nearest first: its own, that one's dependencies, then the play's, last used first. */
function rolesSeen(own: RoleUse | undefined, all: readonly RoleUse[]): RoleUse[] {
  const seen = new Set<RoleUse>();
  const add = (role: RoleUse): void => {
    if (seen.has(role)) return;
    seen.add(role);
    for (const dependency of [...role.dependencies].reverse()) add(dependency);
  };
  if (own) add(own);
  for (const role of [...all].reverse()) add(role);
  return [...seen];
}

/** Variables as one task on one host (and one loop item) sees them. Nothing is merged: a name is looked up layer by layer. */
export class TaskScope implements Scope {
  readonly cache: Map<string, Value>;
  readonly paths: SearchPaths;
  readonly #layers: StaticLayers;
  readonly #host: HostLayers;
  readonly #local: Mapping | undefined;

  /** `local`: loop variables and results under judgement, above everything else. */
  constructor(layers: StaticLayers, host: HostLayers, paths: SearchPaths, cache: Map<string, Value>, local?: Mapping) {
    this.#layers = layers;
    this.#host = host;
    this.paths = paths;
    this.cache = cache;
    this.#local = local;
  }

  /** The same variables with more local ones on top. */
  with(local: Mapping): TaskScope {
    return new TaskScope(this.#layers, this.#host, this.paths, new Map(), { ...this.#local, ...local });
  }

  /** The same variables with those of another host in the place of the host's own. */
  on(host: { layers: HostLayers }): TaskScope {
    return new TaskScope(this.#layers, host.layers, this.paths, new Map(), this.#local);
  }

  /** The same variables, for a task that works on another host: what nobody set of the connection is that one's. */
  delegatedTo(host: { layers: HostLayers }): TaskScope {
    const { inventory, implied: unset } = host.layers;
    const implied = {
      ...unset,
      ...('ansible_host' in inventory ? { ansible_host: inventory['ansible_host'] ?? null } : {}),
    };
    return new TaskScope(this.#layers, { ...this.#host, implied }, this.paths, new Map(), this.#local);
  }

  lookup(name: string): Found | undefined {
    const { given: looped, above, middle, play, below, implied } = this.#layers;
    const host = this.#host;
    const mine = own(this.#local, name);
    const local = mine === undefined ? first(looped, name) : mine;
    if (local !== undefined) return { value: local, template: false };
    const magic = host.magic.get(name);
    if (magic !== undefined) return { value: magic, template: false };
    return (
      written(above, name) ??
      given(own(host.set, name)) ??
      writtenIn(host.includeVars, name) ??
      written(middle, name) ??
      written(host.varsFiles, name) ??
      writtenIn(play, name) ??
      given(own(host.facts, name)) ??
      writtenIn(host.inventory, name) ??
      written(below, name) ??
      writtenIn(implied, name) ??
      writtenIn(host.implied, name) ??
      (name === 'ansible_search_path' ? { value: [...this.paths.folders], template: false } : undefined)
    );
  }

  names(): Iterable<string> {
    const { above, middle, play, below } = this.#layers;
    const host = this.#host;
    const maps = [
      ...this.#layers.given,
      ...above,
      host.set,
      host.includeVars,
      ...middle,
      ...host.varsFiles,
      play,
      host.facts,
      host.inventory,
    ];
    const names = new Set<string>([...Object.keys(this.#local ?? {}), ...host.magic.keys()]);
    for (const map of [...maps, ...below]) for (const name of Object.keys(map)) names.add(name);
    return names;
  }
}

const own = (map: Mapping | undefined, name: string): Value | undefined =>
  map !== undefined && Object.hasOwn(map, name) ? map[name] : undefined;

function first(maps: readonly Mapping[], name: string): Value | undefined {
  for (const map of maps) {
    const value = own(map, name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** A variable that somebody wrote: a template, unless it is marked `!unsafe`. */
function writtenIn(map: Mapping, name: string): Found | undefined {
  const value = own(map, name);
  return value === undefined ? undefined : { value, template: !isVerbatim(map, name) };
}

/** The same, from the first of several that has it. */
function written(maps: readonly Mapping[], name: string): Found | undefined {
  for (const map of maps) {
    const found = writtenIn(map, name);
    if (found) return found;
  }
  return undefined;
}

const given = (value: Value | undefined): Found | undefined =>
  value === undefined ? undefined : { value, template: false };

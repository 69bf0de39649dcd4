import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { NO_KEYWORDS } from '../playbook/keywords.ts';
import { Layering, TaskScope } from '../playbook/vars.ts';
import { Lookup, type Mapping, type Value } from '../value.ts';
import { Magic, type RunHost } from './host.ts';
import type { Run } from './options.ts';

/** What the magic variables of a play need to know. */
export interface PlayFacts {
  name: string;
  folder: string;
  file: string;
  hosts(): RunHost[];
  allHosts(): RunHost[];
  batch(): RunHost[];
  roleNames: string[];
  dependentRoleNames: string[];
}

/** Ansible's release whose language this is; roles compare against it. */
const ANSIBLE_VERSION = { string: '2.19.0', full: '2.19.0', major: 2, minor: 19, revision: 0 };

/** hostvars: every host's variables, rendered in that host's own scope. */
export class HostVars extends Lookup {
  readonly #run: Run;
  readonly #hostOf: (name: string) => RunHost | undefined;
  readonly #views = new WeakMap<RunHost, Lookup>();
  readonly #layering: Layering;

  /** `vars`: those of a play, for what it says of itself. */
  constructor(run: Run, hostOf: (name: string) => RunHost | undefined, vars: Mapping = {}) {
    super();
    this.#run = run;
    this.#hostOf = hostOf;
    this.#layering = new Layering(run.extraVars, vars, []);
  }

  get(name: string): Value | undefined {
    const host = this.#hostOf(name);
    if (!host) return undefined;
    const view = this.#views.get(host) ?? new Variables(this.#run, () => this.scope(host));
    this.#views.set(host, view);
    return view;
  }

  keys(): string[] {
    return [...this.#run.inventory.hosts.keys()];
  }

  /** A host's variables outside any play, as templates about connecting to it see them. */
  scope(host: RunHost): TaskScope {
    const layers = this.#layering.of(NO_KEYWORDS);
    return new TaskScope(
      layers,
      { ...host.layers, magic: host.magic, implied: {} },
      { folders: [] },
      host.cacheFor(layers),
    );
  }
}

/** A scope as a dictionary: `vars`, and each member of hostvars. */
export class Variables extends Lookup {
  readonly #run: Run;
  readonly #scope: () => TaskScope;

  constructor(run: Run, scope: () => TaskScope) {
    super();
    this.#run = run;
    this.#scope = scope;
  }

  get(name: string): Value | undefined {
    const scope = this.#scope();
    const found = scope.lookup(name);
    if (!found) return undefined;
    return found.template ? this.#run.expressions.render(found.value, scope) : found.value;
  }

  keys(): string[] {
    return [...this.#scope().names()];
  }
}

/** The groups dictionary: hosts by group, in inventory order. */
class Groups extends Lookup {
  readonly #run: Run;

  constructor(run: Run) {
    super();
    this.#run = run;
  }

  get(name: string): Value | undefined {
    return this.#run.inventory.groups.has(name) ? this.#run.inventory.hostsOf(name) : undefined;
  }

  keys(): string[] {
    return [...this.#run.inventory.groups.keys()];
  }
}

/** The magic variables of one host in one play. */
export function magicOf(host: RunHost, play: PlayFacts, run: Run, hostVars: HostVars): Lookup {
  const names = (hosts: RunHost[]) => hosts.map((one) => one.name);
  const groups = new Groups(run);
  const facts = new FactNames(host.facts);
  return new Magic({
    hostvars: () => hostVars,
    groups: () => groups,
    group_names: () => host.host.groups.filter((group) => group !== 'all').sort(),
    inventory_hostname: () => host.name,
    inventory_hostname_short: () => host.name.split('.')[0] ?? host.name,
    playbook_dir: () => resolve(play.folder),
    ansible_facts: () => facts,
    ansible_play_name: () => play.name,
    ansible_play_hosts: () => names(play.hosts()),
    ansible_play_hosts_all: () => names(play.allHosts()),
    ansible_play_batch: () => names(play.batch()),
    play_hosts: () => names(play.batch()),
    ansible_play_role_names: () => play.roleNames,
    ansible_dependent_role_names: () => play.dependentRoleNames,
    ansible_role_names: () => [...new Set([...play.roleNames, ...play.dependentRoleNames])],
    role_names: () => play.roleNames,
    ansible_check_mode: () => run.check,
    ansible_diff_mode: () => run.diff,
    ansible_forks: () => (Number.isFinite(run.forks) ? run.forks : run.inventory.hosts.size),
    ansible_verbosity: () => run.verbosity,
    ansible_run_tags: () => (run.tags.length > 0 ? [...run.tags] : ['all']),
    ansible_skip_tags: () => [...run.skipTags],
    ansible_limit: () => run.limit,
    ansible_inventory_sources: () => run.inventorySources.map((path) => (path.includes(',') ? path : resolve(path))),
    ansible_version: () => ANSIBLE_VERSION,
    ansible_config_file: () => null,
    ansible_playbook_python: () => python(),
  });
}

/** The controller's Python, which inventories name for localhost; nothing of mesh-play runs by it. */
function python(): string {
  const folders = (process.env['PATH'] ?? '').split(':').filter(Boolean);
  return folders.map((folder) => join(folder, 'python3')).find((path) => existsSync(path)) ?? '/usr/bin/python3';
}

/** ansible_facts: the facts without their `ansible_` prefix. */
class FactNames extends Lookup {
  readonly #facts: Mapping;

  constructor(facts: Mapping) {
    super();
    this.#facts = facts;
  }

  get(name: string): Value | undefined {
    return this.#facts[`ansible_${name}`] ?? this.#facts[name];
  }

  keys(): string[] {
    return Object.keys(this.#facts).map((name) => name.replace(/^ansible_/, ''));
  }
}

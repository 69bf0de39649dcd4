import type { HostRecap } from '../event.ts';
import type { Host } from '../inventory/host.ts';
import type { Handler, RoleUse } from '../playbook/model.ts';
import type { HostLayers, StaticLayers } from '../playbook/vars.ts';
import { assignVars, Lookup, type Mapping, type Value } from '../value.ts';
import type { Clock } from './clock.ts';
import { Connections } from './connections.ts';

/**
 * Where a host stands in the play. `failed` hosts may still be rescued; `ended` left by meta: end_host or end_play;
 * `unreachable` hosts are out for the whole run.
 */
export type Standing = 'alive' | 'failed' | 'ended' | 'unreachable';

/** One host through the whole run: its connection, its variables, how it fares. */
export class RunHost {
  readonly host: Host;
  readonly name: string;
  /** Why the host takes part in no later play: a failure that was not rescued, or a connection that was lost. */
  out: 'failed' | 'unreachable' | undefined;
  /** Failed with no rescue and no always left to run: only such failures count for max_fail_percentage. */
  lost = false;
  /** The role it left by meta: end_role, until that role's tasks are over. */
  leaving: RoleUse | undefined;
  readonly facts: Mapping = {};
  readonly set: Mapping = {};
  readonly includeVars: Mapping = {};
  varsFiles: readonly Mapping[] = [];
  inventory: Mapping = {};
  implied: Mapping = {};
  magic: Lookup = new Magic({});
  /** What was notified since handlers last ran; who answers is seen when they run. */
  readonly notifications = new Set<string>();
  /** Handlers to run. */
  readonly notified = new Set<Handler>();
  readonly connections = new Connections();
  readonly recap: HostRecap;
  readonly #clock: Clock;
  #standing: Standing = 'alive';
  #caches = new WeakMap<StaticLayers, Map<string, Value>>();
  #cachedAt = 0;

  constructor(host: Host, clock: Clock) {
    this.host = host;
    this.#clock = clock;
    this.name = host.name;
    const zero = { ok: 0, changed: 0, unreachable: 0, failed: 0, skipped: 0, rescued: 0, ignored: 0, ms: 0 };
    this.recap = { host: host.name, ...zero };
  }

  get standing(): Standing {
    return this.#standing;
  }

  set standing(standing: Standing) {
    if (standing !== this.#standing) this.#clock.tick();
    this.#standing = standing;
  }

  get layers(): HostLayers {
    return this;
  }

  /** Rendered variables, kept until something that a template could see changes. */
  cacheFor(layers: StaticLayers): Map<string, Value> {
    if (this.#cachedAt !== this.#clock.now) this.#caches = new WeakMap();
    this.#cachedAt = this.#clock.now;
    const cache = this.#caches.get(layers) ?? new Map<string, Value>();
    this.#caches.set(layers, cache);
    return cache;
  }

  clearFacts(): void {
    for (const name of Object.keys(this.facts)) delete this.facts[name];
    this.forgetRendered();
  }

  forgetRendered(): void {
    this.#clock.tick();
  }

  register(name: string, value: Value): void {
    this.set[name] = value;
    this.forgetRendered();
  }

  setVariables(layer: 'facts' | 'set' | 'includeVars', variables: Mapping): void {
    assignVars(this[layer], variables);
    this.forgetRendered();
  }
}

/** Variables the engine provides; each is worked out when it is asked for. */
export class Magic extends Lookup {
  readonly #members: Record<string, () => Value | undefined>;

  constructor(members: Record<string, () => Value | undefined>) {
    super();
    this.#members = members;
  }

  get(key: string): Value | undefined {
    return Object.hasOwn(this.#members, key) ? this.#members[key]?.() : undefined;
  }

  keys(): string[] {
    return Object.keys(this.#members);
  }
}

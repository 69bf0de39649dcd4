import type { Session } from '../connection/session.ts';
import type { HostRecap } from '../event.ts';
import type { Host } from '../inventory/host.ts';
import type { Handler } from '../playbook/model.ts';
import type { Addition } from '../result.ts';
import { assignVars, type Mapping } from '../value.ts';
import { Clock } from './clock.ts';
import { RunHost } from './host.ts';
import { HostVars, magicOf, type PlayFacts } from './magic.ts';
import type { Run } from './options.ts';

/** What a host that is only delegated to sees of a play: where it is, as the key of a login may be beside it. */
const outside = (folder: () => string): PlayFacts => ({
  name: '',
  get folder() {
    return folder();
  },
  file: '',
  hosts: () => [],
  allHosts: () => [],
  batch: () => [],
  roleNames: [],
  dependentRoleNames: [],
});

/** Every host the run has met, in inventory order of first use. */
export class RunHosts {
  readonly #run: Run;
  readonly #hosts = new Map<string, RunHost>();
  #folder: string | undefined;
  readonly #outside = outside(() => this.#folder ?? '.');
  readonly hostVars: HostVars;
  /** Stands in where a name must be rendered and a play matched nobody. */
  readonly nobody: RunHost;

  readonly clock = new Clock();
  readonly hostOf = (name: string): RunHost => this.delegate(name);

  constructor(run: Run) {
    this.#run = run;
    this.nobody = new RunHost({ name: 'localhost', groups: [], implicit: true }, this.clock);
    this.hostVars = new HostVars(run, (name) => this.named(name));
  }

  get(host: Host): RunHost {
    const found = this.#hosts.get(host.name) ?? new RunHost(host, this.clock);
    if (!this.#hosts.has(host.name)) {
      this.#hosts.set(host.name, found);
      found.magic = magicOf(found, this.#outside, this.#run, this.hostVars);
      found.implied = impliedOf(host.name, this.#run);
      this.#readInventory(found);
    }
    return found;
  }

  /** From here on also the group_vars and host_vars in this folder count, for hosts outside the play too. */
  enter(playFolder: string): void {
    if (playFolder === this.#folder) return;
    this.#folder = playFolder;
    for (const host of this.#hosts.values()) this.#readInventory(host);
  }

  /** Adds to the inventory; true when that changed something. Plays that follow match what was added. */
  adopt(addition: Addition): boolean {
    if (!this.#run.inventory.add(addition)) return false;
    // A group that has other parents now may be one that other hosts are in.
    const touched = addition.parents === undefined ? [this.named(addition.host)] : this.#hosts.values();
    for (const host of touched) if (host) this.#readInventory(host);
    this.clock.tick();
    return true;
  }

  #readInventory(host: RunHost): void {
    const sources = this.#run.inventory.sources(host.host, this.#folder);
    host.inventory = assignVars({}, ...sources.map((source) => source.vars));
  }

  /** A host to delegate to, which the inventory need not have. */
  delegate(name: string): RunHost {
    return this.named(name) ?? this.#hosts.get(name) ?? this.get({ name, groups: [], implicit: true });
  }

  named(name: string): RunHost | undefined {
    const host = this.#run.inventory.host(name);
    return host ? this.get(host) : undefined;
  }

  /** What the worst of the hosts came to: a lost connection counts over a failure. */
  worst(): 'fine' | 'failed' | 'unreachable' {
    const all = [...this.#hosts.values()].map((host) => host.out);
    return all.includes('unreachable') ? 'unreachable' : all.includes('failed') ? 'failed' : 'fine';
  }

  recap(): HostRecap[] {
    const used = [...this.#hosts.values()].map((host) => host.recap);
    return used.filter(
      ({ ok, failed, unreachable, skipped, rescued, ignored }) =>
        ok + failed + unreachable + skipped + rescued + ignored > 0,
    );
  }

  pendingHandlers(): { host: string; handler: string }[] {
    return [...this.#hosts.values()].flatMap((host) =>
      [...host.notifications, ...[...host.notified].map(handlerName)].map((handler) => ({ host: host.name, handler })),
    );
  }

  async #sessions(): Promise<Session[]> {
    const opened = [...this.#hosts.values()].flatMap((host) => host.connections.all());
    const settled = await Promise.allSettled(opened);
    return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  }

  async interrupt(): Promise<void> {
    await Promise.allSettled((await this.#sessions()).map((session) => session.interrupt()));
  }

  async close(): Promise<void> {
    await Promise.allSettled((await this.#sessions()).map((session) => session.close()));
  }
}

/** As templates see them in Ansible: where a host is, and as whom, though nobody set a variable. */
function impliedOf(name: string, { connection: { remoteUser, connection } }: Run): Mapping {
  return {
    ansible_host: name,
    ansible_connection: connection ?? 'ssh',
    ...(remoteUser === undefined ? {} : { ansible_user: remoteUser }),
  };
}

const handlerName = ({ name, at }: Handler): string => (name?.kind === 'scalar' ? name.text : `${at.file}:${at.line}`);

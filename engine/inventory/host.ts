import type { Addition } from '../result.ts';
import type { Mapping } from '../value.ts';

/**
 * Variables that the inventory has for a host, from one place. Lowest precedence first where listed, after
 * https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_variables.html#understanding-variable-precedence
 */
export interface VarSource {
  level:
    | 'inventory group vars'
    | 'inventory group_vars/all'
    | 'playbook group_vars/all'
    | 'inventory group_vars'
    | 'playbook group_vars'
    | 'inventory host vars'
    | 'inventory host_vars'
    | 'playbook host_vars';
  /** The group or host it is for. */
  of: string;
  vars: Mapping;
}

export interface Host {
  name: string;
  /** Every group the host is in, parents included, `all` first, then by depth and name, as Ansible merges them. Without `ungrouped` unless it is in no other. */
  groups: string[];
  /** True for the localhost nobody declared. */
  implicit: boolean;
}

export interface Group {
  name: string;
  children: string[];
  /** Hosts directly in it. */
  hosts: string[];
  depth: number;
  /** ansible_group_priority; 1 when not set. */
  priority: number;
}

export interface Inventory {
  readonly hosts: ReadonlyMap<string, Host>;
  readonly groups: ReadonlyMap<string, Group>;
  /** Hosts of a group, its children's included, in inventory order. */
  hostsOf(group: string): string[];
  /** Hosts a pattern selects, in inventory order. Throws a Problem for a pattern that is malformed; warns by `unknown`. */
  match(pattern: string | string[], limit?: string): { hosts: Host[]; unknown: string[] };
  /** A host by name, the implicit localhost included. */
  host(name: string): Host | undefined;
  /** Every source of variables for a host, lowest precedence first. `playbookFolder` adds group_vars and host_vars beside the playbook. */
  sources(host: Host, playbookFolder?: string): VarSource[];
  /** Adds a host, a group or variables while a run goes on; false when all was so already. Throws a Problem for a loop of groups. */
  add(addition: Addition): boolean;
}

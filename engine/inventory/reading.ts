import type { Source } from '../playbook/yaml.ts';
import { type Place, Problem } from '../problem.ts';
import type { Assignment } from './origin.ts';
import { expandHosts, MalformedRange } from './range.ts';
import type { Tree, TreeGroup } from './tree.ts';

/** What the readers of one source share: where hosts and groups go, and where remarks go. */
export interface Reading {
  tree: Tree;
  source: Source;
  problems: Problem[];
  warn(text: string): void;
  /** Variables a host first named in this source begins with. */
  firstVars: Assignment[];
}

const GROUP_NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u;

/** True for a group name that can be a variable name too, as Ansible advises. */
export function isGroupName(name: string): boolean {
  return GROUP_NAME.test(name);
}

/** Adds the hosts a pattern stands for to a group, with their variables. */
export function addHosts(
  reading: Reading,
  group: TreeGroup,
  pattern: string,
  vars: readonly Assignment[],
  at: () => Place,
): void {
  const problem = (what: string, mend?: string): void => {
    reading.problems.push(new Problem({ code: 'host-pattern', at: at(), what, mend }));
  };
  try {
    const { names, port } = expandHosts(pattern);
    if (pattern.endsWith(':') && port === undefined) {
      problem(`host "${pattern}" ends in ":", which stands before a port`, `write "${pattern.slice(0, -1)}"`);
      return;
    }
    if (names.length === 0) reading.warn(`${place(at())}: host range "${pattern}" is empty`);
    for (const name of names) {
      const host = reading.tree.host(name, () => firstVars(reading, port));
      reading.tree.join(group, host);
      host.vars.push(...vars);
    }
  } catch (thrown) {
    if (!(thrown instanceof MalformedRange)) throw thrown;
    problem(`host "${pattern}" has a range that cannot be read: ${thrown.message}`, 'write it as in web[01:20]');
  }
}

/** A place as it is shown in a remark. */
export function place(at: Place): string {
  return `${at.file}:${at.line}:${at.column}`;
}

function firstVars(reading: Reading, port: number | undefined): Assignment[] {
  return port === undefined ? [...reading.firstVars] : [{ key: 'ansible_port', value: port }, ...reading.firstVars];
}

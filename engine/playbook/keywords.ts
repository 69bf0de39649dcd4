import { assignVars, isMapping, type Mapping } from '../value.ts';
import type { Keywords, VarLayer } from './model.ts';
import { listOf, type Reading } from './reading.ts';
import { type MapNode, member, type Node, toValue } from './yaml.ts';

/** Keywords that replace what surrounds them, with the name they have in YAML. */
const REPLACING = {
  become: 'become',
  become_user: 'becomeUser',
  become_method: 'becomeMethod',
  become_flags: 'becomeFlags',
  become_exe: 'becomeExe',
  remote_user: 'remoteUser',
  port: 'port',
  connection: 'connection',
  timeout: 'timeout',
  delegate_to: 'delegateTo',
  delegate_facts: 'delegateFacts',
  run_once: 'runOnce',
  ignore_errors: 'ignoreErrors',
  ignore_unreachable: 'ignoreUnreachable',
  any_errors_fatal: 'anyErrorsFatal',
  no_log: 'noLog',
  check_mode: 'checkMode',
  diff: 'diff',
  throttle: 'throttle',
} as const;

export const NO_KEYWORDS: Keywords = { when: [], tags: [], environment: [], notify: [], vars: [] };

/** The keywords of an object: its own over those of what surrounds it; conditions, tags, environment and vars add up. */
export function inherit(reading: Reading, around: Keywords, map: MapNode, level: VarLayer['level']): Keywords {
  const keywords: Keywords = {
    ...around,
    when: [...around.when, ...conditionsOf(reading, map, 'when')],
    tags: [...around.tags, ...listed(reading, map, 'tags')],
    environment: [...around.environment, ...listed(reading, map, 'environment')],
    notify: [...around.notify, ...listed(reading, map, 'notify')],
    vars: varsOf(reading, around, map, level),
  };
  for (const [written, name] of Object.entries(REPLACING)) {
    const node = member(map, written);
    if (!node) continue;
    reading.templates(node);
    keywords[name] = node;
  }
  return keywords;
}

function varsOf(reading: Reading, around: Keywords, map: MapNode, level: VarLayer['level']): VarLayer[] {
  const vars = varsMember(reading, map, 'vars');
  return Object.keys(vars).length === 0 ? around.vars : [...around.vars, { level, vars }];
}

/** A dictionary of variables; a list of dictionaries is merged, as older playbooks write it. */
export function varsMember(reading: Reading, map: MapNode, key: string): Mapping {
  const node = member(map, key);
  if (!node || (node.kind === 'scalar' && node.value === null)) return {};
  reading.templates(node);
  const value = toValue(node);
  if (isMapping(value)) return value;
  if (Array.isArray(value) && value.every(isMapping)) return assignVars({}, ...value);
  reading.complain(node, 'wrong-type', `${key} must be a dictionary of variables`);
  return {};
}

function listed(reading: Reading, map: MapNode, key: string): Node[] {
  const nodes = listOf(member(map, key));
  for (const node of nodes) reading.templates(node);
  return nodes;
}

/** One condition, or a list of them that must all hold. */
export function conditionsOf(reading: Reading, map: MapNode, key: string): Node[] {
  const nodes = listOf(member(map, key));
  for (const node of nodes) reading.conditions(node);
  return nodes;
}

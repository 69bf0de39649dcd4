import { assignVars, isMapping, type Mapping } from '../value.ts';
import { isTemplated } from './expression.ts';
import { checkKind } from './kinds.ts';
import type { Keywords, ModuleDefaults, VarLayer } from './model.ts';
import { complainOfName, isName } from './names.ts';
import { listOf, type Reading } from './reading.ts';
import { isUnconditional } from './scene.ts';
import { shortName } from './words.ts';
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
  const when = [...around.when, ...conditionsOf(reading, map, 'when')];
  const keywords: Keywords = {
    ...around,
    when,
    tags: [...around.tags, ...listed(reading, map, 'tags')],
    environment: [...around.environment, ...environment(reading, map)],
    notify: [...around.notify, ...notified(reading, map, when)],
    vars: varsOf(reading, around, map, level),
  };
  if (member(map, 'module_defaults')) keywords.moduleDefaults = readDefaults(reading, around.moduleDefaults, map);
  for (const [written, name] of Object.entries(REPLACING)) {
    const node = member(map, written);
    if (!node) continue;
    reading.templates(node);
    checkKind(reading, written, node);
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
  if (key === 'vars') checkNames(reading, node);
  const value = toValue(node);
  if (isMapping(value)) return value;
  if (Array.isArray(value) && value.every(isMapping)) return assignVars({}, ...value);
  reading.complain(node, 'wrong-type', `${key} must be a dictionary of variables`);
  return {};
}

/** As Ansible does, of what stands under vars; files of variables may hold anything. */
function checkNames(reading: Reading, node: Node): void {
  if (node.kind === 'list') for (const item of node.items) checkNames(reading, item);
  if (node.kind !== 'map') return;
  for (const { key } of node.entries)
    if (!isName(key.text)) complainOfName(reading, key, `"${key.text}" is no name for a variable`);
}

function listed(reading: Reading, map: MapNode, key: string): Node[] {
  checkKind(reading, key, member(map, key));
  const nodes = listOf(member(map, key));
  for (const node of nodes) reading.templates(node);
  return nodes;
}

/** Dictionaries of variables of the environment; anything else would be ignored. */
function environment(reading: Reading, map: MapNode): Node[] {
  const nodes = listed(reading, map, 'environment');
  for (const node of nodes) {
    if (
      node.kind === 'map' ||
      (node.kind === 'scalar' && (node.value === null || isTemplated(node, reading.expressions)))
    )
      continue;
    reading.complain(node, 'wrong-type', 'environment must be a dictionary of variables', {
      mend: 'write NAME: value under it',
    });
  }
  return nodes;
}

/** A task with a condition may notify a handler of a role that is not always there: that is left to the run. */
function notified(reading: Reading, map: MapNode, when: readonly Node[]): Node[] {
  const nodes = listed(reading, map, 'notify');
  for (const node of nodes) {
    if (node.kind !== 'scalar') reading.complain(node, 'wrong-type', 'notify takes names of handlers');
    else if (isUnconditional(when)) reading.scene?.notify(node);
  }
  return nodes;
}

/** One condition, or a list of them that must all hold. */
export function conditionsOf(reading: Reading, map: MapNode, key: string): Node[] {
  const nodes = listOf(member(map, key));
  for (const node of nodes) reading.conditions(node);
  return nodes;
}

/** What `module_defaults` says here, over what it says around: for one module the innermost counts as a whole. */
function readDefaults(reading: Reading, around: ModuleDefaults | undefined, map: MapNode): ModuleDefaults {
  const defaults = new Map(around);
  const node = member(map, 'module_defaults') as Node;
  if (node.kind === 'scalar' && node.value === null) return defaults;
  for (const one of node.kind === 'list' ? node.items : [node]) {
    if (one.kind !== 'map') {
      reading.complain(one, 'wrong-type', 'module_defaults must be a dictionary of modules', {
        why: 'the names of modules are read before the run; only what is under them may hold templates',
      });
      continue;
    }
    for (const { key, value } of one.entries) {
      if (key.text.startsWith('group/')) {
        reading.complain(
          key,
          'not-supported',
          `module_defaults for a group of modules, "${key.text}", are not supported yet`,
          {
            mend: 'name each module',
          },
        );
        continue;
      }
      reading.templates(value);
      if (value.kind === 'list' || (value.kind === 'scalar' && !reading.expressions.isTemplate(value.text))) {
        if (value.kind === 'list' || value.value !== null)
          reading.complain(value, 'wrong-type', `the defaults of "${key.text}" must be a dictionary of arguments`);
        continue;
      }
      reading.pendingDefaults.push({ key, value });
      defaults.set(shortName(key.text), value);
    }
  }
  return defaults;
}

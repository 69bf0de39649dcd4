import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, resolve } from 'node:path';
import { assignVars } from '../value.ts';
import { readHandlers } from './handlers.ts';
import { within } from './includes.ts';
import { readItems } from './items.ts';
import { inherit, NO_KEYWORDS, varsMember } from './keywords.ts';
import { checkKind } from './kinds.ts';
import type { Handler, Keywords, Play } from './model.ts';
import { checkNotified } from './notified.ts';
import { readPrompts } from './prompts.ts';
import { listOf, type Reading, scalarAt, shownPath, textOf } from './reading.ts';
import { type ImportedRole, importRole, roleEntry } from './role.ts';
import { Scene } from './scene.ts';
import type { Around } from './task.ts';
import { knownFile, varsFiles } from './varsfiles.ts';
import { INCLUDES, shortName, WORDS } from './words.ts';
import { type MapNode, member, type Node, placeOf } from './yaml.ts';

/** All plays of a playbook file, import_playbook followed. */
export function readPlaybook(reading: Reading, file: string, around: Keywords = NO_KEYWORDS): Play[] {
  const root = reading.file(file);
  if (!root) {
    reading.empty(file, 'this playbook is empty');
    return [];
  }
  if (root.kind !== 'list') {
    reading.complain(root, 'wrong-type', 'a playbook must be a list of plays', {
      mend: 'begin each play with "- hosts:"',
    });
    return [];
  }
  if (root.items.length === 0) reading.complain(root, 'empty-playbook', 'this playbook has no plays');
  return root.items.flatMap((node) => {
    if (node.kind !== 'map') {
      reading.complain(node, 'wrong-type', 'a play must be a dictionary');
      return [];
    }
    const imported = node.entries.find(({ key }) => shortName(key.text) === 'import_playbook');
    return imported
      ? importPlaybook(reading, node, imported.value, file, around)
      : readPlay(reading, node, file, around);
  });
}

function importPlaybook(reading: Reading, map: MapNode, target: Node, file: string, around: Keywords): Play[] {
  reading.keys(
    map,
    'playbook import',
    { has: ['name', 'when', 'tags', 'vars'], later: [] },
    map.entries.map(({ key }) => key.text).filter((key) => shortName(key) === 'import_playbook'),
  );
  const name = textOf(target) ?? '';
  const path = isAbsolute(name) ? name : resolve(dirname(file), name);
  if (!existsSync(path)) {
    reading.complain(target, 'missing-file', `there is no playbook "${name}" to import`, {
      why: `looked in ${shownPath(dirname(file))}`,
    });
    return [];
  }
  if (reading.chain.includes(path)) {
    const chain = [...reading.chain, path].map((one) => basename(one)).join(' → ');
    reading.complain(target, 'include-loop', `playbooks import each other in a circle: ${chain}`);
    return [];
  }
  return within(reading, path, () => readPlaybook(reading, path, inherit(reading, around, map, 'block')));
}

function readPlay(reading: Reading, map: MapNode, file: string, outer: Keywords): Play[] {
  const hosts = member(map, 'hosts');
  const task = !hosts && isTask(reading, map);
  if (!task) reading.keys(map, 'play', WORDS.play);
  if (
    !hosts ||
    (hosts.kind === 'scalar' && hosts.value === null) ||
    (hosts.kind === 'list' && hosts.items.length === 0)
  ) {
    if (task) {
      reading.complain(map, 'misplaced', 'this is a task, and a playbook is a list of plays', {
        mend: 'put it under tasks: of a play that says its hosts',
      });
      return [];
    }
    reading.complain(hosts ?? map, 'no-hosts', 'this play says no hosts', {
      mend: 'add hosts: with names, groups or all',
    });
    return [];
  }
  checkStrategy(reading, map);
  reading.templates(hosts);
  checkKind(reading, 'hosts', hosts);
  // vars of a play have a place of their own in the order of precedence, under its vars_files.
  const withoutVars = { ...map, entries: map.entries.filter(({ key }) => key.text !== 'vars') };
  const keywords = inherit(reading, outer, withoutVars, 'block');
  const folder = dirname(file);
  const vars = varsMember(reading, map, 'vars');
  const files = varsFiles(reading, map);
  const playVars = assignVars({}, vars, ...files.map((node) => knownFile(reading, node)));
  const around: Around = { keywords, folder, roleFolders: [], playFolder: folder, playVars };
  const scene = new Scene();
  reading.scene = scene;
  reading.scenes.push(scene);
  const earlier = reading.importedHandlers.length;
  const rolesBefore = reading.importedRoles.length;
  const roles = scene.reading('roles', () => readRoles(reading, map, around));
  const inside: Around = { ...around, roleFolders: [] };
  const items = (key: 'pre_tasks' | 'tasks' | 'post_tasks') =>
    scene.reading(key, () => readItems(reading, member(map, key), inside));
  const [preTasks, tasks, postTasks] = [items('pre_tasks'), items('tasks'), items('post_tasks')];
  const imported = reading.importedHandlers.slice(earlier);
  scene.play = {
    at: placeOf(map),
    file,
    folder,
    hosts,
    keywords,
    vars,
    varsFiles: files,
    varsPrompt: readPrompts(reading, map),
    preTasks,
    roles: roles.flatMap((role) => role.blocks),
    tasks,
    postTasks,
    handlers: [
      ...roleHandlers(roles),
      ...readHandlers(reading, member(map, 'handlers'), inside),
      // As in Ansible, those of roles that tasks import come last, so of one name it is they that answer.
      ...roleHandlers([{ handlers: imported }]),
    ],
    roleUses: [...roles.flatMap((role) => role.uses), ...reading.importedRoles.slice(rolesBefore)],
    ...nodes(reading, map),
  };
  checkNotified(reading, scene);
  reading.scene = undefined;
  return [scene.play];
}

/** Whether what stands among plays names a module, as a file of tasks does that is run as a playbook. */
function isTask(reading: Reading, map: MapNode): boolean {
  const modules: readonly string[] = [...reading.registry.names([]), ...INCLUDES, 'block'];
  return map.entries.some(({ key }) => modules.includes(shortName(key.text)));
}

function checkStrategy(reading: Reading, map: MapNode): void {
  const strategy = member(map, 'strategy');
  const name = shortName(textOf(strategy) ?? 'linear');
  if (strategy && name !== 'linear') {
    reading.complain(strategy, 'not-supported', `the strategy "${name}" is not supported yet`, {
      mend: 'use linear, which is what a play has without it',
    });
  }
}

function nodes(reading: Reading, map: MapNode): Partial<Play> {
  const found: Partial<Play> = {};
  const take = (
    key: string,
    name: 'name' | 'gatherFacts' | 'gatherSubset' | 'serial' | 'maxFailPercentage' | 'forceHandlers' | 'order',
  ): void => {
    const node = member(map, key);
    reading.templates(node);
    checkKind(reading, key, node);
    if (node) found[name] = node;
  };
  take('name', 'name');
  take('gather_facts', 'gatherFacts');
  take('gather_subset', 'gatherSubset');
  if (found.gatherSubset) checkSubset(reading, found.gatherSubset);
  take('serial', 'serial');
  take('max_fail_percentage', 'maxFailPercentage');
  take('force_handlers', 'forceHandlers');
  take('order', 'order');
  return found;
}

/** It is an argument of the task that gathers facts. */
function checkSubset(reading: Reading, value: Node): void {
  const { source, start, end } = value;
  const entries = [{ key: scalarAt(value, 'gather_subset'), value }];
  reading.pendingDefaults.push({ key: scalarAt(value, 'setup'), value: { kind: 'map', entries, source, start, end } });
}

function readRoles(reading: Reading, map: MapNode, around: Around): ImportedRole[] {
  const node = member(map, 'roles');
  if (node && node.kind !== 'list' && !(node.kind === 'scalar' && node.value === null)) {
    const text = textOf(node);
    reading.complain(node, 'wrong-type', 'roles must be a list', {
      mend: text === undefined ? 'begin each role with "- "' : `write it as a list: [${text}]`,
    });
    return [];
  }
  return listOf(node).flatMap((item) => {
    const call = roleEntry(reading, item, around);
    const role = call && importRole(reading, call, around);
    return role ? [role] : [];
  });
}

/** Handlers of roles, each role's once however often it is used. */
function roleHandlers(roles: readonly Pick<ImportedRole, 'handlers'>[]): Handler[] {
  const seen = new Set<string>();
  return roles
    .flatMap((role) => role.handlers)
    .filter((handler) => {
      const key = `${handler.at.file}:${handler.at.line}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
}

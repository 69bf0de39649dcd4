import type { Property } from '../module.ts';
import { readTruth } from '../value.ts';
import { isTemplated } from './expression.ts';
import type { Keywords, Play, Task } from './model.ts';
import { type Reading, shownPath, textOf } from './reading.ts';
import { searchedIn } from './rolename.ts';
import { type Act, isUnconditional, isUnset, PARTS, type Scene } from './scene.ts';
import { missingSource, seek } from './sources.ts';
import { member, type Node, toValue } from './yaml.ts';

/** What is known of a run before it begins, besides its playbooks. */
export interface Outlook {
  home: string;
  /** Not all tasks will run: there are tags, or a task to start at. */
  partial: boolean;
  /** Whom a play is for: nobody, others only, or the controller itself too. */
  reach(hosts: string | string[], playbookFolder: string): Reach;
}

type Reach = 'nobody' | 'others' | 'controller';

/**
 * Complains of files of the controller that tasks name and that are not there, where nothing could make them before the
 * task's turn, skip the task, or bear its failure.
 */
export class SourceCheck {
  readonly #outlook: Outlook;
  /** Of plays that were asked about: all hosts of a play are looked at for it, which is not done for each task. */
  readonly #reaches = new Map<Play, Reach | undefined>();
  /** A task before may have made files on the controller; in an earlier playbook of the run too. */
  #made = false;

  constructor(outlook: Outlook) {
    this.#outlook = outlook;
  }

  check(reading: Reading): void {
    for (const scene of reading.scenes) {
      if (scene.play) for (const act of ordered(scene.acts)) this.#act(reading, scene, scene.play, act);
    }
  }

  #act(reading: Reading, scene: Scene, play: Play, act: Act): void {
    if (this.#made) return;
    const { does, sure } = act;
    if (does !== 'unknown' && sure && !scene.mayEnd && !this.#outlook.partial && isCertain(does))
      this.#sources(reading, play, does);
    this.#made = does === 'unknown' || this.#mayMake(reading, play, does);
  }

  #sources(reading: Reading, play: Play, task: Task): void {
    const folders = [...searchedIn(task.keywords.role), task.folder, play.folder];
    for (const { node, kind } of sourcesOf(reading, task)) {
      const name = textOf(node) ?? '';
      const sought = seek(kind, name, [...new Set(folders)], this.#outlook.home);
      if (['nobody', undefined].includes(this.#reach(reading, play))) continue;
      if ('found' in sought) {
        if (kind === 'templates') checkTemplate(reading, task, sought.found);
        continue;
      }
      const { code, what, why, mend } = missingSource(name, sought.tried);
      reading.complain(node, code, what, {
        why: sought.tried.reduce((text, path) => text.replace(path, shownPath(path)), why),
        mend,
      });
    }
  }

  #reach(reading: Reading, play: Play): Reach | undefined {
    if (!this.#reaches.has(play)) this.#reaches.set(play, this.#reachOf(reading, play));
    return this.#reaches.get(play);
  }

  #reachOf(reading: Reading, { hosts, folder }: Play): Reach | undefined {
    if (isTemplated(hosts, reading.expressions)) return undefined;
    const value = toValue(hosts);
    try {
      return this.#outlook.reach(Array.isArray(value) ? value.map(String) : String(value), folder);
    } catch {
      // A pattern that cannot be read is told of elsewhere.
      return undefined;
    }
  }

  #mayMake(reading: Reading, play: Play, { spec, module, keywords }: Task): boolean {
    if (spec.kind === 'query' || HARMLESS.has(module)) return false;
    if (spec.kind === 'controller' || ('makes' in spec && spec.makes)) return true;
    return goesElsewhere(keywords, play) || this.#reach(reading, play) !== 'others';
  }
}

/** Complains of a template that cannot be read; with other brackets its turn tells. */
function checkTemplate(reading: Reading, { args }: Task, path: string): void {
  if (args?.kind !== 'map' || args.entries.some(({ key }) => key.text.endsWith('_string'))) return;
  try {
    reading.problems.push(...reading.expressions.checkFile(path, shownPath(path)));
  } catch {
    // What cannot be opened, as a vault without a password, is told of at its turn.
  }
}

/** Work on variables alone; what roles bring of that kind may do more. */
const HARMLESS = new Set([
  ...['add_host', 'assert', 'debug', 'fail', 'group_by', 'include_vars', 'pause', 'set_fact', 'validate_argument_spec'],
]);

/** In the order in which they run: a play's roles are read before its pre_tasks. */
const ordered = (acts: readonly Act[]): Act[] =>
  [...acts].sort((a, b) => PARTS.indexOf(a.part) - PARTS.indexOf(b.part));

/** Nothing that the task says may skip it or turn its failure into none. */
function isCertain({ keywords, loop, failedWhen, module }: Task): boolean {
  return (
    isUnconditional(keywords.when) &&
    isUnset(keywords.ignoreErrors) &&
    keywords.tags.every((tag) => /^[\w, -]+$/.test(textOf(tag) ?? '{') && !/\bnever\b/.test(textOf(tag) ?? '')) &&
    !keywords.moduleDefaults?.has(module) &&
    loop === undefined &&
    failedWhen === undefined
  );
}

/** The task may run on another host than the play's, or these may be reached in another way than the inventory says. */
function goesElsewhere({ delegateTo, connection, vars }: Keywords, play: Play): boolean {
  const named = [play.vars, ...vars.map((layer) => layer.vars)].some((one) =>
    ['ansible_connection', 'ansible_host'].some((name) => name in one),
  );
  return (
    named ||
    delegateTo !== undefined ||
    (connection !== undefined && !/^(ssh|smart|openssh)$/.test(textOf(connection) ?? ''))
  );
}

/** The arguments that name files of the controller, where no template and no other argument is in the way. */
function sourcesOf(reading: Reading, { spec, args }: Task): { node: Node; kind: string }[] {
  if (args?.kind !== 'map') return [];
  return Object.entries<Property>(spec.schema.properties).flatMap(([name, { source, aliases = [] }]) => {
    const node = source && [name, ...aliases].map((one) => member(args, one)).find((one) => one !== undefined);
    if (!source || node?.kind !== 'scalar' || typeof node.value !== 'string' || isTemplated(node, reading.expressions))
      return [];
    const elsewhere = Object.entries(source.unless ?? {}).some(([other, value]) => {
      const given = member(args, other);
      return given !== undefined && readTruth(textOf(given) ?? '') !== !value;
    });
    return elsewhere ? [] : [{ node, kind: source.kind }];
  });
}

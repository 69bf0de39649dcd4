import type { Include, Play, Task } from './model.ts';
import type { Node } from './yaml.ts';

/** A handler as something that may be notified. */
export interface Answering {
  name: Node | undefined;
  listen: readonly Node[];
  /** Names of its role. */
  roles: readonly string[];
}

/** What a play does, in the order in which it is read: a task, or an include of which nothing is known before the run. */
export interface Act {
  does: Task | 'unknown';
  /** False where something may skip it, or where its failure may be borne. */
  sure: boolean;
  part: Part;
}

/** The parts of a play in the order in which they run. Handlers may run after the first already. */
export const PARTS = ['handlers', 'pre_tasks', 'roles', 'tasks', 'post_tasks'] as const;
export type Part = (typeof PARTS)[number];

interface Here {
  part: Part;
  sure: boolean;
  conditional: boolean;
}

/** What is learned of a play while it is read, so that it can be judged as a whole before the run. */
export class Scene {
  readonly notified: Node[] = [];
  readonly answering: Answering[] = [];
  readonly acts: Act[] = [];
  /** Something is included that is known only in the run: it may bring handlers. */
  open = false;
  /** Something may end the play early. */
  mayEnd = false;
  play: Play | undefined;
  /** What holds for all that is read now. */
  #here: Here = { part: 'tasks', sure: true, conditional: false };

  task(task: Task): void {
    this.#act(task);
  }

  notify(node: Node): void {
    if (!this.#here.conditional) this.notified.push(node);
  }

  unknown(): void {
    this.open = true;
    this.#act('unknown');
  }

  /** Reads what may be skipped, or may fail without harm. */
  unsure<T>(read: () => T): T {
    return this.#during({ sure: false }, read);
  }

  /** Reads what an include with a condition brings. */
  conditional<T>(read: () => T): T {
    return this.#during({ sure: false, conditional: true }, read);
  }

  /** Reads a part of the play; a handler may never be notified. */
  reading<T>(part: Part, read: () => T): T {
    return this.#during(part === 'handlers' ? { part, sure: false } : { part }, read);
  }

  #act(does: Act['does']): void {
    const { part, sure } = this.#here;
    this.acts.push({ does, sure, part });
  }

  #during<T>(change: Partial<Here>, read: () => T): T {
    const before = this.#here;
    this.#here = { ...before, ...change };
    try {
      return read();
    } finally {
      this.#here = before;
    }
  }
}

/** Whether an include may be left out, or its failure borne. */
export const maySkip = ({ keywords, loop }: Pick<Include, 'keywords' | 'loop'>): boolean =>
  !isUnconditional(keywords.when) || keywords.tags.length > 0 || !isUnset(keywords.ignoreErrors) || loop !== undefined;

/** No condition can be false. */
export const isUnconditional = (when: readonly Node[]): boolean =>
  when.every((node) => node.kind === 'scalar' && node.value === true);

export const isUnset = (node: Node | undefined): boolean =>
  node === undefined || (node.kind === 'scalar' && node.value === false);

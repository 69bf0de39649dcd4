import type { Include, Play, Task } from './model.ts';
import type { Node } from './yaml.ts';

/** A handler as something that may be notified. */
export interface Answering {
  name: Node | undefined;
  listen: readonly Node[];
  role: string | undefined;
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

/** What is learned of a play while it is read, so that it can be judged as a whole before the run. */
export class Scene {
  readonly notified: Node[] = [];
  readonly answering: Answering[] = [];
  readonly acts: Act[] = [];
  /** Something is included that is known only in the run: it may bring handlers. */
  open = false;
  /** Something may end the play early. */
  mayEnd = false;
  part: Part = 'tasks';
  play: Play | undefined;
  #sure = true;
  #conditional = false;

  task(task: Task): void {
    this.acts.push({ does: task, sure: this.#sure, part: this.part });
  }

  notify(node: Node): void {
    if (!this.#conditional) this.notified.push(node);
  }

  unknown(): void {
    this.open = true;
    this.acts.push({ does: 'unknown', sure: this.#sure, part: this.part });
  }

  /** Reads what may be skipped, or may fail without harm. */
  unsure<T>(read: () => T): T {
    const before = this.#sure;
    this.#sure = false;
    try {
      return read();
    } finally {
      this.#sure = before;
    }
  }

  /** Reads what an include with a condition brings. */
  conditional<T>(read: () => T): T {
    const before = this.#conditional;
    this.#conditional = true;
    try {
      return this.unsure(read);
    } finally {
      this.#conditional = before;
    }
  }

  /** Reads a part of the play. */
  reading<T>(part: Part, read: () => T): T {
    const before = this.part;
    this.part = part;
    try {
      return part === 'handlers' ? this.unsure(read) : read();
    } finally {
      this.part = before;
    }
  }
}

/** Whether an include may be left out, or its failure borne. */
export const maySkip = ({ keywords, loop }: Pick<Include, 'keywords' | 'loop'>): boolean =>
  !keywords.when.every(isTrue) || keywords.tags.length > 0 || !isUnset(keywords.ignoreErrors) || loop !== undefined;

export const isTrue = (node: Node): boolean => node.kind === 'scalar' && node.value === true;

export const isUnset = (node: Node | undefined): boolean =>
  node === undefined || (node.kind === 'scalar' && node.value === false);

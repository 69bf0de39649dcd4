import type { Problem } from '../problem.ts';
import { isUnreachable } from './codes.ts';
import type { Become } from './connection.ts';
import type { Effect } from './request.ts';
import type { As } from './session.ts';
import type { Shell } from './shell.ts';

/** Lends a shell for one request. */
export type Use = <T>(effect: Effect, work: (shell: Shell) => Promise<T>) => Promise<T>;

/** One shell, and for whom it is at work on changes. */
export interface Desk {
  become: Become | undefined;
  shell: Promise<Shell>;
  changes: (string | undefined)[];
}

const keyOf = (become: Become | undefined): string =>
  become ? [become.method, become.exe, become.user, ...become.flags].join(' ') : '';

/**
 * The shells of one connection. Each user has one, which serves task after task; where it is at work on a change for the
 * task of one host, that of another, delegated here as well, gets a further one and does not wait.
 */
export class Shells {
  readonly #open: (become: Become | undefined) => Promise<Shell>;
  readonly #onTimeout: (shell: Shell, become: Become | undefined) => void;
  readonly #desks = new Map<string, Desk[]>();
  #most: number;

  /** `most`: how many of one user there may be. */
  constructor(
    most: number,
    open: (become: Become | undefined) => Promise<Shell>,
    onTimeout: (shell: Shell, become: Become | undefined) => void,
  ) {
    this.#most = most;
    this.#open = open;
    this.#onTimeout = onTimeout;
  }

  has({ become }: As): boolean {
    return this.#of(become).length > 0;
  }

  all(): Desk[] {
    return [...this.#desks.values()].flat();
  }

  async use<T>({ become, by }: As, effect: Effect, work: (shell: Shell) => Promise<T>): Promise<T> {
    const desk = this.#deskFor(become, by);
    if (effect === 'reads') return work(await desk.shell);
    desk.changes.push(by);
    try {
      return await work(await desk.shell);
    } finally {
      desk.changes.splice(desk.changes.indexOf(by), 1);
    }
  }

  #of(become: Become | undefined): Desk[] {
    const key = keyOf(become);
    const desks = this.#desks.get(key) ?? [];
    this.#desks.set(key, desks);
    return desks;
  }

  #deskFor(become: Become | undefined, by: string | undefined): Desk {
    const desks = this.#of(become);
    const free = desks.find(({ changes }) => changes.every((one) => one === by));
    if (free) return free;
    if (desks.length >= this.#most) return leastBusy(desks);
    const further = desks.length > 0;
    const desk: Desk = { become, shell: this.#open(become), changes: [] };
    desks.push(desk);
    const drop = (): void => {
      const at = desks.indexOf(desk);
      if (at !== -1) desks.splice(at, 1);
    };
    desk.shell = desk.shell.then(
      (shell) => {
        shell.onTimeout = () => {
          drop();
          this.#onTimeout(shell, become);
        };
        shell.onHeld = drop;
        shell.onLost = drop;
        if (shell.lost) drop();
        return shell;
      },
      (problem: Problem) => {
        // A password that was refused is not given again and again; a connection that was lost may be there again.
        if (further || isUnreachable(problem)) drop();
        if (!further || desks.length === 0) throw problem;
        // As many as the host allows, then.
        this.#most = desks.length;
        return leastBusy(desks).shell;
      },
    );
    desk.shell.catch(() => undefined);
    return desk;
  }
}

const leastBusy = (desks: readonly Desk[]): Desk =>
  desks.reduce((least, desk) => (desk.changes.length < least.changes.length ? desk : least));

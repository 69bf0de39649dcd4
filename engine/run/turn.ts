import type { Event, Events, TaskRef } from '../event.ts';

/**
 * A task's turn on a host. Work that is done before it has come may look at the host and at files, but is told of only
 * when the turn comes, opens no connection, and runs no command on the controller.
 */
export class Turn {
  readonly #events: Events;
  /** Whose turn it is. */
  readonly host: string;
  readonly #held: Event[] = [];
  #ref: TaskRef | undefined;
  /** When its work began, or the last try at it, by `performance.now`. */
  began: number | undefined;
  /** Nothing is told but the result: the task has no_log. */
  quiet = false;
  /** A writer was handed out: what was read for this turn before may no longer hold. */
  wrote = false;

  constructor(events: Events, host: string) {
    this.#events = events;
    this.host = host;
  }

  get come(): boolean {
    return this.#ref !== undefined;
  }

  begin(ref: TaskRef): void {
    this.#ref = ref;
    for (const event of this.#held.splice(0)) this.#events.emit(event);
  }

  warn(text: string): void {
    if (this.quiet) return;
    const event: Event = { type: 'message', host: this.host, level: 'warning', verbosity: 0, text };
    if (this.come) this.#events.emit(event);
    else this.#held.push(event);
  }

  tell(text: string): void {
    if (!this.quiet) this.#events.emit({ type: 'message', host: this.host, level: 'info', verbosity: 0, text });
  }

  progress(label: string, done: number, total: number): void {
    if (this.#ref && !this.quiet)
      this.#events.emit({ type: 'progress', task: this.#ref, host: this.host, label, done, total });
  }
}

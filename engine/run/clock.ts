/**
 * Logical time of a run. It moves whenever something was done that a template or a probe could see: a writer was used on
 * any host, a variable is set, a host leaves the play. What was rendered or read holds while it stands still.
 */
export class Clock {
  #now = 0;

  get now(): number {
    return this.#now;
  }

  tick(): void {
    this.#now++;
  }
}

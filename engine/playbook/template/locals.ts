/** Names that a template itself sets, in nested scopes. */
export class Locals {
  readonly #values = new Map<string, unknown>();
  readonly #outer: Locals | undefined;

  constructor(outer?: Locals, values?: Readonly<Record<string, unknown>>) {
    this.#outer = outer;
    if (values) for (const [name, value] of Object.entries(values)) this.#values.set(name, value);
  }

  get(name: string): unknown {
    const value = this.#values.get(name);
    return value === undefined ? this.#outer?.get(name) : value;
  }

  set(name: string, value: unknown): void {
    this.#values.set(name, value);
  }

  names(): string[] {
    return [...this.#values.keys(), ...(this.#outer?.names() ?? [])];
  }

  /** The same names with their values of now. */
  copy(): Locals {
    return new Locals(undefined, Object.fromEntries(this.names().map((name) => [name, this.get(name)])));
  }

  /** What was set in this scope itself: the members of an imported template. */
  own(): Record<string, unknown> {
    return Object.fromEntries(this.#values);
  }
}

/** Nothing set yet. */
export const NO_LOCALS = new Locals();

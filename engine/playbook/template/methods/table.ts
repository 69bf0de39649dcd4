/** A method by its name: what it is called on, its arguments by position and by name. */
export type Method<T> = (self: T, args: unknown[], named: Record<string, unknown>) => unknown;
export type Methods<T> = Record<string, Method<T>>;

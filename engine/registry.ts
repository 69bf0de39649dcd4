import type { Module } from './module.ts';

/** Finds modules by file name: a role's `modules/` first, then the engine's. A name that two places define is refused. */
export interface Registry {
  /** `roleFolders`: absolute folders of roles whose `modules/` count, the task's own role first, then its dependencies. */
  find(name: string, roleFolders?: readonly string[]): Promise<Module | undefined>;
  /** Every name that `find` would answer to, sorted. */
  names(roleFolders?: readonly string[]): string[];
}

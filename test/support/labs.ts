import type { TestProject } from 'vitest/node';
import { ended, labsGone, labsGoneAtOnce, play, type Said, whyNoLab } from './lab.ts';

const must = (said: Said): void => {
  if (said.status !== 0) throw new Error(ended(said));
};

declare module 'vitest' {
  export interface ProvidedContext {
    /** Why this machine cannot hold a lab, asked once for all files; null when it can. */
    whyNoLab: string | null;
  }
}

/** Before all tests: the programs of the mesh are in the cache, which two files would otherwise fill at once, each by itself. */
export async function setup(project: TestProject): Promise<void> {
  const why = whyNoLab();
  project.provide('whyNoLab', why ?? null);
  if (why !== undefined) return;
  // Where the run is interrupted, vitest ends without the teardown.
  process.once('exit', labsGoneAtOnce);
  must(await play('site', '--limit', 'localhost'));
}

/** After all tests: of a lab that was left for a next file, nothing is left either. */
export async function teardown(): Promise<void> {
  if (whyNoLab() === undefined) for (const said of await labsGone()) must(said);
}

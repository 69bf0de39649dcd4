import type { TestProject } from 'vitest/node';
import { ended, labGone, labGoneAtOnce, programsCached, type Said, whyNoLab } from './lab.ts';

const must = (said: Said): void => {
  if (said.status !== 0) throw new Error(ended(said));
};

declare module 'vitest' {
  export interface ProvidedContext {
    /** Why this machine cannot hold a lab, asked once for all files; null when it can. */
    whyNoLab: string | null;
  }
}

/** Before all tests on a lab: the programs of the mesh are in the cache. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const why = whyNoLab();
  project.provide('whyNoLab', why ?? null);
  if (why !== undefined) return undefined;
  const number = Number(project.config.env['MESH_PLAY_TEST_LAB_NUMBER']);
  // Where the run is interrupted, vitest ends without the teardown.
  process.once('exit', () => labGoneAtOnce(number));
  must(await programsCached());
  // Of a lab that was left for a next file, nothing is left either.
  return async () => must(await labGone(number));
}

import { ended, labsGone, play, type Said, whyNoLab } from './lab.ts';

const must = (said: Said): void => {
  if (said.status !== 0) throw new Error(ended(said));
};

/** Before all tests: the programs of the mesh are in the cache, which two files would otherwise fill at once, each by itself. */
export async function setup(): Promise<void> {
  if (whyNoLab() === undefined) must(await play('site', '--limit', 'localhost'));
}

/** After all tests: of a lab that was left for a next file, nothing is left either. */
export async function teardown(): Promise<void> {
  if (whyNoLab() === undefined) for (const said of await labsGone()) must(said);
}

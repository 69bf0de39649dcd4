import { basename, dirname } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files on lab hosts in the order in which they begin, those that take longest first. What comes next is taken by whichever
 * lab is free, and a lab that has the mesh is left with it for a next file that finds it: so files that do, and files that
 * want bare hosts, take turns as long as the labs with and without it become free in turn. Others follow.
 */
const ORDER = [
  'mesh/site',
  'mesh/operations',
  'cilium',
  'mesh/mesh',
  'mesh/sidecar',
  'postgres',
  'mesh/audit',
  'endpoint',
]
  .concat(['mesh/revoke', 'mesh/nginx'])
  .map((name) => `${name}.test.ts`);

function turn({ moduleId }: TestSpecification): number {
  const folder = basename(dirname(moduleId));
  const place = ORDER.indexOf(folder === 'lab' ? basename(moduleId) : `${folder}/${basename(moduleId)}`);
  return place === -1 ? ORDER.length : place;
}

export class LabsInTurn extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => turn(one) - turn(other));
  }
}

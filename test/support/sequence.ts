import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that leave on the lab what those after them find there (onlab.ts), so that it is brought up once for all of them. */
const BARE = ['cilium', 'endpoint', 'connection', 'interrupt', 'prod'].map((name) => `test/lab/${name}.test.ts`);
const MESH = 'test/lab/mesh/';

/** Those that want bare hosts, and after them the one that brings up the mesh and those that find it. */
function turn({ moduleId }: TestSpecification): number {
  if (moduleId.endsWith(`${MESH}site.test.ts`)) return BARE.length + 1;
  if (moduleId.includes(`/${MESH}`)) return BARE.length + 2;
  const bare = BARE.findIndex((file) => moduleId.endsWith(file));
  return bare === -1 ? BARE.length : bare;
}

export class LabsTogether extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => turn(one) - turn(other));
  }
}

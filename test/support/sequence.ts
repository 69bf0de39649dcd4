import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that leave on the lab what those after them find there (onlab.ts), so that it is brought up once for all of them. */
const FIRST = ['mesh/site', 'cilium', 'endpoint', 'connection', 'interrupt', 'prod'].map(
  (name) => `test/lab/${name}.test.ts`,
);

/** Then those that want bare hosts, and the others that find the mesh, one after the other. */
function turn({ moduleId }: TestSpecification): number {
  const first = FIRST.findIndex((file) => moduleId.endsWith(file));
  if (first !== -1) return first;
  return moduleId.includes('/test/lab/mesh/') ? FIRST.length + 1 : FIRST.length;
}

export class LabsTogether extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => turn(one) - turn(other));
  }
}

import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Of the files whose tests find the mesh, the one that brings it up comes first, and the others one after the other, so that
 * it is brought up once for all of them.
 */
const turn = ({ moduleId }: TestSpecification): number =>
  moduleId.endsWith('test/lab/mesh/site.test.ts') ? 0 : moduleId.includes('/test/lab/mesh/') ? 2 : 1;

export class MeshTogether extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => turn(one) - turn(other));
  }
}

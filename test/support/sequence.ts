import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files whose tests find the mesh come first, so that it is brought up once for all of them; of those first the one that
 * brings it up.
 */
const turn = ({ moduleId }: TestSpecification): number =>
  moduleId.endsWith('test/lab/mesh/site.test.ts') ? 0 : moduleId.includes('/test/lab/mesh/') ? 1 : 2;

export class MeshFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => turn(one) - turn(other));
  }
}

import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { LabsTogether } from './test/support/sequence.ts';

const resolve = { alias: { 'mesh-play': fileURLToPath(new URL('./engine/module.ts', import.meta.url)) } };

/**
 * Files with tests on a lab run one after the other, and there are two labs. One has the mesh nearly all the time, the other one
 * what wants bare hosts, but for so much that both take about as long. Tried: with three labs on two cores each test takes
 * longer by more than half.
 */
const lab = (number: number, include: string[], exclude: string[] = []) => ({
  resolve,
  test: {
    name: `lab${number}`,
    include,
    exclude,
    env: { MESH_PLAY_TEST_LAB_NUMBER: String(number) },
    globalSetup: 'test/support/labs.ts',
    // After the unit tests, where both run: their workers have other numbers.
    sequence: { groupOrder: 1 },
    maxWorkers: 1,
    testTimeout: 600_000,
    hookTimeout: 3_600_000,
  },
});

const X509POP = 'test/lab/x509pop.test.ts';

export default defineConfig({
  test: {
    sequence: { sequencer: LabsTogether },
    projects: [
      {
        resolve,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/lab/**', 'node_modules/**'],
          // Else every file reads the whole engine anew, which costs as much as its tests.
          isolate: false,
          setupFiles: 'test/support/each.ts',
          // vitest would leave one to itself, which does little.
          maxWorkers: availableParallelism(),
          // What hangs, not what is slow: a first build by Go compiles the standard library.
          testTimeout: 120_000,
        },
      },
      lab(1, ['test/lab/mesh/*.test.ts', X509POP]),
      lab(2, ['test/lab/*.test.ts'], [X509POP]),
    ],
  },
});

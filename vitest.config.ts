import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { LABS } from './test/support/lab.ts';
import { MeshFirst } from './test/support/sequence.ts';

const alias = { 'mesh-play': fileURLToPath(new URL('./engine/module.ts', import.meta.url)) };

export default defineConfig({
  test: {
    sequence: { sequencer: MeshFirst },
    projects: [
      {
        resolve: { alias },
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
      {
        resolve: { alias },
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          globalSetup: 'test/support/labs.ts',
          // After the unit tests, where both run: their workers have other numbers.
          sequence: { groupOrder: 1 },
          maxWorkers: LABS,
          testTimeout: 600_000,
          hookTimeout: 3_600_000,
        },
      },
    ],
  },
});

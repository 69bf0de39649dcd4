import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const alias = { 'mesh-play': fileURLToPath(new URL('./engine/module.ts', import.meta.url)) };

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/lab/**', 'node_modules/**'] },
      },
      {
        resolve: { alias },
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          // One lab of real hosts is shared by all files, so they take turns.
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 3_600_000,
        },
      },
    ],
  },
});

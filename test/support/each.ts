import { afterAll, vi } from 'vitest';
import { Problem } from '../../engine/problem.ts';
import { ended } from './module.ts';

/** Files of unit tests run one after the other in one process, and what they import is read once: each finds it as the first did. */
const before = { ...process.env };

// What roles hold is read once a process, and what it throws would not be known as a Problem by an engine that was read anew.
const shared = globalThis as { firstProblem?: typeof Problem };
shared.firstProblem ??= Problem;
if (shared.firstProblem !== Problem)
  throw new Error('a test before has called vi.resetModules: import with a query, as "./a.ts?second", instead');

afterAll(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await ended();
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});

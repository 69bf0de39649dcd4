import { afterAll, vi } from 'vitest';
import { ended } from './module.ts';

/** Files of unit tests run one after the other in one process, and what they import is read once: each finds it as the first did. */
const before = { ...process.env };

afterAll(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await ended();
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});

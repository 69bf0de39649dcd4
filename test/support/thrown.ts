import { Problem } from '../../engine/problem.ts';

/** The Problem a promise ends with; anything else fails the test. */
export async function thrownBy(promise: Promise<unknown>): Promise<Problem> {
  const thrown = await promise.then(
    (value) => new Error(`expected a Problem, not ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (thrown instanceof Problem) return thrown;
  throw thrown;
}

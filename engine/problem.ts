import { frameOf, type Place } from './frame.ts';

export type { Place } from './frame.ts';

/** What a problem says. `code` is stable and what programs branch on; the texts are for people. */
export interface ProblemParts {
  /** Stable kebab-case name of the kind of problem, such as `unknown-argument`. */
  code: string;
  /** What is wrong, in the user's words, with values in quotes. */
  what: string;
  at?: Place | undefined;
  why?: string | undefined;
  /** One action to take; left out when there is none to name. */
  mend?: string | undefined;
  /** Further lines to show, such as the last lines of stderr or of a unit's log. */
  details?: readonly string[] | undefined;
  cause?: unknown;
}

/** An error a person can act on: where, what, why, mend. */
export class Problem extends Error {
  readonly code: string;
  readonly what: string;
  readonly at: Place | undefined;
  readonly why: string | undefined;
  readonly mend: string | undefined;
  readonly details: readonly string[];

  constructor(parts: ProblemParts) {
    super(parts.what, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = 'Problem';
    this.code = parts.code;
    this.what = parts.what;
    this.at = parts.at;
    this.why = parts.why;
    this.mend = parts.mend;
    this.details = parts.details ?? [];
  }

  /** The same problem with a place, when it has none yet. */
  placed(at: Place | undefined): Problem {
    return this.at || !at ? this : new Problem({ ...this.parts(), at });
  }

  parts(): ProblemParts {
    const { code, what, at, why, mend, details, cause } = this;
    return { code, what, at, why, mend, details, cause };
  }
}

/** Every problem found in the input files, thrown together so that one run shows them all. */
export class Problems extends Error {
  readonly list: readonly Problem[];

  constructor(list: readonly Problem[]) {
    super(list.map((problem) => problem.what).join('\n'));
    this.name = 'Problems';
    this.list = list;
  }
}

/** Turns anything thrown into a Problem; what is not one already is a bug of ours and keeps its stack as the cause. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  const what = thrown instanceof Error ? thrown.message : String(thrown);
  return new Problem({ code: 'bug', what, cause: thrown });
}

/** The problem as plain lines of text: place, source line with underline, details, why, mend. */
export function formatProblem(problem: Problem): string {
  const { at } = problem;
  const lines = [at ? `${at.file}:${at.line}:${at.column}: ${problem.what}` : problem.what];
  if (at) lines.push(...frameOf(at));
  for (const detail of problem.details) lines.push(`    ${detail}`);
  if (problem.why) lines.push(`  why:  ${problem.why}`);
  if (problem.mend) lines.push(`  mend: ${problem.mend}`);
  return lines.join('\n');
}

/** The candidate nearest to a misspelt name, or undefined when none is near enough to be meant. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  // Short words are near to any other, so at least one letter must be in common.
  let bestDistance = Math.min(Math.max(2, Math.floor(name.length / 3)), name.length - 1) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

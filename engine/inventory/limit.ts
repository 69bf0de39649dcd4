import { readFileSync, statSync } from 'node:fs';
import { Problem } from '../problem.ts';
import { splitPattern } from './split.ts';

/** The parts of a `--limit`; `@file` stands for the lines of a file, each a part. */
export function readLimit(limit: string): string[] {
  return splitPattern(limit).flatMap((part) => (part.startsWith('@') ? readLines(part.slice(1)) : [part]));
}

function readLines(file: string): string[] {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat)
    throw problem(`limit file "${file}" does not exist`, 'after "@" comes a file with one pattern on each line');
  if (!stat.isFile()) throw problem(`limit "@${file}" is not a file`, 'name a file with one pattern on each line');
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function problem(what: string, mend: string): Problem {
  return new Problem({ code: 'limit-file', what, mend });
}

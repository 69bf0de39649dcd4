import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { frameOf } from './frame.ts';

/** Where the engine is: what goes wrong there is no mistake of a role's author. */
const OWN = fileURLToPath(new URL('.', import.meta.url));

/** In a stack of V8, and in what the compiler says of a file that it cannot read, who counts columns from 0. */
const PLACE = /^\s*(at .*?)?\(?(?:file:\/\/)?(\/[^\s():]+):(\d+):(\d+)\)?$/;

/** The line of a role's own code that an error comes from, as a problem shows a line; nothing where it is none of theirs. */
export function blamed(thrown: unknown): string[] {
  if (!(thrown instanceof Error)) return [];
  for (const line of (thrown.stack ?? '').split('\n')) {
    const [, stack, file, row, column] = PLACE.exec(line) ?? [];
    if (file === undefined || file.startsWith(OWN) || file.includes('/node_modules/')) continue;
    const text = lineOf(file, Number(row));
    if (text === undefined) continue;
    const whole = { column: text.length - text.trimStart().length + 1, length: text.trim().length };
    // Of what runs only lines are kept as they are written: its types are taken out.
    const part = stack === undefined ? { column: Number(column) + 1 } : whole;
    return [`${file}:${row}`, ...frameOf({ file, line: Number(row), text, ...part })];
  }
  return [];
}

function lineOf(file: string, row: number): string | undefined {
  try {
    return readFileSync(file, 'utf8').split('\n')[row - 1];
  } catch {
    return undefined;
  }
}

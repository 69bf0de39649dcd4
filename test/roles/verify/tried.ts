import { execFile } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { outcomesOf } from '../../../roles/verify/lib/outcomes.ts';
import { type Place, placeWords } from '../../../roles/verify/lib/places.ts';
import type { Outcome } from '../../../roles/verify/lib/probe.ts';

const FILES = join(import.meta.dirname, '../../../roles/verify/files');
export const TRY = join(FILES, 'try');
/** What is run in each place. */
export const TRIES = ['postgres', 'tries'].map((name) => readFileSync(join(FILES, name), 'utf8')).join('');

/** Puts a program of the folder in the place of another. */
export function fakeProgram(folder: string, name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}`);
  chmodSync(join(folder, name), 0o755);
}

/** What comes of acts on this machine, by their ids; programs are looked for in the folder first. */
export async function triedHere(folder: string, acts: Record<string, (string | number)[]>) {
  const words = Object.entries(acts).map(([id, act]): [string, string[]] => [act.join('\t'), [id]]);
  const places: Place[] = [{ namespace: null, user: null, acts: new Map(words) }];
  const { stdout } = await promisify(execFile)(
    'sh',
    [TRY, folder, '/agent.sock', 'agent', TRIES, ...places.flatMap(placeWords)],
    { env: { ...process.env, PATH: `${folder}:${process.env['PATH']}` } },
  );
  return outcomesOf(places, stdout) as Record<string, Outcome>;
}

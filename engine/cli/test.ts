import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { Problem } from '../problem.ts';
import { roleImporter } from '../registry.ts';
import { cacheFolder, EXIT, type Process } from './process.ts';

/** Runs the tests of roles. They are written for `node:test`, which runs and prints them and sets the exit code. */
export async function testRoles(roles: readonly string[], process: Process): Promise<number> {
  const files = roles.flatMap(testsOf);
  const load = roleImporter(cacheFolder(process));
  for (const file of files) await load(file);
  return EXIT.fine;
}

function testsOf(role: string): string[] {
  const folder = resolve(role, 'test');
  const found = namesIn(folder).filter((name) => /\.test\.[tj]s$/.test(name));
  if (found.length > 0) return found.sort().map((name) => join(folder, name));
  throw new Problem({
    code: 'bad-options',
    what: `there is no test in ${join(role, 'test')}`,
    mend: `name the folder of a role, as in: mesh-play test roles/${basename(role)}`,
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

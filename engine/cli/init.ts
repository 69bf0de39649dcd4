import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Problem } from '../problem.ts';
import { EXIT, type Process } from './process.ts';
import { roleFiles } from './skeleton.ts';

/** Makes a role with one TypeScript module and its test. Refuses to touch a folder that is there. */
export async function initRole(name: string, path: string, process: Process): Promise<number> {
  if (!/^[a-z][a-z0-9]*([-_][a-z0-9]+)*$/.test(name)) {
    throw new Problem({
      code: 'bad-options',
      what: `"${name}" is no name for a role`,
      mend: 'use small letters, digits and hyphens, such as my-product',
    });
  }
  const folder = join(path, name);
  if (existsSync(folder)) {
    throw new Problem({
      code: 'bad-options',
      what: `there is already something at ${folder}`,
      mend: 'choose another name',
    });
  }
  for (const [file, text] of Object.entries(roleFiles(name))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
    process.stdout.write(`${join(folder, file)}\n`);
  }
  return EXIT.fine;
}

import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { nearest } from '../problem.ts';

/** Where a file of the controller is, or where it was looked for. */
export type Sought = { found: string } | { tried: string[] };

/** Looks for a file in Ansible's order: each folder's subfolder of that kind, then the folder itself. */
export function seek(kind: string, name: string, folders: readonly string[], home: string): Sought {
  const wanted = name.replace(/^~(?=\/|$)/, home);
  const tried = isAbsolute(wanted)
    ? [wanted]
    : folders.flatMap((folder) => [join(folder, kind, wanted), join(folder, wanted)]);
  const found = tried.find((candidate) => existsSync(candidate));
  return found === undefined ? { tried } : { found: resolve(found) };
}

/** What is said of a file that is in none of the places where it was looked for. */
export function missingSource(
  name: string,
  tried: readonly string[],
): { code: string; what: string; why: string; mend?: string } {
  const near = nearest(
    basename(name),
    tried.flatMap((path) => namesIn(dirname(path))),
  );
  return {
    code: 'missing-file',
    what: `there is no file "${name}" on the controller`,
    why: `looked for ${tried.join(', ')}`,
    ...(near === undefined ? {} : { mend: `did you mean "${join(dirname(name), near)}"?` }),
  };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

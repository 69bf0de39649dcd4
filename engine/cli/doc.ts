import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { jsonSchema, manual } from '../doc.ts';
import type { Module } from '../module.ts';
import { shortName } from '../playbook/words.ts';
import { nearest, Problem } from '../problem.ts';
import { createRegistry, type Registry } from '../registry.ts';
import { cacheFolder, EXIT, type Process } from './process.ts';

/** Prints the manuals of modules, or every module with its one sentence; those of roles below this folder too. */
export async function doc(names: readonly string[], process: Process): Promise<number> {
  const registry = createRegistry({ cacheFolder: cacheFolder(process) });
  if (names.length === 0) {
    const modules = await Promise.all(registry.names(rolesHere()).map((name) => find(registry, name)));
    const width = Math.max(...modules.map((module) => module.name.length));
    for (const module of modules) process.stdout.write(`${module.name.padEnd(width)}  ${module.description}\n`);
    return EXIT.fine;
  }
  const found = await Promise.all(names.map((name) => find(registry, name)));
  process.stdout.write(found.map(manual).join('\n'));
  return EXIT.fine;
}

/** Prints a JSON Schema of playbooks, for editors. */
export async function schema(process: Process): Promise<number> {
  const registry = createRegistry();
  const modules = await Promise.all(registry.names().map((name) => find(registry, name)));
  process.stdout.write(`${JSON.stringify(jsonSchema(modules), null, 2)}\n`);
  return EXIT.fine;
}

/** Roles below the current folder: their modules have manuals too. */
function rolesHere(): string[] {
  try {
    return readdirSync('roles')
      .sort()
      .map((role) => resolve('roles', role));
  } catch {
    return [];
  }
}

async function find(registry: Registry, name: string): Promise<Module> {
  const module = await registry.find(shortName(name));
  if (module) return module;
  const roles = rolesHere();
  const role = roles.find((folder) => registry.names([folder]).includes(name));
  const own = role && (await registry.find(name, [role]));
  if (own) return own;
  const near = nearest(name, registry.names(roles));
  throw new Problem({
    code: 'unknown-module',
    what: `there is no module "${name}"`,
    mend: near ? `did you mean "${near}"?` : 'mesh-play doc lists them all',
  });
}

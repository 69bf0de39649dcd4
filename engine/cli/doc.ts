import { jsonSchema, manual } from '../doc.ts';
import type { Module } from '../module.ts';
import { nearest, Problem } from '../problem.ts';
import { createRegistry, type Registry } from '../registry.ts';
import { EXIT, type Process } from './process.ts';

/** Prints the manuals of modules, or every module with its one sentence. */
export async function doc(names: readonly string[], process: Process): Promise<number> {
  const registry = createRegistry();
  if (names.length === 0) {
    const modules = await all(registry);
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
  process.stdout.write(`${JSON.stringify(jsonSchema(await all(createRegistry())), null, 2)}\n`);
  return EXIT.fine;
}

async function all(registry: Registry): Promise<Module[]> {
  return Promise.all(registry.names().map((name) => find(registry, name)));
}

async function find(registry: Registry, name: string): Promise<Module> {
  const module = await registry.find(name.replace(/^ansible\.builtin\./, ''));
  if (module) return module;
  const near = nearest(name, registry.names());
  throw new Problem({
    code: 'unknown-module',
    what: `there is no module "${name}"`,
    mend: near ? `did you mean "${near}"?` : 'mesh-play doc lists them all',
  });
}

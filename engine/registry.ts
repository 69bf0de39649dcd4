import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { blamed } from './blame.ts';
import { bundled } from './bundled.ts';
import type { Module } from './module.ts';
import * as engine from './module.ts';
import { Problem } from './problem.ts';

/** Finds modules by file name: a role's `modules/` first, then the engine's. A name that two places define is refused. */
export interface Registry {
  /** `roleFolders`: absolute folders of roles whose `modules/` count, the task's own role first, then its dependencies. */
  find(name: string, roleFolders?: readonly string[]): Promise<Module | undefined>;
  /** Every name that `find` would answer to, sorted. */
  names(roleFolders?: readonly string[]): string[];
}

export interface RegistryOptions {
  /** Where the engine's own modules are. Default: those in the bundle, or `modules/` beside this file in the source. */
  modulesFolder?: URL;
  /** Where compiled role modules are kept between runs; they are compiled anew each time when absent. */
  cacheFolder?: string;
}

/** One module file: `folder` is absolute, `own` is true for the engine's. */
interface Found {
  file: string;
  own: boolean;
}

const MODULE_FILE = /^([a-z][a-z0-9_]*)\.(?:ts|js)$/;
const KINDS = new Set(['state', 'action', 'query', 'controller']);

/** The engine's modules, each loaded when it is first asked for, and those of roles. */
export function createRegistry(options: RegistryOptions = {}): Registry {
  const own = fileURLToPath(options.modulesFolder ?? new URL('./modules/', import.meta.url));
  const built = options.modulesFolder ? undefined : bundled;
  const loaded = new Map<string, Promise<Module>>();
  const listings = new Map<string, ReadonlyMap<string, string>>();
  if (built) listings.set(own, new Map(Object.keys(built).map((name) => [name, `${name}.ts`])));
  const importRoleFile = roleImporter(options.cacheFolder);

  const listing = (folder: string): ReadonlyMap<string, string> => {
    const known = listings.get(folder) ?? moduleFiles(folder);
    listings.set(folder, known);
    return known;
  };
  const places = (roleFolders: readonly string[]): Set<string> =>
    new Set([...roleFolders.map((folder) => join(folder, 'modules')), own]);

  return {
    async find(name, roleFolders = []) {
      const found: Found[] = [...places(roleFolders)].flatMap((folder) => {
        const file = listing(folder).get(name);
        return file === undefined ? [] : [{ file: join(folder, file), own: folder === own }];
      });
      const [first, second] = found;
      if (first && second) throw duplicate(name, first.file, second.file);
      if (!first) return undefined;
      const module = loaded.get(first.file) ?? load(name, first, built, importRoleFile);
      loaded.set(first.file, module);
      return module;
    },
    names: (roleFolders = []) => [...new Set([...places(roleFolders)].flatMap((at) => [...listing(at).keys()]))].sort(),
  };
}

/** Module names of a folder with their files; none when the folder is not there. */
function moduleFiles(folder: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  try {
    for (const file of readdirSync(folder)) {
      const name = MODULE_FILE.exec(file)?.[1];
      if (name !== undefined) files.set(name, file);
    }
  } catch (thrown) {
    if (!['ENOENT', 'ENOTDIR'].includes((thrown as NodeJS.ErrnoException).code ?? '')) throw thrown;
  }
  return files;
}

type Importer = (file: string) => Promise<unknown>;

/** What roles hold is TypeScript as its author wrote it; `mesh-play` in it is this engine, not a second one. */
export function roleImporter(cacheFolder: string | undefined): Importer {
  let importer: Promise<Importer> | undefined;
  const create = async (): Promise<Importer> => {
    // Required and not imported: a script that comes from V8's code cache cannot import.
    const { createJiti } = createRequire(import.meta.url)('jiti') as typeof import('jiti');
    const fsCache = cacheFolder === undefined ? false : join(cacheFolder, 'role-modules');
    const jiti = createJiti(import.meta.url, { fsCache, virtualModules: { 'mesh-play': engine } });
    return (file) => jiti.import(file);
  };
  return async (file) => {
    importer ??= create();
    return (await importer)(file);
  };
}

async function load(
  name: string,
  { file, own }: Found,
  built: typeof bundled,
  importRoleFile: Importer,
): Promise<Module> {
  let exported: unknown;
  try {
    exported = await (own ? (built?.[name]?.() ?? import(/* @vite-ignore */ file)) : importRoleFile(file));
  } catch (thrown) {
    const details = thrown instanceof Problem ? [] : blamed(thrown);
    throw new Problem({
      code: 'module-does-not-load',
      what: `the module "${name}" does not load: ${firstLine(thrown)}`,
      details,
      why: details.length > 0 ? undefined : `it was read from ${file}`,
      cause: thrown,
    });
  }
  const module = (exported as { default?: unknown }).default;
  if (!isModule(module)) throw noModule(name, file);
  if (module.name !== name) throw misnamed(name, file, module.name);
  return module;
}

const firstLine = (thrown: unknown): string =>
  ((thrown instanceof Error ? thrown.message : String(thrown)).split('\n')[0] ?? '')
    .replace(/^ParseError: /, '')
    .trim();

function isModule(value: unknown): value is Module {
  const module = value as Partial<Module> | null | undefined;
  return typeof module === 'object' && module !== null && KINDS.has(module.kind ?? '') && module.schema !== undefined;
}

function duplicate(name: string, first: string, second: string): Problem {
  return new Problem({
    code: 'duplicate-module',
    what: `two files define the module "${name}"`,
    why: `${first} and ${second}: a task could mean either`,
    mend: 'rename one of them',
  });
}

function noModule(name: string, file: string): Problem {
  return new Problem({
    code: 'no-module',
    what: `${file} has no module as its default export`,
    mend: `export default defineModule({ name: '${name}', … })`,
  });
}

function misnamed(name: string, file: string, given: string): Problem {
  return new Problem({
    code: 'misnamed-module',
    what: `${file} calls its module "${given}"`,
    why: 'a module is found by the name of its file',
    mend: `name the module "${name}", or the file ${given}.ts`,
  });
}

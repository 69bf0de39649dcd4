import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { LoaderArguments } from '../arguments.ts';
import { Problem, Problems } from '../problem.ts';
import type { Registry } from '../registry.ts';
import type { Mapping } from '../value.ts';
import type { Expressions } from './expression.ts';
import { around, includedFile, includedRole, within } from './includes.ts';
import { readItems } from './items.ts';
import type { Include, Included, Loader } from './model.ts';
import { readPlaybook } from './play.ts';
import { Reading, type Shared, shownPath } from './reading.ts';
import { importRole } from './role.ts';
import { type Outlook, SourceCheck } from './sourcecheck.ts';
import type { Vault } from './vault.ts';

/** What a loader needs. */
export interface LoaderOptions {
  registry: Registry;
  expressions: Expressions;
  vault?: Vault | undefined;
  /** Further folders of roles. */
  rolesPath?: readonly string[];
  /** Further folders in which an ansible_collections is. */
  collectionsPath?: readonly string[];
  baseFolder: string;
  outlook: Outlook;
  /** Variables of the command line, for names that are read before the run. */
  extraVars?: Mapping;
  arguments: LoaderArguments;
}

/** Reads playbooks and roles. Every problem of every file is found before anything is thrown. */
export function createLoader(options: LoaderOptions): Loader {
  const shared: Shared = {
    expressions: options.expressions,
    registry: options.registry,
    vault: options.vault,
    folders: { roles: options.rolesPath ?? [], collections: options.collectionsPath ?? [] },
    roleFolders: new Set(),
    baseFolder: options.baseFolder,
    extraVars: options.extraVars ?? {},
    files: new Map(),
    arguments: options.arguments,
  };

  const sources = new SourceCheck(options.outlook);
  const settled = async <T>(reading: Reading, read: () => T): Promise<T> => {
    const result = read();
    await reading.settle();
    sources.check(reading);
    if (reading.problems.length > 0) throw new Problems(unique(reading.problems));
    return result;
  };

  return {
    loadPlaybook: async (file) => {
      const path = resolve(file);
      if (!existsSync(path))
        throw new Problems([new Problem({ code: 'missing-file', what: `there is no playbook "${shownPath(path)}"` })]);
      const reading = new Reading(shared, [path]);
      return settled(reading, () => readPlaybook(reading, path));
    },
    includeTasks: async (include, file) => {
      const reading = new Reading(shared);
      return settled(reading, () => includeFile(reading, include, file));
    },
    includeRole: async (include, name, values) => {
      const reading = new Reading(shared);
      return settled(reading, (): Included => {
        const here = around(include, include.folder);
        const role = importRole(reading, includedRole(name, include.target, values, include.inner), here);
        const handlers = [...(role?.handlers ?? []), ...reading.importedHandlers];
        return { items: role ? [role.block] : [], handlers, ...(role ? { role: role.use } : {}) };
      });
    },
  };
}

function includeFile(reading: Reading, include: Include, file: string): Included {
  const path = includedFile(include, file);
  if (path === undefined) {
    reading.complain(include.target, 'missing-file', `there is no file "${file}" to include`, {
      why: `looked in ${shownPath(include.folder)}`,
    });
    return { items: [], handlers: [] };
  }
  const items = within(reading, path, () =>
    readItems(reading, reading.file(path, include.target), around(include, path)),
  );
  return { items, handlers: reading.importedHandlers };
}

/** The same problem found twice (a role used twice) is told once; in the order of files and lines. */
function unique(problems: readonly Problem[]): Problem[] {
  const seen = new Map<string, Problem>();
  for (const problem of problems) {
    const { at } = problem;
    seen.set(`${at?.file}:${at?.line}:${at?.column} ${problem.what}`, problem);
  }
  const files = [...new Set([...seen.values()].map(({ at }) => at?.file))];
  const order = ({ at }: Problem): number[] => [files.indexOf(at?.file), at?.line ?? 0, at?.column ?? 0];
  return [...seen.values()].sort((a, b) => {
    const [mine, other] = [order(a), order(b)];
    const differs = mine.findIndex((part, index) => part !== other[index]);
    return (mine[differs] ?? 0) - (other[differs] ?? 0);
  });
}

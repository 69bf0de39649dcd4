import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Vault } from '../playbook/vault.ts';
import { parseYaml, placeOf, toValue } from '../playbook/yaml.ts';
import { Problem, Problems } from '../problem.ts';
import { isMapping, type Mapping } from '../value.ts';
import { openSource } from './vaults.ts';

/** Which of the two folders beside an inventory or a playbook. */
export type Folder = 'group_vars' | 'host_vars';

const EXTENSIONS = ['', '.yml', '.yaml', '.json'];

/** Files of group_vars and host_vars: each folder is listed once and each file is read once. */
export class VarFiles {
  readonly #vault: Vault;
  readonly #listings = new Map<string, Set<string>>();
  readonly #read = new Map<string, Mapping | Problems>();

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  /** Variables for a group or host from one base folder, a mapping for each file, in the order they are merged. */
  of(base: string, folder: Folder, name: string): Mapping[] {
    // Names of chroot connections are paths, and have no files.
    if (name.startsWith('/')) return [];
    const path = join(base, folder);
    const listing = this.#list(path);
    const extension = EXTENSIONS.find((each) => listing.has(name + each));
    if (extension === undefined) return [];
    const files = filesAt(join(path, name + extension));
    return files.map((file) => this.#file(file)).filter((vars) => Object.keys(vars).length > 0);
  }

  #list(path: string): Set<string> {
    let listing = this.#listings.get(path);
    if (!listing) {
      const folder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
      listing = new Set(folder ? readdirSync(path) : []);
      this.#listings.set(path, listing);
    }
    return listing;
  }

  #file(file: string): Mapping {
    let vars = this.#read.get(file);
    if (vars === undefined) {
      const problems: Problem[] = [];
      const read = readVars(file, this.#vault, problems);
      vars = problems.length > 0 ? new Problems(problems) : read;
      this.#read.set(file, vars);
    }
    if (vars instanceof Problems) throw vars;
    return vars;
  }
}

function readVars(file: string, vault: Vault, problems: Problem[]): Mapping {
  try {
    const node = parseYaml(openSource(file, readFileSync(file, 'utf8'), vault), problems, vault);
    if (!node) return {};
    const value = toValue(node);
    if (isMapping(value)) return value;
    if (!value) return {};
    const kind = Array.isArray(value) ? 'a list' : `the ${typeof value} ${JSON.stringify(value)}`;
    const what = `a file of variables must hold a dictionary, and this holds ${kind}`;
    problems.push(new Problem({ code: 'vars-structure', at: placeOf(node), what, mend: 'write name: value' }));
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    problems.push(thrown);
  }
  return {};
}

/** The file itself, or what a folder of that name holds, folders in it included, in the order of their names. */
function filesAt(path: string): string[] {
  return statSync(path).isDirectory() ? filesIn(path) : [path];
}

function filesIn(folder: string): string[] {
  const found: string[] = [];
  for (const name of readdirSync(folder).sort()) {
    if (name.startsWith('.') || name.endsWith('~')) continue;
    const path = join(folder, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) {
      if (extname(name) === '') found.push(...filesIn(path));
    } else if (stat?.isFile() && EXTENSIONS.includes(extname(name))) {
      found.push(path);
    }
  }
  return found;
}

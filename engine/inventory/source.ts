import { accessSync, closeSync, constants, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import type { Vault } from '../playbook/vault.ts';
import { type Node, parseYaml, type Source } from '../playbook/yaml.ts';
import { Problem } from '../problem.ts';
import { parseAddress } from './address.ts';
import { readIni } from './ini.ts';
import type { Assignment } from './origin.ts';
import type { Reading } from './reading.ts';
import type { Tree } from './tree.ts';
import { openSource } from './vaults.ts';
import { readYamlInventory } from './yaml.ts';

/** Where the contents of the sources go. */
export interface Intake {
  tree: Tree;
  problems: Problem[];
  warn(text: string): void;
  vault: Vault;
}

// Ansible's INVENTORY_IGNORE_EXTS and IGNORED_ALWAYS (lib/ansible/inventory/manager.py).
const IGNORED =
  /^\.|^(?:host_vars|group_vars|vars_plugins)$|(?:\.(?:pyc|pyo|swp|bak|rpm|md|txt|rst|orig|cfg|retry)|~)$/;
const YAML_EXTENSIONS = ['.yml', '.yaml', '.json'];

/** Reads what one `-i` names: a list of hosts with a comma, a file, or a folder of files. */
export function readSource(source: string, intake: Intake): void {
  try {
    readThere(source, intake);
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    if (code === undefined || thrown instanceof Problem) throw thrown;
    const why = message.split(',')[0];
    intake.problems.push(
      new Problem({ code: 'inventory-unreadable', what: `inventory "${source}" cannot be read`, why }),
    );
  }
}

function readThere(source: string, intake: Intake): void {
  const stat = statSync(source, { throwIfNoEntry: false });
  if (stat?.isDirectory()) {
    for (const name of readdirSync(source).sort()) {
      if (!IGNORED.test(name)) readSource(join(source, name), intake);
    }
  } else if (stat) {
    readFile(source, intake);
  } else if (source.includes(',')) {
    readList(source, intake);
  } else {
    const what = `inventory "${source}" does not exist`;
    const mend = `name a file or folder, or write "-i ${source}," for a host of that name`;
    intake.problems.push(new Problem({ code: 'inventory-missing', what, mend }));
  }
}

function readList(list: string, { tree }: Intake): void {
  for (const name of list.split(',').map((each) => each.trim())) {
    if (name === '') continue;
    const parsed = parseAddress(name);
    const address = parsed && !parsed.host.includes('[') ? parsed : { host: name };
    // Ansible prints Python's None here.
    const vars = origins(list, 'None');
    if ('port' in address && address.port !== undefined) vars.unshift({ key: 'ansible_port', value: address.port });
    tree.join(
      tree.group('ungrouped'),
      tree.host(address.host, () => vars),
    );
  }
}

function readFile(file: string, intake: Intake): void {
  const refused = refusal(file);
  if (refused) {
    intake.problems.push(refused);
    return;
  }
  try {
    const source = openSource(file, readFileSync(file, 'utf8'), intake.vault);
    const path = resolve(file);
    const reading: Reading = { ...intake, source, firstVars: origins(path, dirname(path)) };
    readText(source, reading, intake.vault);
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    intake.problems.push(thrown);
  }
}

function readText(source: Source, reading: Reading, vault: Vault): void {
  const extension = extname(source.file);
  const named = YAML_EXTENSIONS.includes(extension);
  if (!named && (extension !== '' || !looksLikeYaml(source.text))) {
    readIni(reading);
    return;
  }
  const problems: Problem[] = [];
  const root = parseYaml(source, problems, vault);
  if (problems.length === 0 && root?.kind === 'map') readYamlInventory(root, reading);
  // A file without an extension may be either; Ansible too tries YAML first.
  else if (!named) readIni(reading);
  else reading.problems.push(...(problems.length > 0 || !root ? problems : [notGroups(root, source)]));
}

function looksLikeYaml(text: string): boolean {
  const line = /^(?!\s*(?:[#;]|$)).+$/m.exec(text)?.[0] ?? '';
  return /^(?:---|\{|[^\s[].*:(?:\s|$))/.test(line);
}

function notGroups(root: Node, { file }: Source): Problem {
  const what = `a YAML inventory must be a dictionary of groups, and this is a ${root.kind === 'list' ? 'list' : 'text'}`;
  const at = { file, line: 1, column: 1 };
  return new Problem({ code: 'inventory-structure', at, what, mend: 'begin with "all:" and put "hosts:" under it' });
}

/** What Ansible would run or read, and we do not: refused by name instead of read as something else. */
function refusal(file: string): Problem | undefined {
  if (extname(file) === '.toml') {
    const what = `TOML inventories are not supported yet: "${file}"`;
    return new Problem({ code: 'inventory-toml', what, mend: 'write it in INI or YAML' });
  }
  try {
    accessSync(file, constants.X_OK);
  } catch {
    return undefined;
  }
  const start = firstBytes(file);
  // The executable bit alone is common on shared folders; Ansible cannot run such a file either and reads it as text.
  if (!start.startsWith('#!') && !start.startsWith('\x7fELF')) return undefined;
  const what = `dynamic inventory scripts are not supported yet: "${file}"`;
  const mend = 'save what it prints: run it with --list, and list its hosts in an INI or YAML file';
  return new Problem({ code: 'inventory-script', what, mend });
}

function firstBytes(file: string): string {
  const bytes = Buffer.alloc(4);
  const handle = openSync(file, 'r');
  const count = readSync(handle, bytes, 0, bytes.length, 0);
  closeSync(handle);
  return bytes.toString('latin1', 0, count);
}

function origins(file: string, folder: string): Assignment[] {
  return [
    { key: 'inventory_file', value: file },
    { key: 'inventory_dir', value: folder },
  ];
}

import { createCipheriv, createHmac, pbkdf2Sync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Inventory } from '../../../engine/inventory/host.ts';
import { loadInventory } from '../../../engine/inventory/load.ts';
import { Vault } from '../../../engine/playbook/vault.ts';
import { formatProblem, Problem, Problems } from '../../../engine/problem.ts';
import { Secrets } from '../../../engine/secrets.ts';
import type { Mapping } from '../../../engine/value.ts';

/** An inventory read from texts, and what was said about it. */
export interface Loaded {
  inventory: Inventory;
  warnings: string[];
  folder: string;
}

/** Loads an inventory from texts in a folder that is gone after the test. Without `sources`, the source is `hosts`. */
export function load(files: Record<string, string>, sources = ['hosts'], passwords: string[] = []): Loaded {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-play-inventory-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const warnings: string[] = [];
  const paths = sources.map((source) => (source.includes(',') ? source : join(folder, source)));
  const warn = (text: string): void => void warnings.push(text.replaceAll(`${folder}/`, ''));
  try {
    return { inventory: loadInventory(paths, { vault: new Vault(passwords, new Secrets()), warn }), warnings, folder };
  } catch (thrown) {
    if (thrown instanceof Problems) throw new Error(printed(thrown.list, folder).join('\n\n'));
    throw thrown;
  }
}

/** The problems an inventory has, as they are printed. */
export function problemsOf(files: Record<string, string>, sources?: string[]): string[] {
  try {
    load(files, sources);
    return [];
  } catch (thrown) {
    return (thrown as Error).message.split('\n\n');
  }
}

/** The problem something throws, as it is printed. */
export function problemOf(act: () => unknown): string {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof Problem) return formatProblem(thrown);
    throw thrown;
  }
  return 'nothing was thrown';
}

/** The variables a host ends up with, without those that say where it was read from. */
export function varsOf({ inventory, folder }: Loaded, name: string, playbookFolder?: string): Mapping {
  const host = inventory.host(name);
  if (!host) throw new Error(`no host ${name}`);
  const beside = playbookFolder === undefined ? undefined : join(folder, playbookFolder);
  const vars: Mapping = Object.assign({}, ...inventory.sources(host, beside).map((source) => source.vars));
  delete vars['inventory_file'];
  delete vars['inventory_dir'];
  return vars;
}

/** Names a pattern selects. */
export function select(inventory: Inventory, pattern: string | string[], limit?: string): string {
  return inventory
    .match(pattern, limit)
    .hosts.map((host) => host.name)
    .join(' ');
}

function printed(problems: readonly Problem[], folder: string): string[] {
  return problems.map((problem) => formatProblem(problem).replaceAll(`${folder}/`, ''));
}

/** What `ansible-vault encrypt` writes. */
export function vaulted(text: string, password: string): string {
  const salt = Buffer.alloc(32, 7);
  const keys = pbkdf2Sync(password, salt, 10_000, 80, 'sha256');
  const pad = 16 - (Buffer.byteLength(text) % 16);
  const cipher = createCipheriv('aes-256-ctr', keys.subarray(0, 32), keys.subarray(64, 80));
  const body = Buffer.concat([cipher.update(text + String.fromCharCode(pad).repeat(pad)), cipher.final()]);
  const hmac = createHmac('sha256', keys.subarray(32, 64)).update(body).digest('hex');
  const parts = [salt.toString('hex'), hmac, body.toString('hex')].join('\n');
  const lines =
    Buffer.from(parts)
      .toString('hex')
      .match(/.{1,80}/g) ?? [];
  return ['$ANSIBLE_VAULT;1.1;AES256', ...lines].join('\n');
}

import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { Vault } from '../playbook/vault.ts';
import { Problem } from '../problem.ts';
import type { Secrets } from '../secrets.ts';
import { askSecret } from './ask.ts';
import type { PlayOptions } from './options.ts';
import type { Process } from './process.ts';

/** The vault, with every password that the options name: in files, from programs, or asked for. */
export async function openVault(
  options: Pick<PlayOptions, 'vaultPasswordFile' | 'vaultId' | 'askVaultPass'>,
  process: Process,
  secrets: Secrets,
): Promise<Vault> {
  const passwords = options.vaultPasswordFile.map((file) => passwordIn(file, undefined));
  for (const id of options.vaultId) {
    const at = id.indexOf('@');
    const [label, source] = at === -1 ? [undefined, id] : [id.slice(0, at), id.slice(at + 1)];
    const question = label ? `Vault password (${label}): ` : 'Vault password: ';
    passwords.push(
      source === 'prompt' || source === 'prompt_ask_vault_pass'
        ? await askSecret(question, process)
        : passwordIn(source, label),
    );
  }
  if (options.askVaultPass) passwords.push(await askSecret('Vault password: ', process));
  for (const password of passwords) secrets.add(password);
  return new Vault(passwords, secrets);
}

/** What a password file holds; one that can be executed is run and prints it, as in Ansible. */
function passwordIn(file: string, label: string | undefined): string {
  if (!existsSync(file)) throw new Problem({ code: 'bad-options', what: `there is no vault password file "${file}"` });
  const password = executable(file) ? printed(file, label) : readFileSync(file, 'utf8').trim();
  if (password !== '') return password;
  throw new Problem({ code: 'bad-options', what: `the vault password file "${file}" gives no password` });
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A program called NAME-client is told the label that is asked for. */
function printed(file: string, label: string | undefined): string {
  const asksByLabel = /-client(\.\w+)?$/.test(basename(file));
  const words = asksByLabel && label !== undefined ? ['--vault-id', label] : [];
  try {
    return execFileSync(resolve(file), words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).replace(
      /[\r\n]+$/,
      '',
    );
  } catch (thrown) {
    const { status, code } = thrown as { status?: number; code?: string };
    throw new Problem({
      code: 'bad-options',
      what: `the vault password program "${file}" failed${status === undefined || status === null ? `: ${code ?? 'it did not run'}` : ` with status ${status}`}`,
      mend: 'a file that is no program must not be executable',
    });
  }
}

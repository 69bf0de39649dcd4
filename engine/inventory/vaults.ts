import type { Source } from '../playbook/yaml.ts';
import { asProblem } from '../problem.ts';

/** What opens vaulted text; the playbook's Vault is one. */
export interface Opener {
  open(text: string): string;
}

const secret = new WeakSet<Source>();

/** A file as it is to be read, opened when all of it is a vault. Throws a Problem when it cannot be opened. */
export function openSource(file: string, text: string, vault: Opener): Source {
  if (!text.startsWith('$ANSIBLE_VAULT;')) return { file, text };
  try {
    const source: Source = { file, text: vault.open(text) };
    // Nothing that comes from a vaulted file may be shown, however short it is.
    secret.add(source);
    return source;
  } catch (thrown) {
    throw asProblem(thrown).placed({ file, line: 1, column: 1 });
  }
}

/** True for a source that was a vault in the file. */
export function isSecret(source: Source): boolean {
  return secret.has(source);
}

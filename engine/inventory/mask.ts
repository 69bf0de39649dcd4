import { isNoSecret } from '../frame.ts';
import type { Node } from '../playbook/yaml.ts';
import { HIDDEN, isSecretName } from '../secretnames.ts';
import { isMapping, type Mapping, type Value } from '../value.ts';
import { isSecret } from './vaults.ts';

/** A variable as it may be shown: without what was vaulted, and without passwords. */
export function mask(key: string, value: Value, node: Node | undefined): Value {
  // A template shows where a password comes from and not what it is.
  if (isSecretName(key) && !isNoSecret(typeof value === 'object' ? 'secret' : String(value))) return HIDDEN;
  return hide(value, node);
}

function hide(value: Value, node: Node | undefined): Value {
  if (!node) return value;
  if (isSecret(node.source) || (node.kind === 'scalar' && node.tag === 'vault')) return HIDDEN;
  if (Array.isArray(value) && node.kind === 'list') return value.map((item, index) => hide(item, node.items[index]));
  if (!isMapping(value) || node.kind !== 'map') return value;
  const masked: Mapping = {};
  for (const entry of node.entries) masked[entry.key.text] = hide(value[entry.key.text] ?? null, entry.value);
  return masked;
}

import type { Mapping, Value } from 'mesh-play';
import { isSpiffeId, labelOf } from './label.ts';

/** Who keeps a policy, and the SPIFFE IDs in it as they are. */
export const OWNER = 'mesh-play/owner';
const IDS = 'mesh-play/spiffe-ids';

/** A policy as a file: JSON is YAML too, and cannot be read in two ways. */
export function policyFile(name: string, spec: Mapping, owner: string): string {
  const ids = new Set<string>();
  const encoded = encode(spec, ids);
  const annotations = { [OWNER]: owner, ...(ids.size > 0 ? { [IDS]: [...ids].sort().join(' ') } : {}) };
  const metadata = { name, annotations };
  return `${JSON.stringify({ apiVersion: 'cilium.io/v2', kind: 'CiliumClusterwideNetworkPolicy', metadata, spec: encoded })}\n`;
}

/** SPIFFE IDs become values of labels; what is empty is left out, since Cilium reads an empty list as no rule at all. */
function encode(value: Value, ids: Set<string>): Value {
  if (typeof value === 'string' && isSpiffeId(value)) {
    ids.add(value);
    return labelOf(value);
  }
  if (Array.isArray(value)) return value.map((item) => encode(item, ids));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => !(Array.isArray(inner) && inner.length === 0));
  return Object.fromEntries(entries.map(([name, inner]) => [name, encode(inner, ids)]));
}

/** The owner of a policy file's text, or undefined when mesh-play did not write it. */
export function ownerOf(text: string): string | undefined {
  try {
    const { metadata } = JSON.parse(text) as { metadata?: { annotations?: Record<string, string> } };
    return metadata?.annotations?.[OWNER];
  } catch {
    // YAML that is no JSON is somebody else's.
    return undefined;
  }
}

import type { Mapping, Value } from 'mesh-play';
import { isIdKey, isSpiffeId, labelOf } from './label.ts';
import { isMapping } from './shape.ts';

/** Who keeps a policy, and the SPIFFE IDs in it as they are. */
const OWNER = 'mesh-play/owner';
const IDS = 'mesh-play/spiffe-ids';

/** A policy as a file: JSON is YAML too, and cannot be read in two ways. */
export function policyFile(name: string, spec: Mapping, owner: string): string {
  const ids = new Set<string>();
  const encoded = encode(spec, ids);
  const annotations = { [OWNER]: owner, ...(ids.size > 0 ? { [IDS]: [...ids].sort().join(' ') } : {}) };
  const metadata = { name, annotations };
  return `${JSON.stringify({ apiVersion: 'cilium.io/v2', kind: 'CiliumClusterwideNetworkPolicy', metadata, spec: encoded })}\n`;
}

/** SPIFFE IDs become values of labels, where the label is that of IDs and nowhere else. */
function encode(value: Value, ids: Set<string>): Value {
  if (Array.isArray(value)) return value.map((item) => encode(item, ids));
  if (!isMapping(value)) return value;
  const { key, values } = value;
  if (typeof key === 'string' && isIdKey(key) && Array.isArray(values))
    return { ...value, values: values.map((one) => encodeId(one, ids)) };
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, isIdKey(name) ? encodeId(inner, ids) : encode(inner, ids)]),
  );
}

function encodeId(value: Value, ids: Set<string>): Value {
  if (typeof value !== 'string' || !isSpiffeId(value)) return value;
  ids.add(value);
  return labelOf(value);
}

interface PolicyFile {
  metadata?: { annotations?: Record<string, string> };
  spec?: Mapping;
}

/**
 * A policy file's text as an object, or undefined when it is no JSON: then somebody else wrote it. What stands in a second
 * document no agent reads (cilium#37724), and it makes the file nobody else's.
 */
function read(text: string): PolicyFile | undefined {
  const [first = ''] = text.split(/^---(?!\S)/m);
  try {
    return JSON.parse(first) as PolicyFile;
  } catch {
    return undefined;
  }
}

/** The owner of a policy file's text, or undefined when mesh-play did not write it. */
export const ownerOf = (text: string): string | undefined => read(text)?.metadata?.annotations?.[OWNER];

/** The spec in a policy file's text. */
export const specOf = (text: string): Mapping | undefined => read(text)?.spec;

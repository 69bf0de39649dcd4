import { createHash } from 'node:crypto';

/** The key of the label that holds a service's SPIFFE ID. `any:` matches labels of every source. */
export const ID_LABEL = 'spiffe.io/spiffeid';

/**
 * Every endpoint of the mesh has this label. Cilium adds to selectors of peers that the label must exist, so without one
 * they would match nothing (pkg/k8s/apis/cilium.io/utils/utils.go).
 */
export const NAMESPACE_LABEL = 'k8s:io.kubernetes.pod.namespace=vm';

/** A label's value (Kubernetes, Labels and Selectors, syntax and character set). */
const VALUE = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;
/** The name of a label's key, and the DNS name that may stand before it. */
const KEY_NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const KEY_PREFIX = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const LONGEST = 63;
/** Where a label is from, before a colon: `any:`, `k8s:`, `reserved:`. */
const SOURCE = /^[a-z0-9-]+:/;

/** The path of a SPIFFE ID has no empty segment and no dot alone (SPIFFE-ID standard, section 2.2). */
const SPIFFE_ID = /^spiffe:\/\/[a-z0-9._-]+(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)+$/;

export const isSpiffeId = (text: string): boolean => SPIFFE_ID.test(text);

/**
 * A SPIFFE ID as a label's value, which may hold neither `:` nor `/` nor more than 63 characters. IDs that fit are written
 * with `_` for `/` and can be read back; others become a hash, which never holds `_`, so the two cannot meet.
 */
export function labelOf(spiffeId: string): string {
  if (!isSpiffeId(spiffeId)) throw new Error(`"${spiffeId}" is no SPIFFE ID`);
  const bare = spiffeId.slice('spiffe://'.length);
  const value = bare.replaceAll('/', '_');
  if (!bare.includes('_') && value.length <= LONGEST && VALUE.test(value)) return value;
  return `sha256-${createHash('sha256').update(spiffeId).digest('hex').slice(0, 56)}`;
}

/** The SPIFFE ID a label's value stands for; a hash is found among those that are known. Undefined for anything else. */
export function spiffeIdOf(label: string, known: Iterable<string> = []): string | undefined {
  if (label.includes('_')) {
    const id = `spiffe://${label.replaceAll('_', '/')}`;
    return isSpiffeId(id) && labelOf(id) === label ? id : undefined;
  }
  for (const id of known) if (labelOf(id) === label) return id;
  return undefined;
}

/** Whether a selector's key is that of SPIFFE IDs, with or without a source before a colon. */
export const isIdKey = (key: string): boolean => key.replace(SOURCE, '') === ID_LABEL;

/**
 * What is wrong with a label in a selector, or undefined. Before Cilium checks a key it puts the source before it, `any`
 * when there is none, so the source counts for the length (GetExtendedKeyFrom in pkg/labels).
 */
export function labelFault(key: string, value: string): string | undefined {
  const [source = 'any:'] = SOURCE.exec(key) ?? [];
  const extended = `${source.slice(0, -1)}.${key.replace(SOURCE, '')}`;
  const slash = extended.indexOf('/');
  const [prefix, name] = slash < 0 ? [undefined, extended] : [extended.slice(0, slash), extended.slice(slash + 1)];
  const wrong = !KEY_NAME.test(name) || name.length > LONGEST;
  if (wrong || (prefix !== undefined && (!KEY_PREFIX.test(prefix) || prefix.length > 253)))
    return `"${key}" is no key of a label`;
  if (!VALUE.test(value) || value.length > LONGEST)
    return `"${value}" is no value of a label: 63 letters, digits, "-", "_" and "." at most, a letter or digit first and last`;
  return undefined;
}

import type { Mapping } from 'mesh-play';

/** A registration entry under SPIRE's names; lists without an order of their own are sorted. */
export interface Entry {
  id: string;
  spiffe_id: string;
  parent_id: string;
  selectors: string[];
  x509_svid_ttl: number;
  jwt_svid_ttl: number;
  /** In the order given: the first is the certificate's subject. */
  dns_names: string[];
  federates_with: string[];
  hint: string;
  admin: boolean;
  downstream: boolean;
}

interface Id {
  trust_domain: string;
  path: string;
}

interface Shown {
  id: string;
  spiffe_id: Id;
  parent_id: Id;
  selectors: { type: string; value: string }[];
  x509_svid_ttl: number;
  jwt_svid_ttl: number;
  dns_names: string[];
  federates_with: string[];
  hint: string;
  admin: boolean;
  downstream: boolean;
}

const idOf = ({ trust_domain: domain, path }: Id): string => `spiffe://${domain}${path}`;

/** The entries of `entry show -output json`. */
export function parseEntries(json: string): Entry[] {
  const { entries } = JSON.parse(json) as { entries?: Shown[] };
  return (entries ?? []).map((entry) => ({
    id: entry.id,
    spiffe_id: idOf(entry.spiffe_id),
    parent_id: idOf(entry.parent_id),
    selectors: entry.selectors.map(({ type, value }) => `${type}:${value}`).sort(),
    x509_svid_ttl: Number(entry.x509_svid_ttl),
    jwt_svid_ttl: Number(entry.jwt_svid_ttl),
    dns_names: entry.dns_names ?? [],
    federates_with: [...(entry.federates_with ?? [])].sort(),
    hint: entry.hint ?? '',
    admin: entry.admin ?? false,
    downstream: entry.downstream ?? false,
  }));
}

/** What `entry create` and `update` take by `-data -`: another schema than the one they print. */
export function inputOf(entries: readonly Entry[]): string {
  return JSON.stringify({
    entries: entries.map(({ id, selectors, ...entry }) => ({
      entry_id: id,
      ...entry,
      selectors: selectors.map((selector) => {
        const colon = selector.indexOf(':');
        return { type: selector.slice(0, colon), value: selector.slice(colon + 1) };
      }),
    })),
  });
}

/** An entry as a diff shows it. */
export const shownEntry = ({ id: _id, ...entry }: Entry): Mapping => ({ ...entry });

/** What makes two entries the same one for SPIRE: identity, parent and the exact set of selectors. */
export const likeness = (entry: Entry): string =>
  JSON.stringify([entry.spiffe_id, entry.parent_id, [...entry.selectors].sort()]);

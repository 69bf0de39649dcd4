/**
 * The SPIFFE ID of a name in a trust domain. Entries, certificates, peers' lists and Cilium's labels are all made from
 * what this answers, so they cannot disagree (SPIFFE-ID standard, section 2).
 */
export const spiffeId = (trustDomain: string, ...path: string[]): string =>
  `spiffe://${[trustDomain, ...path].join('/')}`;

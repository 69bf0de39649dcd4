import { createHash } from 'node:crypto';
import { type Change, type Mapping, Problem } from 'mesh-play';

export type Kind = 'x509' | 'jwt';
/** How far an authority that is to go is to come. */
export type Reached = 'prepared' | 'replaced' | 'tainted' | 'revoked';

/** What a server tells of its own authorities of one kind. */
export interface Authorities {
  active: string;
  prepared: string | null;
  old: string | null;
  /** Subject of the authority above it, when there is one. */
  upstream: string | null;
  /** What the trust bundle has of this kind; of X.509 the certificate too, as base64. */
  bundle: { id: string; tainted: boolean; asn1?: string }[];
}

interface Slot {
  authority_id: string;
  upstream_authority_subject_key_id?: string;
}

/** From `localauthority KIND show -output json` and `bundle show -output json`. */
export function parseAuthorities(kind: Kind, shown: string, bundle: string): Authorities {
  const slots = JSON.parse(shown) as { active: Slot; prepared?: Slot; old?: Slot };
  const { x509_authorities: x509 = [], jwt_authorities: jwt = [] } = JSON.parse(bundle) as {
    x509_authorities?: { asn1: string; tainted: boolean }[];
    jwt_authorities?: { key_id: string; tainted: boolean }[];
  };
  return {
    active: slots.active.authority_id,
    prepared: slots.prepared?.authority_id ?? null,
    old: slots.old?.authority_id ?? null,
    upstream: slots.active.upstream_authority_subject_key_id || null,
    bundle:
      kind === 'x509'
        ? x509.map(({ asn1, tainted }) => ({ id: subjectKeyId(Buffer.from(asn1, 'base64')), tainted, asn1 }))
        : jwt.map(({ key_id: id, tainted }) => ({ id, tainted })),
  };
}

/** Object identifier of the subject key identifier (RFC 5280, 4.2.1.2) in DER, and the head of a value of 20 bytes. */
const SUBJECT_KEY_ID = Buffer.from('0603551d0e04160414', 'hex');

/** By it SPIRE calls its X.509 authorities. */
export function subjectKeyId(der: Buffer): string {
  const at = der.indexOf(SUBJECT_KEY_ID);
  if (at < 0) return createHash('sha1').update(der).digest('hex');
  return der.subarray(at + SUBJECT_KEY_ID.length, at + SUBJECT_KEY_ID.length + 20).toString('hex');
}

const inBundle = ({ bundle }: Authorities, id: string | null) => bundle.find((one) => one.id === id);

/**
 * The one thing to do next so that `authority` has come as far as wanted; none when it has. Tainted and revoked is the old
 * one, whichever it is: SPIRE keeps one beside the one that signs, and lets no other be revoked.
 */
export function planRotation(authorities: Authorities, wanted: Reached, authority?: string): Change[] {
  const { active, prepared, old } = authorities;
  if (wanted === 'prepared' || wanted === 'replaced') {
    if (authority !== active) return [];
    if (wanted === 'prepared') return prepared === null ? [{ key: 'prepared', before: null, after: 'a new one' }] : [];
    if (prepared !== null) return [{ key: 'active', before: active, after: prepared }];
    throw new Problem({
      code: 'authority-not-ready',
      what: `no authority is prepared to replace ${active}`,
      mend: 'run the playbook from its beginning',
    });
  }
  const found = inBundle(authorities, old);
  if (!found) return [];
  if (wanted === 'tainted') return found.tainted ? [] : [{ key: 'tainted', before: null, after: found.id }];
  if (found.tainted) return [{ key: 'revoked', before: null, after: found.id }];
  throw new Problem({
    code: 'authority-not-ready',
    what: `the old authority ${found.id} is not tainted`,
    why: 'what it signed has not been renewed, and would be refused',
    mend: 'run the playbook from its beginning',
  });
}

/** What tasks want to know of them. */
export function summary(authorities: Authorities): Mapping {
  const { active, prepared, old, bundle } = authorities;
  const trusted = inBundle(authorities, old);
  return {
    active,
    prepared,
    old: trusted ? old : null,
    old_certificate: trusted?.asn1 ?? null,
    certificates: bundle.flatMap(({ asn1 }) => asn1 ?? []),
  };
}

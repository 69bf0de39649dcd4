import { X509Certificate } from 'node:crypto';
import type { Wish } from './ca.ts';

const DAY = 24 * 3600 * 1000;
/** OIDs of extended key usages (RFC 5280, section 4.2.1.12). */
const USAGES: Record<string, string> = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' };

/** Why a certificate must be made anew, or undefined when it is as it should be. `now` in ms since the epoch. */
export function whyRenew(pem: string, caPem: string | undefined, wish: Wish, now: number): string | undefined {
  const certificate = parsed(pem);
  if (certificate === undefined) return 'it cannot be read';
  const ca = caPem === undefined ? undefined : parsed(caPem);
  if (ca === undefined) return 'its CA is not there yet';
  if (!certificate.verify(ca.publicKey)) return 'another CA signed it';
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  if (to - now < (to - from) / 3) return `it ends on ${new Date(to).toISOString().slice(0, 10)}`;
  if (Math.abs(to - from - wish.days * DAY) > DAY) return 'its lifetime is another';
  if (commonNameOf(certificate) !== wish.commonName) return 'its common name is another';
  if (!sameWords(sansOf(certificate), [...wish.dnsSans, ...wish.ipSans])) return 'its alternative names are others';
  const usages = wish.usage.map((usage) => USAGES[usage] ?? usage);
  return sameWords(certificate.keyUsage ?? [], usages) ? undefined : 'its usage is another';
}

/** A remark when the CA itself nears its end: everything it signed ends with it. */
export function caRemark(name: string, caPem: string, now: number): string | undefined {
  const ends = Date.parse(new X509Certificate(caPem).validTo);
  const days = Math.floor((ends - now) / DAY);
  if (days > 365) return undefined;
  return `the CA ${name} ends in ${days} days, and all it signed with it: move its folder away, and run the playbook again`;
}

function parsed(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    // What is no certificate is made anew, whatever it is.
    return undefined;
  }
}

const commonNameOf = ({ subject }: X509Certificate): string | undefined => /^CN=(.*)$/m.exec(subject)?.[1];

const sansOf = ({ subjectAltName = '' }: X509Certificate): string[] =>
  subjectAltName.split(', ').flatMap((name) => /^(?:DNS|IP Address):(.*)$/.exec(name)?.[1] ?? []);

const sameWords = (a: readonly string[], b: readonly string[]): boolean =>
  JSON.stringify([...a].sort()) === JSON.stringify([...b].sort());

import { X509Certificate } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { Problem } from 'mesh-play';
import { DAY, type Wish } from './ca.ts';

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
  if (to - now < (to - from) / 3) return `it ends on ${dayOf(to)}`;
  const endsWithCa = to === Date.parse(ca.validTo) && to - from < wish.days * DAY;
  if (!endsWithCa && Math.abs(to - from - wish.days * DAY) > DAY / 2) return 'its lifetime is another';
  if (commonNameOf(certificate) !== wish.commonName) return 'its common name is another';
  if (!sameWords(sansOf(certificate), [...wish.dnsSans, ...wish.ipSans.map(plain)]))
    return 'its alternative names are others';
  const usages = wish.usage.map((usage) => USAGES[usage] ?? usage);
  return sameWords(certificate.keyUsage ?? [], usages) ? undefined : 'its usage is another';
}

/** The serial of a certificate in PEM; undefined where it cannot be read. */
export const serialOf = (pem: string): string | undefined => parsed(pem)?.serialNumber;

/** Whether a CA has signed it for what is wished: whose it is then does not rest on what its host says. */
export function isSigned(pem: string, caPem: string, wish: Wish): boolean {
  const certificate = parsed(pem);
  if (certificate === undefined) return false;
  return certificate.verify(new X509Certificate(caPem).publicKey) && commonNameOf(certificate) === wish.commonName;
}

/** Whether a public key in PEM is the certificate's. */
export const belongs = (publicKey: string, pem: string): boolean =>
  parsed(pem)?.publicKey.export({ type: 'spki', format: 'pem' }).toString().trim() === publicKey.trim();

/** A remark when the CA itself nears its end: everything it signed ends with it. Rejects one that has ended. */
export function caRemark(name: string, folder: string, caPem: string, now: number): string | undefined {
  const ends = Date.parse(new X509Certificate(caPem).validTo);
  const days = Math.floor((ends - now) / DAY);
  // With the same key and name, all that it signed stays good.
  const [own, next] = [`${folder}/ca.pem`, `${folder}/ca.next`];
  const renew = `openssl x509 -in ${own} -signkey ${folder}/ca.key -days 3650 -out ${next} && mv ${next} ${own}`;
  if (days < 0) {
    throw new Problem({
      code: 'ca-ended',
      what: `the CA ${name} ended on ${dayOf(ends)}, and all it signed with it`,
      mend: renew,
    });
  }
  if (days > 365) return undefined;
  return `the CA ${name} ends in ${days} days, and all it signed with it; renew it, and run the playbook again: ${renew}`;
}

const dayOf = (moment: number): string => new Date(moment).toISOString().slice(0, 10);

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
  subjectAltName.split(', ').flatMap((name) => {
    const [, dns, address] = /^(?:DNS:(.*)|IP Address:(.*))$/.exec(name) ?? [];
    return dns ?? (address === undefined ? [] : plain(address));
  });

/** An address in its one short form: an IPv6 address has many. */
const plain = (address: string): string => (isIPv6(address) ? new URL(`http://[${address}]`).hostname : address);

const sameWords = (a: readonly string[], b: readonly string[]): boolean =>
  JSON.stringify([...a].sort()) === JSON.stringify([...b].sort());

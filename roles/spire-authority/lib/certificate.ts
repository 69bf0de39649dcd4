import { X509Certificate } from 'node:crypto';

/** Certificates one after the other in DER, as SPIRE keeps a chain. */
export function certificatesIn(der: Buffer): X509Certificate[] {
  const found: X509Certificate[] = [];
  for (let at = 0; at + 4 <= der.length; ) {
    // SEQUENCE with a length of two bytes (X.690, 8.1.3.5): no certificate is shorter than 256 or longer than 65535.
    if (der.readUInt16BE(at) !== 0x3082) throw new Error('no certificate in DER');
    const end = at + 4 + der.readUInt16BE(at + 2);
    found.push(new X509Certificate(der.subarray(at, end)));
    at = end;
  }
  return found;
}

/** The agent keeps PEM in base64 in its JSON. */
const ofPems = (pems: readonly string[]): X509Certificate[] =>
  pems.flatMap((pem) => new X509Certificate(Buffer.from(pem, 'base64')));

/** What `agent-data.json` of an agent has: its own SVID and the authorities it trusts. */
export function parseAgent(json: string): { svid: X509Certificate[]; bundle: X509Certificate[] } {
  // An agent that was refused writes null.
  const { svid, bundle } = JSON.parse(json) as { svid?: string[] | null; bundle?: string[] | null };
  return { svid: ofPems(svid ?? []), bundle: ofPems(bundle ?? []) };
}

/** Whether the end of a chain was signed by an authority. */
export const signedBy = (chain: readonly X509Certificate[], authority: X509Certificate): boolean =>
  chain.at(-1)?.verify(authority.publicKey) ?? false;

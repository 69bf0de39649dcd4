import { X509Certificate } from 'node:crypto';
import { defineQuery, type Mapping } from 'mesh-play';

interface Args {
  data: string;
  attestor: 'join_token' | 'x509pop';
  bundle: string;
}

/** What `agent-data.json` of an agent tells: by whom it is known to the server, and until when. */
export function identityOf(json: string, { attestor, bundle }: Omit<Args, 'data'>, now: number): Mapping {
  // The agent keeps its certificates as PEM in base64 (pkg/agent/storage/storage.go).
  const data = JSON.parse(json) as { svid?: string[] | null; bundle?: string[] | null };
  // One that was refused writes null.
  const [own] = (data.svid ?? []).map(certificateOf);
  const trusted = data.bundle ?? [];
  if (own === undefined) return { joined: false, other: false, spiffe_id: null, ends: null };
  const id = /URI:(\S+)/.exec(own.subjectAltName ?? '')?.[1] ?? '';
  const ends = new Date(own.validTo);
  const theirs = certificatesIn(bundle);
  const strange = theirs.length > 0 && !trusted.some((one) => theirs.includes(certificateOf(one).fingerprint256));
  const other = strange || !new RegExp(`^spiffe://[^/]+/spire/agent/${attestor}/`).test(id);
  return { joined: !other && ends.getTime() > now, other, spiffe_id: id, ends: ends.toISOString() };
}

const certificateOf = (encoded: string): X509Certificate => new X509Certificate(Buffer.from(encoded, 'base64'));

const certificatesIn = (pems: string): string[] =>
  [...pems.matchAll(/-+BEGIN CERTIFICATE[\s\S]*?END CERTIFICATE-+/g)].map(
    ([pem]) => new X509Certificate(pem).fingerprint256,
  );

/** Reads how the agent of the host has joined. Its private key is not looked at. */
export default defineQuery<Args>({
  name: 'spire_agent_identity',
  description:
    'Reads the identity that the agent of the host has: joined, when it is in force, was given by this server and for this kind of proof.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['data', 'attestor'],
    properties: {
      data: { type: 'string', format: 'path', description: 'The agent’s data folder.' },
      attestor: { type: 'string', enum: ['join_token', 'x509pop'], description: 'How the host is to have joined.' },
      bundle: {
        type: 'string',
        default: '',
        description: 'Trust bundle of the server, PEM: an agent that trusts none of it joined another server.',
      },
    },
  },
  ask: async (host, { data, ...wanted }) => {
    const [file, keys] = await Promise.all([host.readFile(`${data}/agent-data.json`), host.stat(`${data}/keys.json`)]);
    const identity = identityOf(file?.toString('utf8') ?? '{}', wanted, Date.now());
    // Without its key an identity is worth nothing: the agent joins anew.
    return { returns: keys === undefined ? { ...identity, joined: false } : identity };
  },
});

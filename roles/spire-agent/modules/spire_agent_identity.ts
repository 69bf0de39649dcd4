import { X509Certificate } from 'node:crypto';
import { defineQuery, type Mapping } from 'mesh-play';

interface Args {
  data: string;
  attestor: 'join_token' | 'x509pop';
}

/** What `agent-data.json` of an agent tells: by whom it is known to the server, and until when. */
export function identityOf(json: string, attestor: string, now: number): Mapping {
  // The agent keeps its certificates as PEM in base64 (pkg/agent/storage/storage.go).
  const [pem] = (JSON.parse(json) as { svid?: string[] }).svid ?? [];
  if (pem === undefined) return { joined: false, other: false, spiffe_id: null, ends: null };
  const svid = new X509Certificate(Buffer.from(pem, 'base64'));
  const id = /URI:(\S+)/.exec(svid.subjectAltName ?? '')?.[1] ?? '';
  const ends = new Date(svid.validTo);
  const other = !new RegExp(`^spiffe://[^/]+/spire/agent/${attestor}/`).test(id);
  return { joined: !other && ends.getTime() > now, other, spiffe_id: id, ends: ends.toISOString() };
}

/** Reads how the agent of the host has joined. Its private key is not looked at. */
export default defineQuery<Args>({
  name: 'spire_agent_identity',
  description:
    'Reads the identity that the agent of the host has: joined, when it is in force and was given for this kind of proof.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['data', 'attestor'],
    properties: {
      data: { type: 'string', format: 'path', description: 'The agent’s data folder.' },
      attestor: { type: 'string', enum: ['join_token', 'x509pop'], description: 'How the host is to have joined.' },
    },
  },
  ask: async (host, { data, attestor }) => {
    const [file, keys] = await Promise.all([host.readFile(`${data}/agent-data.json`), host.stat(`${data}/keys.json`)]);
    const identity = identityOf(file?.toString('utf8') ?? '{}', attestor, Date.now());
    // Without its key an identity is worth nothing: the agent joins anew.
    return { returns: keys === undefined ? { ...identity, joined: false } : identity };
  },
});

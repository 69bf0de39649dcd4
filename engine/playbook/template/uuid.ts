import { createHash } from 'node:crypto';

/** The namespace of Ansible's to_uuid. */
const ANSIBLE = '361E6D51-FAEC-444A-9079-341386DA8E2E';

/** A name-based UUID (RFC 9562, version 5). */
export function uuid5(name: string, namespace = ANSIBLE): string {
  const bytes = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest()
    .subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

import { createCipheriv, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

/** What ansible-vault makes of a text, in format 1.1. */
export function vaulted(text: string | Buffer, password: string): string {
  const salt = randomBytes(32);
  const keys = pbkdf2Sync(password, salt, 10_000, 80, 'sha256');
  const bytes = Buffer.from(text);
  const missing = 16 - (bytes.length % 16);
  const cipher = createCipheriv('aes-256-ctr', keys.subarray(0, 32), keys.subarray(64, 80));
  const closed = cipher.update(Buffer.concat([bytes, Buffer.alloc(missing, missing)]));
  const hmac = createHmac('sha256', keys.subarray(32, 64)).update(closed).digest();
  const parts = [salt, hmac, closed].map((part) => part.toString('hex')).join('\n');
  const hex = Buffer.from(parts).toString('hex');
  return `$ANSIBLE_VAULT;1.1;AES256\n${hex.replace(/.{80}/g, '$&\n')}\n`;
}

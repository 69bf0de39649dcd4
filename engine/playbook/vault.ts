import { createDecipheriv, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import { Problem } from '../problem.ts';
import type { Secrets } from '../secrets.ts';

/**
 * Opens what ansible-vault closed: format 1.1 and 1.2, AES256 in counter mode, keys by PBKDF2, checked by HMAC.
 * https://docs.ansible.com/ansible/latest/vault_guide/vault_encrypting_content.html#ansible-vault-payload-format-1-1-1-2
 */
export class Vault {
  readonly #passwords: readonly string[];
  readonly #secrets: Secrets | undefined;

  /** Every password is tried; what is opened is remembered in `secrets`, so that it is never printed. */
  constructor(passwords: readonly string[], secrets?: Secrets) {
    this.#passwords = passwords;
    this.#secrets = secrets;
  }

  static isVaulted(text: string): boolean {
    return text.startsWith('$ANSIBLE_VAULT;');
  }

  /** Never to be printed: a value of a file that is vaulted as a whole. */
  keep(value: string): void {
    this.#secrets?.add(value);
  }

  /** The plain text. Throws a Problem without a place: the caller knows it. */
  open(text: string): string {
    return this.openBytes(text).toString('utf8');
  }

  /** What was vaulted, which need not be text. */
  openBytes(text: string): Buffer {
    const [header = '', ...body] = text
      .trim()
      .split(/\r?\n/)
      .map((line) => line.trim());
    if (!/^\$ANSIBLE_VAULT;1\.[12];AES256(;.*)?$/.test(header)) {
      throw new Problem({ code: 'bad-vault', what: 'this is no vault of format 1.1 or 1.2 with AES256' });
    }
    if (this.#passwords.length === 0) {
      throw new Problem({
        code: 'vault-password-missing',
        what: 'a vaulted value, but no vault password was given',
        mend: 'give --vault-password-file FILE or --ask-vault-pass',
      });
    }
    const [salt, hmac, cipherText] = payload(body.join(''));
    for (const password of this.#passwords) {
      const plain = decrypt(password, salt, hmac, cipherText);
      if (plain === undefined) continue;
      // What is no text is never printed either.
      if (!plain.includes(0)) this.#secrets?.add(plain.toString('utf8'));
      return plain;
    }
    throw new Problem({ code: 'vault-password-wrong', what: 'no vault password that was given opens this value' });
  }
}

function payload(hex: string): [Buffer, Buffer, Buffer] {
  const parts = Buffer.from(hex, 'hex').toString('utf8').split('\n');
  const [salt = '', hmac = '', cipherText = ''] = parts;
  return [Buffer.from(salt, 'hex'), Buffer.from(hmac, 'hex'), Buffer.from(cipherText, 'hex')];
}

function decrypt(password: string, salt: Buffer, hmac: Buffer, cipherText: Buffer): Buffer | undefined {
  const keys = pbkdf2Sync(password, salt, 10_000, 80, 'sha256');
  const [key, hmacKey, counter] = [keys.subarray(0, 32), keys.subarray(32, 64), keys.subarray(64, 80)];
  const expected = createHmac('sha256', hmacKey).update(cipherText).digest();
  if (expected.length !== hmac.length || !timingSafeEqual(expected, hmac)) return undefined;
  const decipher = createDecipheriv('aes-256-ctr', key, counter);
  const padded = Buffer.concat([decipher.update(cipherText), decipher.final()]);
  // PKCS#7: the last byte says how many bytes were added.
  return padded.subarray(0, padded.length - (padded.at(-1) ?? 0));
}

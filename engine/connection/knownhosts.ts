import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** One line of a known_hosts file that speaks of a host; sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. */
export interface KnownKey {
  file: string;
  line: number;
  marker: 'cert-authority' | 'revoked' | undefined;
  type: string;
  key: Buffer;
}

/** Every line of the files that speaks of the host. A port other than 22 is part of the name. */
export function knownKeys(files: readonly string[], address: string, port: number): KnownKey[] {
  const name = knownName(address, port);
  return files.flatMap((file) =>
    linesOf(file).flatMap(({ text, line }) => {
      const found = parseLine(text);
      return found && matches(found.names, name)
        ? [{ file, line, marker: found.marker, type: found.type, key: found.key }]
        : [];
    }),
  );
}

const knownName = (address: string, port: number): string =>
  (port === 22 ? address : `[${address}]:${port}`).toLowerCase();

function linesOf(file: string): { text: string; line: number }[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((text, index) => ({ text: text.trim(), line: index + 1 }));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw thrown;
  }
}

function parseLine(text: string): { names: string; marker: KnownKey['marker']; type: string; key: Buffer } | undefined {
  if (text === '' || text.startsWith('#')) return undefined;
  const words = text.split(/\s+/);
  const marker = words[0]?.startsWith('@') ? words.shift()?.slice(1) : undefined;
  const [names, type, key] = words;
  if (!names || !type || !key) return undefined;
  if (marker !== undefined && marker !== 'cert-authority' && marker !== 'revoked') return undefined;
  return { names, marker, type, key: Buffer.from(key, 'base64') };
}

function matches(names: string, wanted: string): boolean {
  if (names.startsWith('|1|')) return hashMatches(names, wanted);
  let found = false;
  for (const pattern of names.toLowerCase().split(',')) {
    if (pattern.startsWith('!') && glob(pattern.slice(1), wanted)) return false;
    found ||= glob(pattern, wanted);
  }
  return found;
}

/** `|1|salt|hash`: HMAC-SHA1 of the name, as ssh-keygen -H writes it. */
function hashMatches(hashed: string, wanted: string): boolean {
  const [, , salt = '', hash = ''] = hashed.split('|');
  const expected = createHmac('sha1', Buffer.from(salt, 'base64')).update(wanted).digest();
  const actual = Buffer.from(hash, 'base64');
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

function glob(pattern: string, text: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === text;
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(text);
}

/** The type a key blob names at its start (RFC 4253, 6.6). */
export const keyType = (key: Buffer): string => key.toString('ascii', 4, 4 + key.readUInt32BE(0));

/** A key's fingerprint as OpenSSH shows it. */
export const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

/** Remembers a host's key. One short append: lines of hosts that are met at the same time do not mix. */
export function remember(file: string, address: string, port: number, key: Buffer): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const line = `${knownName(address, port)} ${keyType(key)} ${key.toString('base64')}\n`;
  const begin = existsSync(file) && /[^\n]$/.test(readFileSync(file, 'utf8')) ? '\n' : '';
  appendFileSync(file, begin + line, { mode: 0o600 });
}

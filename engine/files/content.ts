import { createHash } from 'node:crypto';
import type { Content } from '../connection/connection.ts';

/** Larger contents are not shown in diffs. */
export const LARGEST_DIFF = 64 * 1024;

const hashes = new WeakMap<Content, Promise<string>>();

/** The SHA-1 that Ansible's modules answer as `checksum`; worked out once for each content. */
export function sha1Of(content: Content): Promise<string> {
  const known = hashes.get(content) ?? hash(content);
  hashes.set(content, known);
  return known;
}

async function hash(content: Content): Promise<string> {
  const sha1 = createHash('sha1');
  for await (const chunk of content.open()) sha1.update(chunk);
  return sha1.digest('hex');
}

/** The bytes as text, or undefined when they are none. */
export function textOf(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined || bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Name under which Ansible keeps a copy of a file it replaces. */
export function backupSuffix(now = new Date()): string {
  const two = (part: number): string => String(part).padStart(2, '0');
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  const time = `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;
  return `.${process.pid}.${day}@${time}~`;
}

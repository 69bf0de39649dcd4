import { Problem } from '../problem.ts';
import { unreachable } from './codes.ts';
import type { Target } from './connection.ts';
import { fingerprint, type KnownKey, keyType, knownKeys, remember } from './knownhosts.ts';

/** Judges the key a host shows: nothing when it is known (or now remembered), else the Problem. */
export function judgeHostKey(target: Target, key: Buffer): Problem | undefined {
  const known = knownKeys(target.knownHostsFiles, target.address, target.port);
  const same = (one: KnownKey): boolean => one.key.equals(key);
  if (known.some((one) => one.marker === 'revoked' && same(one))) {
    return unreachable(
      target,
      'host-key-changed',
      `it shows the key ${fingerprint(key)}, which known_hosts has revoked`,
    );
  }
  const plain = known.filter((one) => one.marker === undefined);
  if (plain.some(same)) return undefined;
  const other = plain.find((one) => one.type === keyType(key)) ?? plain[0];
  if (other) return changed(target, key, other);
  if (target.hostKeyChecking === 'accept-new') {
    remember(target.knownHostsFiles[0] ?? '', target.address, target.port, key);
    return undefined;
  }
  return unreachable(
    target,
    'host-key-unknown',
    `its key ${keyType(key)} ${fingerprint(key)} is in no known_hosts file`,
    'compare the fingerprint with the host, then run once with --host-key-checking accept-new',
  );
}

function changed(target: Target, key: Buffer, other: KnownKey): Problem {
  return new Problem({
    code: 'host-key-changed',
    what: `the host key of ${target.host} (${target.address}) has changed`,
    why: 'somebody may be listening in, or the host was set up anew',
    details: [
      `known: ${other.type} ${fingerprint(other.key)} (${other.file}:${other.line})`,
      `shown: ${keyType(key)} ${fingerprint(key)}`,
    ],
    mend: `if the host was set up anew, remove line ${other.line} of ${other.file}`,
  });
}

const DEFAULT_TYPES = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** Algorithms to ask for: those of keys we know first, so that a host with several keys shows one of them. */
export function preferredTypes(target: Target): string[] {
  const known = knownKeys(target.knownHostsFiles, target.address, target.port).filter(
    (one) => one.marker === undefined,
  );
  const first = known.flatMap((one) => (one.type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [one.type]));
  return [...new Set([...first.filter((type) => DEFAULT_TYPES.includes(type)), ...DEFAULT_TYPES])];
}

/** True when only a certificate authority vouches for the host, which ssh2 cannot check and OpenSSH can. */
export function needsCertificate(target: Target): boolean {
  const known = knownKeys(target.knownHostsFiles, target.address, target.port);
  return known.some((one) => one.marker === 'cert-authority') && !known.some((one) => one.marker === undefined);
}

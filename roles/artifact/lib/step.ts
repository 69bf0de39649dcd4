import { Problem } from 'mesh-play';

/** Where a version is in use. */
export interface InUse {
  host: string;
  version: string;
}

/** Products whose versions next to each other only are made to work together (SPIRE: doc/upgrading.md). */
const MINOR_BY_MINOR = ['spire', 'etcd', 'cilium'];

/** Products whose agents are never newer than their servers. */
const WITH_SERVERS = ['spire'];

const numbers = (version: string): number[] => version.split(/[.+-]/).slice(0, 3).map(Number);

/**
 * Throws a Problem where a product's authors do not vouch for the way from the version in use to another. `way`: how the minor
 * in between is gone to.
 */
export function refuseJump(
  product: string,
  to: string,
  { host, version }: InUse,
  way = (next: string): string => `upgrade.yml -e product=${product} -e version=${next}.X`,
): void {
  if (!MINOR_BY_MINOR.includes(product)) return;
  const [major, minor = 0] = numbers(version);
  const [toMajor, toMinor = 0] = numbers(to);
  if (product === 'etcd' && major === toMajor && toMinor < minor)
    throw refused(
      `${host} has etcd ${version}, and its store does not go back to ${toMajor}.${toMinor}`,
      'keep the version, or go back to a backup of before: restore.yml',
      'etcd raises its store to its own minor when all members run it',
    );
  if (major === toMajor && Math.abs(toMinor - minor) <= 1) return;
  const next = `${major}.${minor + Math.sign(toMinor - minor)}`;
  throw refused(
    `${host} has ${product} ${version}, and ${to} is more than one minor away`,
    major === toMajor ? `go to ${next} first: ${way(next)}` : 'go to the next release line first',
    'each minor only knows the one before and the one after it',
  );
}

/** Throws a Problem for a way that cannot be gone servers first and all agents after, as site.yml does. */
export function refuseBack(product: string, to: string, { host, version }: InUse): void {
  const [major, minor = 0] = numbers(version);
  const [toMajor, toMinor = 0] = numbers(to);
  if (!WITH_SERVERS.includes(product) || major !== toMajor || toMinor >= minor) return;
  throw refused(
    `${host} has ${product} ${version}, and ${product}_version is ${to}, a minor older`,
    `set ${product}_version to ${version}, or go back by upgrade.yml -e product=${product} -e version=${to}`,
    'agents go back before their server, and site.yml brings servers first',
  );
}

export const refused = (what: string, mend: string, why?: string): Problem =>
  new Problem({ code: 'upgrade-refused', what, why, mend });

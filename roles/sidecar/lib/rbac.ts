import type { Mapping } from 'mesh-play';
import type { Allowed } from './instance.ts';

/** One policy for each peer, so that what one may do says nothing of another. A peer that is named twice may do either. */
export function rules(allowed: readonly Allowed[]): Mapping {
  const policies = [...new Set(allowed.map(({ spiffe_id: id }) => id))].map((id) => [
    id,
    {
      principals: [{ authenticated: { principal_name: { exact: id } } }],
      permissions: allowed.filter((from) => from.spiffe_id === id).map(permission),
    },
  ]);
  return { action: 'ALLOW', policies: Object.fromEntries(policies) };
}

function permission({ methods, paths }: Allowed): Mapping {
  const all: Mapping[] = [];
  if (methods !== undefined)
    all.push({
      or_rules: { rules: methods.map((method) => ({ header: { name: ':method', string_match: { exact: method } } })) },
    });
  if (paths !== undefined)
    all.push({ or_rules: { rules: paths.map((path) => ({ url_path: { path: match(path) } })) } }, STAYS_BELOW);
  return all.length === 0 ? { any: true } : { and_rules: { rules: all } };
}

/**
 * Envoy resolves `..` and `..;a=1`, but not `%2e%2e;a=1`, which it decodes and passes on (seen with 1.39.3 and 1.40.0, after
 * the mend of CVE-2026-73551). A program that takes parameters off, as servlets do, would climb out of what is allowed; so
 * would one that decodes what follows the dots and then throws it away.
 */
const STAYS_BELOW: Mapping = { not_rule: { url_path: { path: { safe_regex: { regex: '.*/\\.\\.[;%].*' } } } } };

/** The path is compared without its query, after it was normalised. */
const match = (path: string): Mapping => (path.endsWith('*') ? { prefix: path.slice(0, -1) } : { exact: path });

import { type Finding, inDays } from './finding.ts';

/** A namespace that Cilium knows. */
export interface Endpoint {
  id: number;
  state: string;
  labels: string[];
}

/** What was found on a host. */
export interface Seen {
  /** Mode, owner and group by path; null where nothing is. */
  sockets: Record<string, string | null>;
  units: Record<string, { active: string; enabled: string }>;
  /** Units in the state failed. */
  failed: string[];
  ports: { protocol: string; address: string; port: number; program: string }[];
  files: string[];
  /** Version by product: the link, and what the units' processes run. */
  versions: Record<string, string>;
  running: Record<string, string>;
  /** End of each certificate by path, in seconds since 1970; null where it cannot be read. */
  certificates: Record<string, number | null>;
  /** Policy files of several documents. */
  several: string[];
  /** A join token lies about. */
  token: boolean;
  /** What Cilium enforces; null where it is not, "down" where it does not answer. */
  cilium: { enforcement: string; audit_mode: string; endpoints: Endpoint[] } | 'down' | null;
  /** Serial of the zone as this host's server answers it. */
  serial: number | null;
}

/** What the inventory says of a host. */
export interface Declared {
  sockets: Record<string, string>;
  units: string[];
  ports: number[];
  /** Patterns with `*`. */
  files: string[];
  versions: Record<string, string>;
  soon: number;
}

/** Findings of one host. */
export function judgeHost(host: string, seen: Seen, declared: Declared, now: number): Finding[] {
  const finding: Tell = (severity, what, mend) => ({
    severity,
    where: host,
    what,
    ...(mend === undefined ? {} : { mend }),
  });
  const found: Finding[] = [];
  for (const [path, wanted] of Object.entries(declared.sockets))
    if (seen.sockets[path] !== wanted)
      found.push(
        finding(
          'high',
          `${path} is ${seen.sockets[path] ?? 'not there'}, not ${wanted}`,
          'run site.yml, or restart its unit',
        ),
      );
  for (const unit of declared.units) {
    const { active, enabled } = seen.units[unit] ?? { active: 'unknown', enabled: 'unknown' };
    if (active !== 'active')
      found.push(finding('high', `${unit} is ${active}`, `journalctl -u ${unit}, then site.yml`));
    if (enabled !== 'enabled')
      found.push(finding('medium', `${unit} is ${enabled}: it does not start at boot`, 'run site.yml'));
  }
  for (const unit of seen.failed)
    if (!declared.units.includes(unit)) found.push(finding('low', `${unit} has failed`, `journalctl -u ${unit}`));
  found.push(
    ...judgePorts(seen, declared).map((what) => finding('low', what, 'stop it, or declare it in audit_ports')),
  );
  const known = declared.files.map(
    (pattern) => new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*')}$`),
  );
  for (const file of seen.files)
    if (!known.some((pattern) => pattern.test(file)))
      found.push(finding('medium', `${file} is not of the inventory`, 'remove it'));
  for (const file of seen.several)
    found.push(
      finding('high', `${file} has several documents, and Cilium reads only the first`, 'make a file of each of them'),
    );
  if (seen.token) found.push(finding('high', 'a join token was left in /etc/spire/agent/join_token', 'run site.yml'));
  found.push(...judgeCilium(seen, finding));
  found.push(...judgeVersions(seen, declared, finding));
  for (const [path, end] of Object.entries(seen.certificates)) {
    if (end === null) found.push(finding('medium', `${path} is no certificate that can be read`));
    else if (end - now < declared.soon)
      found.push(finding('high', `the certificate ${path} ${inDays(end, now)}`, 'run site.yml'));
  }
  return found;
}

type Tell = (severity: Finding['severity'], what: string, mend?: string) => Finding;

function judgeCilium({ cilium }: Seen, finding: Tell): Finding[] {
  if (cilium === null) return [];
  if (cilium === 'down')
    return [finding('high', 'Cilium does not answer: what it enforced stays, nothing new is', 'journalctl -u cilium')];
  const found: Finding[] = [];
  if (cilium.enforcement !== 'always')
    found.push(
      finding(
        'high',
        `policies are enforced "${cilium.enforcement}", not always`,
        'cilium-dbg config PolicyEnforcement=always, or restart cilium',
      ),
    );
  if (cilium.audit_mode !== 'Disabled')
    found.push(
      finding(
        'high',
        'policies are told and not enforced (PolicyAuditMode)',
        'cilium-dbg config PolicyAuditMode=Disabled',
      ),
    );
  for (const { id, state, labels } of cilium.endpoints) {
    if (labels.includes('reserved:host') || labels.includes('reserved:health')) continue;
    if (labels.includes('reserved:init') || !labels.some((label) => label.includes('spiffe.io/spiffeid=')))
      found.push(
        finding(
          'high',
          `the endpoint ${id} has no identity of a service (${labels.join(', ') || 'no labels'})`,
          'remove its namespace, or restart its mesh-endpoint unit',
        ),
      );
    else if (state !== 'ready')
      found.push(finding('medium', `the endpoint ${id} is ${state}`, `cilium-dbg endpoint log ${id}`));
  }
  return found;
}

const isLoopback = (address: string): boolean => /^(127\.|\[?::1|lo$)/.test(address) || address.includes('%lo');

/** One line for each program and port, on however many addresses. */
function judgePorts({ ports }: Seen, declared: Declared): string[] {
  const open = ports.filter(({ address, port }) => !isLoopback(address) && !declared.ports.includes(port));
  const told = open.map(
    ({ protocol, port, program }) =>
      `${program || 'the kernel'} listens on port ${port} (${protocol}), which is not declared`,
  );
  return [...new Set(told)];
}

function judgeVersions({ versions, running }: Seen, declared: Declared, finding: Tell): Finding[] {
  const found: Finding[] = [];
  for (const [product, wanted] of Object.entries(declared.versions)) {
    const has = versions[product];
    if (has !== undefined && has !== wanted)
      found.push(
        finding(
          'medium',
          `it has ${product} ${has}, and the inventory ${wanted}`,
          `run upgrade.yml -e product=${product} -e version=${wanted}`,
        ),
      );
  }
  for (const [unit, path] of Object.entries(running)) {
    const [, product = '', version = ''] = /([^/]+)\/([^/]+)\/[^/]+$/.exec(path) ?? [];
    if (product in versions && versions[product] !== version)
      found.push(
        finding(
          'medium',
          `${unit} still runs ${product} ${version}, and ${versions[product]} is installed`,
          `systemctl restart ${unit}`,
        ),
      );
  }
  return found;
}

/** Serials of the zone by host: all the same, or a server answers with an old zone. */
export function judgeSerials(serials: Readonly<Record<string, number | null>>): Finding[] {
  const newest = Math.max(...Object.values(serials).map((serial) => serial ?? 0));
  return Object.entries(serials).flatMap(([where, serial]): Finding[] => {
    if (serial === null)
      return [
        { severity: 'high', where, what: 'its DNS server does not answer for the zone', mend: 'journalctl -u coredns' },
      ];
    if (serial === newest) return [];
    return [
      {
        severity: 'high',
        where,
        what: `its DNS server has the zone of serial ${serial}, another one has ${newest}`,
        mend: 'systemctl restart coredns',
      },
    ];
  });
}

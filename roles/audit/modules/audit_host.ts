import { X509Certificate } from 'node:crypto';
import { defineQuery, type Mapping, type Reader } from 'mesh-play';
import { serialServed } from '../../coredns/lib/soa.ts';
import type { Endpoint, Seen } from '../lib/host.ts';

interface Args {
  dest: string;
  sockets: string[];
  units: string[];
  folders: string[];
  certificates: string[];
  zone?: string;
}

/** $1 where products are, $2 units with blanks between, then folders. A line for each thing found, its kind first. */
const LOOK = `dest=$1 units=$2; shift 2
for u in $units; do
  p=$(systemctl show -p MainPID --value -- "$u" 2>/dev/null)
  echo "unit $u $(systemctl is-active -- "$u" 2>/dev/null || :) $(systemctl is-enabled -- "$u" 2>/dev/null || :) $([ "\${p:-0}" = 0 ] || readlink "/proc/$p/exe")"
done
systemctl list-units --state=failed --plain --no-legend 2>/dev/null | while read -r u _; do echo "failed $u"; done
for l in "$dest"/*/current; do [ ! -L "$l" ] || echo "version $(basename "$(dirname "$l")") $(readlink "$l")"; done
find "$@" -maxdepth 3 ! -type d 2>/dev/null | while read -r f; do echo "file $f"; done
for f in /etc/cilium/policies/*.yaml; do
  [ -f "$f" ] || continue
  awk 'function end() { n += full; full = 0 } /^---([ \t]|$)/ { end(); sub(/^---/, "") } !/^[ \t]*(#|$)/ { full = 1 } END { end(); exit n < 2 }' "$f" && echo "several $f"
done
t=/etc/spire/agent/join_token; [ ! -s $t ] || [ "$(cat $t)" = used ] || echo token
ss -Hltnup 2>/dev/null | while read -r net state _ _ local _ users; do echo "port $net $local $users"; done
:`;

/** $1 path. */
const MODE = `stat -c '%a %U %G' -- "$1" 2>/dev/null || :`;

/** The shorthand that role cilium lays. */
const DBG = '/usr/local/bin/cilium-dbg';

async function ciliumOf(host: Reader): Promise<Seen['cilium']> {
  if ((await host.stat(DBG)) === undefined) return null;
  const [config, list] = await Promise.all([
    host.query([DBG, 'config'], { ok: 'any' }),
    host.query([DBG, 'endpoint', 'list', '-o', 'json'], { ok: 'any' }),
  ]);
  if (config.status !== 0 || list.status !== 0) return 'down';
  const option = (name: string): string =>
    new RegExp(`^${name}\\s*: (\\S+)`, 'm').exec(config.stdout)?.[1] ?? 'unknown';
  return {
    enforcement: option('PolicyEnforcement'),
    audit_mode: option('PolicyAuditMode'),
    endpoints: endpointsOf(list.stdout),
  };
}

export const endpointsOf = (json: string): Endpoint[] =>
  (JSON.parse(json) as { id: number; status: { state: string; identity?: { labels?: string[] } } }[]).map(
    ({ id, status }) => ({ id, state: status.state, labels: status.identity?.labels ?? [] }),
  );

async function endOf(host: Reader, path: string): Promise<number | null> {
  const bytes = await host.readFile(path);
  try {
    return bytes === undefined ? null : Date.parse(new X509Certificate(bytes).validTo) / 1000;
  } catch {
    // What is no certificate is a finding, not an error of the audit.
    return null;
  }
}

/** The script's lines as what they tell. */
export function parseLook(text: string): Omit<Seen, 'sockets' | 'certificates' | 'serial' | 'cilium'> {
  const seen: ReturnType<typeof parseLook> = {
    units: {},
    failed: [],
    ports: [],
    files: [],
    versions: {},
    running: {},
    several: [],
    token: false,
  };
  for (const line of text.split('\n')) {
    const [kind, first = '', second = '', third = '', fourth = ''] = line.split(' ');
    if (kind === 'unit') {
      seen.units[first] = { active: second, enabled: third };
      if (fourth !== '') seen.running[first] = fourth;
    } else if (kind === 'failed') seen.failed.push(first);
    else if (kind === 'version') seen.versions[first] = second;
    else if (kind === 'file') seen.files.push(line.slice(5));
    else if (kind === 'several') seen.several.push(line.slice(8));
    else if (kind === 'token') seen.token = true;
    else if (kind === 'port') {
      const at = second.lastIndexOf(':');
      const program = /\(\("([^"]+)"/.exec(line)?.[1] ?? '';
      seen.ports.push({ protocol: first, address: second.slice(0, at), port: Number(second.slice(at + 1)), program });
    }
  }
  return seen;
}

/** Reads what an audit judges of a host. */
export default defineQuery<Args>({
  name: 'audit_host',
  description: 'Reads what an audit judges of a host: sockets, units, files, ports, versions, certificates, its zone.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['dest', 'sockets', 'units', 'folders', 'certificates'],
    properties: {
      dest: { type: 'string', format: 'path', description: 'Where products are laid.', examples: ['/opt'] },
      sockets: { type: 'array', items: { type: 'string' }, description: 'Paths whose mode and owner are read.' },
      units: { type: 'array', items: { type: 'string' }, description: 'Units, with their suffix.' },
      folders: { type: 'array', items: { type: 'string' }, description: 'Folders whose files are listed.' },
      certificates: { type: 'array', items: { type: 'string' }, description: 'Certificates whose end is read.' },
      zone: { type: 'string', description: 'Zone whose serial the host’s own DNS server is asked for.' },
    },
  },
  ask: async (host, { dest, sockets, units, folders, certificates, zone }) => {
    const [look, cilium, serial, modes, ends] = await Promise.all([
      host.script(LOOK, [dest, units.join(' '), ...folders]),
      ciliumOf(host),
      zone === undefined ? null : serialServed(host, '127.0.0.1', zone),
      Promise.all(sockets.map(async (path) => [path, (await host.script(MODE, [path])).stdout.trim() || null])),
      Promise.all(certificates.map(async (path) => [path, await endOf(host, path)])),
    ]);
    const seen: Seen = {
      ...parseLook(look.stdout),
      sockets: Object.fromEntries(modes),
      certificates: Object.fromEntries(ends),
      cilium,
      serial,
    };
    return { returns: { seen: seen as unknown as Mapping } };
  },
});

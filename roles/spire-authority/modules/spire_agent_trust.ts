import { X509Certificate } from 'node:crypto';
import { defineAction, type Reader } from 'mesh-play';
import { subjectKeyId } from '../lib/authority.ts';
import { certificatesIn, parseAgent, signedBy } from '../lib/certificate.ts';

/** Who is given an SVID: a user, and where an entry asks for it, the unit he must be in. */
interface Workload {
  user: string;
  unit?: string;
}

interface Args {
  trusts?: string[];
  retired?: string;
  workloads: Workload[];
  socket: string;
  data: string;
  program: string;
  timeout: number;
}

/**
 * $1 user, $2 program, $3 socket, $4 unit or nothing. A process asks from inside the unit, as SPIRE attests by its cgroup.
 * Only certificates leave the host; the keys beside them do not.
 */
export const FETCH = `if [ -n "$4" ]; then
  c=$(systemctl show -p ControlGroup --value -- "$4"); [ -n "$c" ] || exit 0
  for h in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
    [ ! -e "$h$c/cgroup.procs" ] || echo $$ >"$h$c/cgroup.procs" || exit 0
  done
fi
runuser -u "$1" -- "$2" api fetch x509 -output json -timeout 3s -socketPath "$3" | tr ',{' '\\n\\n' | sed -n 's/.*"x509_svid": *"\\([^"]*\\)".*/\\1/p'`;

/** What is not as it should be yet. */
async function lacking(host: Reader, { trusts, retired, workloads, ...args }: Args): Promise<string[]> {
  const data = await host.readFile(args.data);
  if (data === undefined) return ['it has not joined'];
  const { svid, bundle } = parseAgent(data.toString('utf8'));
  const found: string[] = [];
  const idOf = ({ raw }: X509Certificate): string => subjectKeyId(raw);
  const wanted = (trusts ?? []).map((asn1) => subjectKeyId(Buffer.from(asn1, 'base64')));
  const known = bundle.map(idOf);
  if (trusts) {
    found.push(...wanted.filter((id) => !known.includes(id)).map((id) => `it does not trust ${id} yet`));
    found.push(...known.filter((id) => !wanted.includes(id)).map((id) => `it still trusts ${id}`));
  }
  if (retired === undefined) return found;
  const authority = new X509Certificate(Buffer.from(retired, 'base64'));
  if (signedBy(svid, authority)) found.push('its own SVID was signed by the retired authority');
  for (const { user, unit = '' } of workloads) {
    // A shell of its own, since it moves itself into the unit.
    const words = ['sh', '-c', FETCH, 'sh', user, args.program, args.socket, unit];
    const { stdout } = await host.query(words, { ok: 'any' });
    const chains = stdout.split('\n').filter(Boolean);
    const who = unit === '' ? user : `${user} in ${unit}`;
    if (chains.length === 0) found.push(`${who} is given no SVID`);
    if (chains.some((chain) => signedBy(certificatesIn(Buffer.from(chain, 'base64')), authority)))
      found.push(`the SVID of ${who} was signed by the retired authority`);
  }
  return found;
}

/** Waits until the agent of the host trusts what it should, and nothing it serves is signed by a retired authority. */
export default defineAction<Args>({
  name: 'spire_agent_trust',
  description:
    'Waits until the agent of the host trusts exactly the given authorities, and neither its own SVID nor one it serves is signed by a retired one.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['program'],
    properties: {
      trusts: {
        type: 'array',
        items: { type: 'string' },
        description: 'Authorities, as base64 of their certificates.',
      },
      retired: { type: 'string', description: 'An authority that must have signed nothing, likewise.' },
      workloads: {
        type: 'array',
        items: { type: 'object' },
        default: [],
        description: 'Who is given SVIDs: user, and if its entry names one, unit.',
      },
      socket: {
        type: 'string',
        format: 'path',
        default: '/run/spire/agent/public/api.sock',
        description: 'The agent’s workload socket.',
      },
      data: {
        type: 'string',
        format: 'path',
        default: '/var/lib/spire/agent/agent-data.json',
        description: 'What the agent keeps.',
      },
      program: {
        type: 'string',
        format: 'path',
        description: 'The agent’s program.',
        examples: ['/opt/spire/current/spire-agent'],
      },
      timeout: { type: 'number', default: 60, minimum: 0, description: 'Seconds to wait for it.' },
    },
    requiredOneOf: [['trusts', 'retired']],
  },
  act: async (host, args, controller) => {
    const begin = Date.now();
    for (;;) {
      const left = await lacking(host, args);
      const waited = (Date.now() - begin) / 1000;
      if (left.length === 0) return { changed: false, returns: { waited: Math.round(waited) } };
      if (waited >= args.timeout)
        return { failed: `after ${args.timeout} s the agent is not as far: ${left.join('; ')}`, returns: { left } };
      controller.progress(left[0] ?? '', Math.round(waited), args.timeout);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  },
});

import { defineQuery, Problem } from 'mesh-play';
import { lastLines } from '../../artifact/lib/log.ts';

interface Args {
  sidecars: { name: string; unit: string; spiffe_id: string }[];
  timeout: number;
}

/**
 * Waits until each sidecar holds a certificate of its SPIFFE ID (Envoy's admin interface, /certs); else ends with 1 and prints
 * the names of those that do not. $1 seconds to wait, then NAME=SPIFFE-ID.
 */
const WAIT = `end=$(($(date +%s) + $1)); shift
holds() { curl -fsS --unix-socket "/run/mesh-sidecar-$1/admin.sock" http://localhost/certs 2>/dev/null | grep -qF "\\"$2\\""; }
while :; do
  without=
  for one; do holds "\${one%%=*}" "\${one#*=}" || without="$without \${one%%=*}"; done
  [ -n "$without" ] || exit 0
  [ "$(date +%s)" -lt "$end" ] || break
  sleep 0.5
done
printf '%s\\n' $without
exit 1`;

/** Proves that sidecars have their identities: without one, Envoy is ready all the same and refuses every call. */
export default defineQuery<Args>({
  name: 'sidecar_identity',
  description:
    'Waits until sidecars hold a certificate of their SPIFFE ID. Without one they run, and every call is refused. Does nothing in check mode.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['sidecars'],
    properties: {
      sidecars: {
        type: 'array',
        items: { type: 'object' },
        description: 'The sidecars: name, unit and spiffe_id of each.',
        examples: [
          [{ name: 'service1', unit: 'mesh-sidecar-service1.service', spiffe_id: 'spiffe://mesh.internal/service1' }],
        ],
      },
      timeout: { type: 'integer', default: 30, minimum: 0, description: 'Seconds to wait for all.' },
    },
  },
  examples: `- sidecar_identity:
    sidecars: [{name: service1, unit: mesh-sidecar-service1.service, spiffe_id: "spiffe://mesh.internal/service1"}]
`,
  ask: async (host, { sidecars, timeout }, controller) => {
    if (controller.check) return { skipped: 'nothing was started in check mode' };
    const words = sidecars.map(({ name, spiffe_id: id }) => `${name}=${id}`);
    const { status, stdout } = await host.script(WAIT, [String(timeout), ...words], { ok: [0, 1] });
    if (status === 0) return {};
    const names = stdout.trim().split('\n');
    const without = sidecars.filter(({ name }) => names.includes(name));
    const logs = without.map(({ unit }) => lastLines(host, unit, `last log lines of ${unit}:`));
    throw new Problem({
      code: 'no-identity',
      what: `on ${host.host} SPIRE gives no certificate of ${without.map(({ spiffe_id: id }) => id).join(', ')}`,
      details: (await Promise.all(logs)).flat(),
      why: 'its entry is made on the SPIRE server, and the agent of the host hands it on',
      mend: 'where --limit left the SPIRE server out, run this with it',
    });
  },
});

import { defineAction, type Value, type Writer } from 'mesh-play';
import { accessesIn, dropsIn } from '../lib/evidence.ts';
import { FOLDER, type Probe, STRANGER, UNLABELLED } from '../lib/probe.ts';
import { scriptOf } from '../lib/script.ts';

interface Args {
  state: 'begun' | 'ended';
  material?: string;
  cilium?: boolean;
  probes?: Probe[];
  sidecars?: Record<string, string>;
}

/** Drops, and the journals of sidecars since the beginning, each after a line `== NAME`. $1: folder; then units. */
const SEEN = `folder=$1; shift
echo "== address"; cat "$folder/address" 2>/dev/null
echo "== drops"; cat "$folder/drops" 2>/dev/null
since=
[ ! -e "$folder/since" ] || read -r since <"$folder/since"
for unit; do
  echo "== $unit"
  [ -z "$since" ] || journalctl -u "$unit" --since "@$since" -o cat --no-pager
done
:`;

async function seenOn(host: Writer, sidecars: Record<string, string>) {
  const { stdout } = await host.script(SEEN, [FOLDER, ...Object.values(sidecars)]);
  const parts = new Map(
    stdout.split(/^== /m).map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)]),
  );
  const accesses = Object.entries(sidecars).flatMap(([service, unit]) =>
    accessesIn(host.host, service, parts.get(unit) ?? ''),
  );
  const drops = dropsIn(host.host, parts.get('drops') ?? '');
  return { unlabelled: parts.get('address')?.trim() ?? '', drops, accesses };
}

/** What has to be made for probes: nothing that none of them needs, and keys least of all. */
const needsOf = (probes: readonly Probe[]) => ({
  certificates: probes.some(({ act }) => act.kind === 'tls'),
  namespaces: new Set(probes.map(({ namespace }) => namespace)),
  users: new Set(probes.flatMap(({ user }) => user ?? [])),
});

/** Makes on a host what the probes need, or takes it away and tells what was seen meanwhile. */
export default defineAction<Args>({
  name: 'verify_host',
  description: 'Makes on a host what the probes need, or takes all of it away and tells what was seen meanwhile.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['state'],
    properties: {
      state: { type: 'string', enum: ['begun', 'ended'], description: 'Which of the two.' },
      material: { type: 'string', secret: true, description: 'What verify_mint made.' },
      cilium: { type: 'boolean', default: false, description: 'Watch for what Cilium drops.' },
      probes: {
        type: 'array',
        items: { type: 'object' },
        default: [],
        description: 'Those of verify_plan that are for this host.',
      },
      sidecars: { type: 'object', default: {}, description: 'Unit of each service’s sidecar here.' },
    },
  },
  act: async (host, { state, material = '', cilium, probes = [], sidecars = {} }, controller) => {
    const end = await scriptOf(controller, 'end');
    const names = [FOLDER, UNLABELLED, STRANGER];
    if (state === 'ended') {
      const seen = await seenOn(host, sidecars);
      await host.runScript(end, names, { ok: 'any' });
      return { changed: false, returns: seen as unknown as Record<string, Value> };
    }
    // What a run that was cut off left is not built upon.
    await host.runScript(end, names, { ok: 'any' });
    const { certificates, namespaces, users } = needsOf(probes);
    const word = (name: string, needed: boolean): string => (needed ? name : '-');
    const words = [
      FOLDER,
      word('material', certificates),
      word('drops', cilium === true),
      ...[UNLABELLED, STRANGER].map((name) => word(name, namespaces.has(name))),
      ...users,
    ];
    const stdin = certificates ? material : '';
    await host.runScript(await scriptOf(controller, 'begin'), words, { stdin });
    return { changed: false };
  },
});

import { type Controller, defineAction, type Value, type Writer } from 'mesh-play';
import { accessesIn, dropsIn } from '../lib/evidence.ts';
import { FOLDER, STRANGER, UNLABELLED } from '../lib/probe.ts';

interface Args {
  state: 'begun' | 'ended';
  material?: string;
  cilium?: boolean;
  dns?: boolean;
  users?: string[];
  sidecars?: Record<string, string>;
}

const scriptOf = async (controller: Controller, name: string): Promise<string> =>
  (await controller.file(await controller.find('files', name))).text ?? '';

/** Drops, and the journals of sidecars since the beginning, each after a line `== NAME`. $1: folder; then units. */
const SEEN = `folder=$1; shift
echo "== address"; cat "$folder/address" 2>/dev/null
echo "== drops"; cat "$folder/drops" 2>/dev/null
for unit; do
  echo "== $unit"
  [ ! -s "$folder/since" ] || journalctl -u "$unit" --since "@$(cat "$folder/since")" -o cat --no-pager
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
      cilium: {
        type: 'boolean',
        default: false,
        description: 'Make a namespace without a label, and watch for drops.',
      },
      dns: { type: 'boolean', default: false, description: 'Make a namespace of a stranger to the private DNS.' },
      users: { type: 'array', items: { type: 'string' }, default: [], description: 'Users to ask as.' },
      sidecars: { type: 'object', default: {}, description: 'Unit of each service’s sidecar here.' },
    },
  },
  act: async (host, { state, material = '', cilium, dns, users = [], sidecars = {} }, controller) => {
    const end = await scriptOf(controller, 'end');
    const names = [FOLDER, UNLABELLED, STRANGER];
    if (state === 'ended') {
      const seen = await seenOn(host, sidecars);
      await host.runScript(end, names, { ok: 'any' });
      return { changed: false, returns: seen as unknown as Record<string, Value> };
    }
    // What a run that was cut off left is not built upon.
    await host.runScript(end, names, { ok: 'any' });
    const words = [FOLDER, cilium ? UNLABELLED : '-', dns ? STRANGER : '-', ...users];
    await host.runScript(await scriptOf(controller, 'begin'), words, { stdin: material });
    return { changed: false };
  },
});

import { type Change, defineModule, type Reader, type Writer } from 'mesh-play';
import { parseRecord, type Record } from '../lib/record.ts';

interface Args {
  keep: { name: string; unit: string; user: string }[];
}

/** Every record there is, one a line. */
const RECORDS = 'for file in /etc/mesh/*/service.json; do [ -f "$file" ] && cat "$file"; done; :';

async function probe(host: Reader): Promise<Record[]> {
  const { stdout } = await host.script(RECORDS);
  return stdout
    .split('\n')
    .filter(Boolean)
    .flatMap((line) => parseRecord(line) ?? []);
}

/** A service whose unit or user is another now is taken away whole, and made anew by what follows. */
const plan = (records: Record[], { keep }: Args): Change[] =>
  records
    .filter(({ name, unit, user }) => !keep.some((one) => one.name === name && one.unit === unit && one.user === user))
    .map(({ name, unit, user }) => ({ key: name, before: `${unit} as ${user}`, after: null }));

/**
 * The program first, so that nothing runs without its sidecar; then the sidecar; then endpoint and namespace. A unit of the
 * user's stays, stopped and disabled: outside its namespace it would listen on the host.
 * $1 name, $2 unit, $3 whether it was made here, $4 user, $5 whether that was made here.
 */
const REMOVE = `set -eu
name=$1 unit=$2 made_unit=$3 user=$4 made_user=$5
units=/etc/systemd/system
off() { systemctl -q disable --now "$1" 2>/dev/null || systemctl -q stop "$1" 2>/dev/null || :; }
off "$unit"
if [ "$made_unit" = true ]; then rm -f "$units/$unit"; else rm -rf "$units/$unit.d/50-mesh.conf"; rmdir "$units/$unit.d" 2>/dev/null || :; fi
off "mesh-sidecar-$name.service"
rm -f "$units/mesh-sidecar-$name.service"
off "mesh-endpoint-$name.service"
[ ! -x /usr/local/lib/mesh/endpoint ] || /usr/local/lib/mesh/endpoint down "$name"
rm -f "$units/mesh-endpoint-$name.service"
systemctl daemon-reload
systemctl reset-failed "$unit" "mesh-sidecar-$name.service" "mesh-endpoint-$name.service" 2>/dev/null || :
rm -rf "/etc/netns/mesh-$name"
if [ "$made_user" = true ] && getent passwd "$user" >/dev/null; then
  pkill -KILL -u "$user" || :
  userdel "$user"
fi
rm -rf "/etc/mesh/$name"`;

async function apply(host: Writer, changes: readonly Change[], records: Record[]): Promise<void> {
  for (const { key } of changes) {
    const record = records.find(({ name }) => name === key);
    if (!record) continue;
    const { name, unit, made_unit: madeUnit, user, made_user: madeUser } = record;
    await host.runScript(REMOVE, [name, unit, String(madeUnit), user, String(madeUser)]);
  }
}

/** Takes away services that a host remembers and the inventory no longer has. */
export default defineModule<Args, Record[]>({
  name: 'service_gone',
  description:
    'Takes away services that a host remembers and the inventory no longer has: program, sidecar, endpoint, files, and the user if it was made.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['keep'],
    properties: {
      keep: {
        type: 'array',
        items: { type: 'object' },
        description: 'Services that stay: name, unit and user of each.',
      },
    },
  },
  probe: (host) => probe(host),
  plan,
  apply: (host, changes, _args, _controller, records) => apply(host, changes, records),
});

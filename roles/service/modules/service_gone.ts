import { type Change, type Controller, defineModule, Problem, type Reader, type Writer } from 'mesh-play';
import { endpointKept } from '../../cilium/lib/endpoint.ts';
import { folderOf, parseRecord, type Record, recordPath, recordText } from '../lib/record.ts';

interface Args {
  keep: Kept[];
  users: string[];
}

interface Kept {
  name: string;
  unit: string;
  user: string;
  sidecar: 'envoy' | 'none';
  command?: string[] | null;
}

/** A service that the host remembers, and whether it has a sidecar there. */
export interface Found {
  record: Record;
  sidecar: boolean;
}

/** Every record there is, one a line: the folder's name, whether there is a sidecar, and the record in base64. */
const RECORDS = `for file in /etc/mesh/*/service.json; do
  [ -f "$file" ] || continue
  folder=\${file%/*} name=\${folder##*/} sidecar=none
  [ ! -e "/etc/systemd/system/mesh-sidecar-$name.service" ] || sidecar=envoy
  printf '%s %s %s\\n' "$name" "$sidecar" "$(base64 -w 0 <"$file")"
done`;

async function probe(host: Reader): Promise<Found[]> {
  const { stdout } = await host.script(RECORDS);
  const lines = stdout.split('\n').filter(Boolean);
  return lines.flatMap((line) => {
    const [name = '', sidecar, bytes = ''] = line.split(' ');
    const record = parseRecord(name, Buffer.from(bytes, 'base64').toString('utf8'));
    return record === undefined ? [] : { record, sidecar: sidecar === 'envoy' };
  });
}

/** A service whose unit or user is another now, or that is to go on without its sidecar, is taken away whole and made anew. */
const plan = (found: Found[], { keep }: Args): Change[] =>
  found
    .filter(({ record: { name, unit, user }, sidecar }) => {
      const kept = keep.find((one) => one.name === name && one.unit === unit && one.user === user);
      return kept === undefined || (sidecar && kept.sidecar === 'none');
    })
    .map(({ record: { name, unit, user } }) => ({ key: name, before: `${unit} as ${user}`, after: null }));

/** What the script ends with when something goes on running. */
const STILL = 3;
/** And when the Cilium agent goes on with the endpoint. */
const KEPT = 4;

/**
 * The program first, so that nothing runs without its sidecar; then the sidecar; then endpoint and namespace. A unit of the
 * user's stays, stopped and disabled: outside its namespace it would listen on the host.
 * $1 name, $2 unit, $3 whether it was made here, $4 user, $5 whether that is to go.
 */
const REMOVE = `set -eu
name=$1 unit=$2 made_unit=$3 user=$4 user_goes=$5
units=/etc/systemd/system
off() {
  systemctl -q disable --no-reload "$1" 2>/dev/null || :
  said=$(systemctl stop "$1" 2>&1) || :
  case $(systemctl show -p ActiveState --value "$1") in
  inactive | failed) ;;
  *) printf '%s\\n' "$1" "$said"; exit ${STILL} ;;
  esac
}
off "$unit"
if [ "$made_unit" = true ]; then rm -f "$units/$unit"; else rm -rf "$units/$unit.d/50-mesh.conf"; rmdir "$units/$unit.d" 2>/dev/null || :; fi
off "mesh-sidecar-$name.service"
rm -f "$units/mesh-sidecar-$name.service"
off "mesh-endpoint-$name.service"
[ ! -x /usr/local/lib/mesh/endpoint ] || said=$(/usr/local/lib/mesh/endpoint down "$name" 2>&1) || { printf '%s\\n' "$said"; exit ${KEPT}; }
rm -f "$units/mesh-endpoint-$name.service"
systemctl daemon-reload
systemctl reset-failed "$unit" "mesh-sidecar-$name.service" "mesh-endpoint-$name.service" 2>/dev/null || :
rm -rf "/etc/netns/mesh-$name"
if [ "$user_goes" = true ] && getent passwd "$user" >/dev/null; then
  pkill -KILL -u "$user" || :
  userdel "$user"
fi
rm -rf "/etc/mesh/$name"`;

async function apply(
  host: Writer,
  changes: readonly Change[],
  { keep, users }: Args,
  controller: Controller,
  found: Found[],
): Promise<void> {
  const gone = changes.flatMap(({ key }) => found.find(({ record }) => record.name === key)?.record ?? []);
  for (const { name, unit, made_unit: madeUnit, user, made_user: madeUser } of gone) {
    const stays = users.includes(user) || keep.some((one) => one.user === user);
    const words = [name, unit, String(madeUnit), user, String(madeUser && !stays)];
    const { status, stdout } = await host.runScript(REMOVE, words, { ok: [0, STILL, KEPT] });
    if (status === STILL) throw stillRuns(host.host, name, stdout);
    if (status === KEPT) throw endpointKept(host.host, name, stdout);
  }
  for (const { user } of gone.filter((one) => one.made_user)) {
    const heir = keep.find((one) => one.user === user);
    if (heir) await inherit(host, heir, controller);
  }
}

/** The service that has the user now remembers that it was made here, and takes it away in its turn. */
async function inherit(host: Writer, { name, unit, command, user }: Kept, controller: Controller): Promise<void> {
  const record = { name, unit, made_unit: Boolean(command), user, made_user: true };
  await host.run(['mkdir', '-p', '-m', '0755', '/etc/mesh', folderOf(name)]);
  await host.write(recordPath(name), controller.text(recordText(record)), { mode: '0644' });
}

function stillRuns(host: string, name: string, said: string): Problem {
  const [unit = '', ...details] = said.trim().split('\n').filter(Boolean);
  return new Problem({
    code: 'service-runs',
    what: `${unit} of ${name} on ${host} does not stop`,
    details,
    why: 'nothing of the service is taken away from under what still runs',
    mend: `stop it ("systemctl status ${unit}" on the host tells why it goes on), and run this again`,
  });
}

/** Takes away services that a host remembers and the inventory no longer has. */
export default defineModule<Args, Found[]>({
  name: 'service_gone',
  description:
    'Takes away services that a host remembers and the inventory no longer has: program, sidecar, endpoint, files, and the user if it was made and nobody else has it now.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['keep'],
    properties: {
      keep: {
        type: 'array',
        items: { type: 'object' },
        description: 'Services that stay: name, unit, user, sidecar and command of each.',
      },
      users: {
        type: 'array',
        items: { type: 'string' },
        default: [],
        description: 'Users that others than services run as, which stay as well.',
      },
    },
  },
  probe: (host) => probe(host),
  plan,
  apply,
});

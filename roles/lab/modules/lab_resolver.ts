import { defineModule } from 'mesh-play';

interface Args {
  folder: string;
  address: string;
  records: Record<string, string>;
  state: 'started' | 'absent';
}

interface State {
  running: boolean;
}

/** A pid is believed only if that process serves this lab. $1 folder. */
const ALIVE = `alive() { [ -s "$1/resolver.pid" ] && tr '\\0' ' ' <"/proc/$(cat "$1/resolver.pid")/cmdline" 2>/dev/null | grep -qF "$1/resolver.pid"; }`;

/** It goes into the background itself, once it answers. $1 folder, $2 address, and then options for each record. */
const START = `${ALIVE}
alive "$1" && kill "$(cat "$1/resolver.pid")"
while alive "$1"; do sleep 0.1; done
pid=$1/resolver.pid address=$2; shift 2
dnsmasq --conf-file=/dev/null --no-resolv --no-hosts --bind-interfaces --except-interface=lo --listen-address="$address" --pid-file="$pid" "$@"`;

const STOP = `${ALIVE}
alive "$1" && kill "$(cat "$1/resolver.pid")"
while alive "$1"; do sleep 0.1; done
rm -f "$1/resolver.pid"`;

/** The zone of a name: all but its first label. */
const zoneOf = (name: string): string => name.slice(name.indexOf('.') + 1);

/** Keeps a DNS server that stands for all that is outside of the mesh. */
export default defineModule<Args, State>({
  name: 'lab_resolver',
  description: 'Keeps a DNS server on the lab’s bridge (dnsmasq) that stands for all that is outside of the mesh.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['folder', 'address'],
    properties: {
      folder: { type: 'string', format: 'path', description: 'Folder of the lab.' },
      address: { type: 'string', description: 'Where it answers: the machine’s own address on the bridge.' },
      records: {
        type: 'object',
        default: {},
        description: 'Addresses by name; other names of their zones are not there.',
      },
      state: { type: 'string', enum: ['started', 'absent'], default: 'started', description: 'Whether it should run.' },
    },
  },
  probe: async (host, { folder }) => {
    const { stdout } = await host.script(`${ALIVE}\nif alive "$1"; then echo running; fi`, [folder]);
    return { running: stdout.trim() === 'running' };
  },
  plan: ({ running }, { address, state }) => {
    if (state === 'absent') return running ? [{ key: 'resolver', before: address, after: null }] : [];
    return running ? [] : [{ key: 'resolver', before: null, after: address }];
  },
  apply: async (host, _changes, { folder, address, records, state }) => {
    const options = Object.entries(records).flatMap(([name, to]) => [
      `--host-record=${name},${to}`,
      `--local=/${zoneOf(name)}/`,
    ]);
    await host.runScript(
      state === 'absent' ? STOP : START,
      state === 'absent' ? [folder] : [folder, address, ...options],
    );
  },
});

import { defineQuery, Problem, type Reader, shellWords } from 'mesh-play';
import { indented, lastLines } from '../lib/log.ts';

interface Args {
  units: string[];
  ready?: string;
  alive: number;
  timeout: number;
}

/**
 * Waits until all units have been up for some seconds and a command succeeds; else ends with 1 and prints those that are not
 * up, or what the command said. $1 seconds up, $2 seconds to wait, $3 how many units; units; words of the command, if any. How
 * long a unit is up is counted by the kernel's clock, which nobody sets: one that begins again and again is never up for long.
 * That clock is read in hundredths of a second, so one may seem to come up a moment from now; where it is the container's own, by
 * far more, and then nothing is known of it. One that systemd gave up is not waited for.
 */
const WAIT = `alive=$1 wait=$2 n=$3 units=
shift 3
seconds() { read -r now rest </proc/uptime; echo "\${now%.*}"; }
end=$(($(seconds) + wait))
while [ $n -gt 0 ]; do units="$units $1"; n=$((n - 1)); shift; done
look() {
  shown=$(systemctl show -p Id,ActiveState,ActiveEnterTimestampMonotonic -- $units)
  read -r now rest </proc/uptime
  printf '%s\\n' "$shown" | awk -v RS= -F '\\n' -v now="$now" -v alive="$alive" '{
    for (i = 1; i <= NF; i++) { at = index($i, "="); of[substr($i, 1, at - 1)] = substr($i, at + 1) }
    age = now - of["ActiveEnterTimestampMonotonic"] / 1000000
    if (of["ActiveState"] == "failed") print of["Id"], "failed"
    else if (of["ActiveState"] !~ /^(active|reloading)$/ || (age > -1 && age < alive)) print of["Id"]
  }'
}
while :; do
  down=$(look) said=
  if [ -z "$down" ]; then
    [ $# -gt 0 ] || exit 0
    said=$("$@" 2>&1) && exit 0
  fi
  [ "$(seconds)" -lt $end ] || break
  case $down in *' failed'*) break ;; esac
  sleep 0.2
done
if [ -n "$down" ]; then printf '%s\\n' "$down" | sed 's/^/down /'; else printf '%s\\n' "$said" | tail -n 3; fi
exit 1`;

async function notReady(host: Reader, { units, ready }: Args, printed: string): Promise<Problem> {
  const down = [...printed.matchAll(/^down (\S+)/gm)].map(([, unit = '']) => unit);
  const about = down.length > 0 ? down : units;
  const logs = about.map((unit) => lastLines(host, unit, about.length > 1 ? `last log lines of ${unit}:` : undefined));
  const said = down.length > 0 ? [] : [`${ready} says:`, ...indented(printed)];
  return new Problem({
    code: 'unit-not-ready',
    what: `${about.join(', ')} ${down.length > 0 ? (about.length > 1 ? 'do not stay up' : 'does not stay up') : 'runs, and is not ready'}`,
    details: [...said, ...(await Promise.all(logs)).flat()],
  });
}

/** Waits until units are up and stay so; systemd counts a program as started that dies a moment later. */
export default defineQuery<Args>({
  name: 'unit_ready',
  description:
    'Waits until units are up, stay so, and answer. One that dies a moment after its start fails the task with its last log lines, also where systemd starts it again and again. Does nothing in check mode.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['units'],
    properties: {
      units: {
        type: 'array',
        items: { type: 'string', pattern: '^[A-Za-z0-9:_.@\\\\-]+$' },
        description: 'The units, with their suffix.',
        examples: [['coredns.service']],
      },
      ready: { type: 'string', description: 'A command that succeeds when they are ready.' },
      alive: { type: 'integer', default: 2, minimum: 0, description: 'Seconds that each must have been up.' },
      timeout: { type: 'integer', default: 30, minimum: 1, description: 'Seconds to wait.' },
    },
  },
  examples: `- unit_ready:
    units: [etcd.service]
    ready: /usr/local/bin/mesh-etcdctl endpoint health
`,
  ask: async (host, args, controller) => {
    const { units, ready, alive, timeout } = args;
    if (controller.check) return { skipped: 'nothing was started in check mode' };
    if (units.length === 0) return {};
    const words = [String(alive), String(timeout), String(units.length), ...units];
    const { status, stdout } = await host.script(WAIT, [...words, ...(ready === undefined ? [] : shellWords(ready))], {
      ok: [0, 1],
    });
    if (status !== 0) throw await notReady(host, args, stdout);
    return {};
  },
});

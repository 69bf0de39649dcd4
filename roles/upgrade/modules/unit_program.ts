import { defineModule, Problem } from 'mesh-play';
import { lastLines } from '../../artifact/lib/log.ts';

interface Args {
  unit: string;
  path: string;
}

interface State {
  /** The program of its main process. */
  runs: string;
  /** Last lines of its log, where it does not run. */
  log: string[];
}

/** $1 unit. A process that systemd forked is systemd until it has executed its program. The kernel marks one whose file is gone. */
const PROBE = `i=0
while p=$(systemctl show -p MainPID --value -- "$1"); [ "\${p:-0}" != 0 ]; do
  e=$(readlink "/proc/$p/exe")
  case $e in */systemd/systemd|*/systemd/systemd-executor) i=$((i + 1)); [ $i -lt 50 ] && sleep 0.1 && continue ;; esac
  printf '%s\\n' "\${e% (deleted)}"; exit 0
done
echo; journalctl -q -n 8 -o cat -u "$1" 2>/dev/null
:`;

/** Keeps a unit running the program that is installed, and not one it was started from before. */
export default defineModule<Args, State>({
  name: 'unit_program',
  description: 'Keeps a unit running a program out of a folder: it is restarted when it was started from another one.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['unit', 'path'],
    properties: {
      unit: { type: 'string', description: 'The unit.', examples: ['spire-agent'] },
      path: { type: 'string', format: 'path', description: 'The folder.', examples: ['/opt/spire/1.14.1'] },
    },
  },
  probe: async (host, { unit }) => {
    const { stdout } = await host.script(PROBE, [unit]);
    const [runs = '', ...log] = stdout.trimEnd().split('\n');
    return { runs, log };
  },
  plan: ({ runs }, { unit, path }) =>
    runs.startsWith(`${path}/`) ? [] : [{ key: unit, before: runs || 'stopped', after: `${path}/` }],
  apply: async (host, _changes, { unit }) => {
    const { status, stderr } = await host.run(['systemctl', 'restart', '--', unit], { ok: 'any' });
    if (status === 0) return;
    throw new Problem({
      code: 'unit-did-not-start',
      what: `${unit} did not start`,
      details: [...stderr.trim().split('\n').filter(Boolean), ...(await lastLines(host, unit))],
      mend: 'go back to the version before: run upgrade.yml with it',
    });
  },
});

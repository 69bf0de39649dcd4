import { defineQuery, type Mapping, Problem } from '../module.ts';

/** Reads which services the host has. */
export default defineQuery<Record<string, never>>({
  name: 'service_facts',
  description: 'Reads which services the host has and whether they run, into the fact services.',
  schema: { type: 'object', additionalProperties: false, properties: {} },
  examples: `- service_facts:
- debug:
    msg: "{{ ansible_facts.services['ssh.service'].state }}"
`,
  ask: async (host) => {
    const { status, stdout, stderr } = await host.script(LIST, [], { ok: 'any', environment: { LC_ALL: 'C' } });
    if (status !== 0)
      throw new Problem({
        code: 'no-systemd',
        what: 'systemd does not answer on this host',
        details: stderr.trim().split('\n').slice(-3),
      });
    const services = servicesIn(stdout);
    if (Object.keys(services).length === 0) return { skipped: 'the host has no services that can be listed' };
    return { facts: { services }, returns: { ansible_facts: { services } } };
  },
});

/**
 * The scripts of init.d, units that systemd has loaded, unit files, and the states of those that are not loaded: a
 * template, as getty@.service, has none.
 */
const LIST = `command -v service >/dev/null && ! command -v chkconfig >/dev/null && ! command -v rc-status >/dev/null &&
  service --status-all 2>/dev/null
echo @units
[ -d /run/systemd/system ] && command -v systemctl >/dev/null || exit 0
nl='
'
u=$(systemctl list-units --no-pager --type service --all --plain) || exit
f=$(systemctl list-unit-files --no-pager --type service --all) || exit
printf '%s\\n@files\\n%s\\n@states\\n' "$u" "$f"
u=\${u%%"$nl$nl"*}
set -f; IFS=$nl; set --
for l in $f; do
  n=\${l%% *}
  case $n in *@.service) continue;; *.service) ;; *) continue;; esac
  case " $u$nl" in *[" $nl"]"$n "*) ;; *) set -- "$@" "$n";; esac
done
[ $# -gt 0 ] || exit 0
printf '%s\\n' "$*"
echo @active
systemctl show -p ActiveState -- "$@"`;

const SYSV = /^\s*\[ ([+-]) \]\s+(.+)$/;
/** systemd may call a unit inactive or enabled that is one of these. */
const BAD = ['not-found', 'masked', 'failed'];

const units = (part: string): string[][] =>
  part
    .split('\n')
    .filter((line) => line.includes('.service'))
    .map((line) => line.trim().split(/\s+/));

/** What Ansible makes of the lists: scripts by their name, units by theirs with the suffix. */
function servicesIn(text: string): Mapping {
  const [scripts = '', rest = ''] = text.split('@units\n');
  const [loaded = '', further = ''] = rest.split('\n@files\n');
  const [files = '', states = ''] = further.split('\n@states\n');
  const services = new Map<string, Record<string, string>>();
  for (const line of scripts.split('\n')) {
    const [, sign, name] = SYSV.exec(line) ?? [];
    if (name !== undefined) services.set(name, { name, state: sign === '+' ? 'running' : 'stopped', source: 'sysv' });
  }
  for (const fields of units(loaded)) {
    const [name = '', , active = '', sub] = fields;
    const status = BAD.find((one) => fields.slice(0, -1).includes(one)) ?? active;
    services.set(name, { name, state: sub === 'running' ? 'running' : 'stopped', status, source: 'systemd' });
  }
  const active = statesIn(states);
  for (const [name = '', status = ''] of units(files)) {
    const known = services.get(name);
    if (!known) services.set(name, { name, state: active.get(name) ?? 'unknown', status, source: 'systemd' });
    else if (!BAD.includes(known['status'] ?? '')) known['status'] = status;
  }
  return Object.fromEntries(services);
}

/** The names in their order, and as many states. */
function statesIn(part: string): Map<string, string> {
  const [names = '', shown = ''] = part.split('@active\n');
  const states = [...shown.matchAll(/^ActiveState=(.*)$/gm)].map(([, state = '']) => state);
  return new Map(names.split('\n').flatMap((name, at) => (name === '' ? [] : [[name, states[at] ?? 'unknown']])));
}

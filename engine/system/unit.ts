import type { Output, Reader, Survey, Writer } from '../connection/connection.ts';
import { Problem } from '../problem.ts';
import type { Change } from '../result.ts';
import type { Mapping } from '../value.ts';

export type UnitAction = 'started' | 'stopped' | 'restarted' | 'reloaded';

/** What is wanted of a systemd unit. */
export interface UnitWish {
  /** With its suffix; absent when only systemd itself is to be reloaded. */
  unit?: string;
  state?: UnitAction;
  enabled?: boolean;
  masked?: boolean;
  daemonReload: boolean;
  daemonReexec: boolean;
  scope: 'system' | 'user' | 'global';
  noBlock: boolean;
  /** Links in the way of enabling or masking are replaced. */
  force: boolean;
  /** In check mode a unit that is not there is one an earlier task may have made. */
  check: boolean;
}

export interface UnitState {
  /** False when systemd knows no such unit. */
  found: boolean;
  active: string;
  /** systemctl's word: enabled, disabled, static, masked and so on. */
  enabled: string;
  /** A unit file on disk is newer than what systemd has read. */
  reloadNeeded: boolean;
  properties: Mapping;
}

/** A service when the name has no suffix, as systemctl takes it. */
export const withSuffix = (name: string): string =>
  /\.(service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/.test(name) ? name : `${name}.service`;

const PROPERTIES =
  'LoadState,ActiveState,SubState,UnitFileState,NeedDaemonReload,FragmentPath,MainPID,Result,Description,Type,ExecMainStatus';

/**
 * systemd does not count a new file in /etc that stands before the one it has read, as that of a package. $1 unit, $2 what
 * was shown of it; a link is another name or a mask.
 */
const OVERRIDDEN = `overridden() {
  f=/etc/systemd/system/$1
  [ -f "$f" ] && [ ! -L "$f" ] || return 0
  case $2 in *FragmentPath=/lib/*|*FragmentPath=/usr/*) echo NeedDaemonReload=yes ;; esac
}`;

/** $1 unit, $2 not empty to ask whether it is enabled. One process shows all units. */
const UNITS: Survey = {
  width: 2,
  script: `${OVERRIDDEN}
n=0
while [ $# -gt 0 ]; do n=$((n+1)); eval "u$n=\\$1 e$n=\\$2"; shift 2; done
i=0; while [ $i -lt $n ]; do i=$((i+1)); eval "set -- \\"\\$@\\" \\"\\$u$i\\""; done
nl='
'
s=$(systemctl --system show -p ${PROPERTIES} -- "$@") || exit
s=$s$nl$nl i=0
while [ $i -lt $n ]; do
  i=$((i+1)); eval "u=\\$u$i e=\\$e$i"
  b=\${s%%"$nl$nl"*}; s=\${s#*"$nl$nl"}
  printf '%s\\n' "$b"; overridden "$u" "$b"
  if [ -n "$e" ]; then printf 'Enabled='; systemctl --system is-enabled -- "$u" 2>/dev/null || :; fi
  answer
done`,
};

/**
 * For what is no unit of the system: $1 scope, $2 unit or nothing. A user's own systemd is found by its runtime folder.
 * Units of all users run in no systemd of the host, so only their links are read.
 */
const PROBE = `${OVERRIDDEN}
s=$1; [ "$s" = --user ] && export XDG_RUNTIME_DIR=\${XDG_RUNTIME_DIR:-/run/user/$(id -u)}
if [ "$s" = --global ]; then printf 'Enabled='; systemctl --global is-enabled -- "$2" 2>/dev/null || :; exit 0; fi
if [ -z "$2" ]; then
  systemctl $s show -p NeedDaemonReload '*' | sort -u || exit
  [ "$s" != --system ] || for p in /etc/systemd/system/*.*; do
    u=\${p##*/}; [ ! -e "/lib/systemd/system/$u" ] || overridden "$u" "$(systemctl show -p FragmentPath -- "$u")"
  done
  exit 0
fi
systemctl $s show -p ${PROPERTIES} -- "$2" || exit
printf 'Enabled='; systemctl $s is-enabled -- "$2" 2>/dev/null || :`;

function askUnit(host: Reader, { unit, scope, enabled, masked }: UnitWish): Promise<Output> {
  if (unit !== undefined && scope === 'system')
    return host.survey(UNITS, [unit, (enabled ?? masked) === undefined ? '' : 'enabled'], { ok: 'any' });
  const asked = scope === 'global' && unit === undefined ? '' : `--${scope}`;
  return host.script(PROBE, [asked, unit ?? ''], { ok: 'any' });
}

/** Reads a unit in one round trip. */
export async function probeUnit(host: Reader, wish: UnitWish): Promise<UnitState> {
  const { stdout, stderr, status } = await askUnit(host, wish);
  if (status !== 0) throw noSystemd(stderr);
  const properties: Record<string, string> = {};
  let reloadNeeded = false;
  for (const line of stdout.split('\n')) {
    const at = line.indexOf('=');
    if (at < 1) continue;
    properties[line.slice(0, at)] = line.slice(at + 1);
    if (line === 'NeedDaemonReload=yes') reloadNeeded = true;
  }
  const { Enabled = '', ...shown } = properties;
  return {
    found: wish.scope === 'global' ? !['', 'not-found'].includes(Enabled.trim()) : isFound(shown),
    active: shown['ActiveState'] ?? 'inactive',
    enabled: Enabled.trim() || shown['UnitFileState'] || '',
    reloadNeeded,
    properties: shown,
  };
}

const isFound = ({ LoadState: load, UnitFileState: file }: Record<string, string>): boolean =>
  load !== 'not-found' && (load !== 'masked' || file !== '');

/** A unit of these states is run by others or cannot be enabled; systemctl is-enabled counts them as enabled. */
const FIXED = ['static', 'indirect', 'generated', 'alias', 'transient'];
const isEnabled = (state: string): boolean => state === 'enabled' || state === 'enabled-runtime';

export function planUnit(state: UnitState, wish: UnitWish): Change[] {
  const changes: Change[] = [];
  const { unit, enabled, masked } = wish;
  if (wish.daemonReexec) changes.push({ key: 'daemon_reexec', before: null, after: true, once: true });
  if (wish.daemonReload && state.reloadNeeded)
    changes.push({ key: 'daemon_reload', before: null, after: true, once: true });
  if (unit === undefined) return changes;
  // A mask may stand for a unit that is not there, and a new unit file is found once systemd has read it.
  if (!state.found && masked === undefined && !wish.check && wish.state !== 'stopped') throw noUnit(unit, wish);
  const isMasked = state.enabled.startsWith('masked');
  if (masked !== undefined && masked !== isMasked) changes.push({ key: 'masked', before: isMasked, after: masked });
  if (enabled !== undefined && !FIXED.includes(state.enabled) && enabled !== isEnabled(state.enabled))
    changes.push({ key: 'enabled', before: isEnabled(state.enabled), after: enabled });
  changes.push(...planState(state, wish));
  return changes;
}

function planState({ active }: UnitState, { state }: UnitWish): Change[] {
  const running = ['active', 'activating', 'reloading', 'refreshing'].includes(active);
  if (state === 'started' && !running) return [{ key: 'state', before: active, after: 'active' }];
  if (state === 'stopped' && (running || active === 'deactivating'))
    return [{ key: 'state', before: active, after: 'inactive' }];
  if (state === 'restarted') return [{ key: 'restart', before: active, after: 'active', once: true }];
  if (state === 'reloaded') return [{ key: running ? 'reload' : 'start', before: active, after: 'active', once: true }];
  return [];
}

/** $1 scope, $2 unit, $3 verb, $4 --no-block, --force or nothing. Looks after a start whether the unit stayed up. */
const ACT = `s=$1; [ "$s" = --user ] && export XDG_RUNTIME_DIR=\${XDG_RUNTIME_DIR:-/run/user/$(id -u)}
out=$(systemctl $s $4 "$3" -- "$2" 2>&1); status=$?
if [ $status -eq 0 ] && [ -z "$4" ]; then case $3 in start|restart|reload) systemctl $s is-failed -q -- "$2" && status=1;; esac; fi
[ $status -eq 0 ] && exit 0
echo "$out"; echo @log
journalctl $s -u "$2" -n 20 --no-pager -o cat 2>/dev/null
exit $status`;

/** Makes the changes in order. A unit that does not come up says why with the last lines of its log. */
export async function applyUnit(host: Writer, changes: readonly Change[], wish: UnitWish): Promise<void> {
  const scope = `--${wish.scope}`;
  for (const { key, after } of changes) {
    if (key === 'daemon_reload' || key === 'daemon_reexec') {
      await host.run(['systemctl', ...(wish.scope === 'user' ? ['--user'] : []), key.replace('_', '-')]);
      continue;
    }
    const verb = verbOf(key, after);
    const ofFile = ['enable', 'disable', 'mask', 'unmask'].includes(verb);
    const option = ofFile ? wish.force && '--force' : wish.noBlock && '--no-block';
    const { status, stdout } = await host.runScript(ACT, [scope, wish.unit ?? '', verb, option || ''], { ok: 'any' });
    if (status !== 0) throw didNot(verb, wish.unit ?? '', stdout);
  }
}

function verbOf(key: string, after: Change['after']): string {
  if (key === 'masked') return after ? 'mask' : 'unmask';
  if (key === 'enabled') return after ? 'enable' : 'disable';
  if (key === 'state') return after === 'active' ? 'start' : 'stop';
  return key;
}

function didNot(verb: string, unit: string, printed: string): Problem {
  const [said = '', log = ''] = printed.split('@log\n');
  const lines = log.trim().split('\n').filter(Boolean);
  return new Problem({
    code: 'unit-failed',
    what: `${unit} did not ${verb}`,
    why: said.trim().split('\n')[0] || `it failed at once after systemctl ${verb}`,
    details: lines.length > 0 ? ['its last log lines:', ...lines.map((line) => `  ${line}`)] : [],
  });
}

function noUnit(unit: string, { daemonReload }: UnitWish): Problem {
  return new Problem({
    code: 'no-unit',
    what: `there is no unit "${unit}" on the host`,
    mend: daemonReload ? undefined : 'install it before, or set daemon_reload when its file is new',
  });
}

function noSystemd(said: string): Problem {
  return new Problem({
    code: 'no-systemd',
    what: 'systemd does not answer on this host',
    details: said.trim().split('\n').slice(-3),
  });
}

/** What Ansible's systemd module answers. */
export function returnsUnit(state: UnitState, wish: UnitWish): Mapping {
  return {
    ...(wish.unit === undefined ? {} : { name: wish.unit.replace(/\.service$/, '') }),
    ...(wish.enabled === undefined ? {} : { enabled: wish.enabled }),
    ...(wish.state === undefined ? {} : { state: wish.state === 'stopped' ? 'stopped' : 'started' }),
    status: state.properties,
  };
}

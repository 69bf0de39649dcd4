import type { Reader, Survey, Writer } from '../connection/connection.ts';
import { globRegex } from '../glob.ts';
import { Problem } from '../problem.ts';
import type { Change } from '../result.ts';

/** What is wanted of Debian packages. */
export interface AptWish {
  /** `name`, `name:architecture`, `name=version` where the version may hold `*`. */
  names: string[];
  state: 'present' | 'absent' | 'latest';
  /** A .deb on the host. */
  deb?: string | undefined;
  updateCache: boolean;
  /** Seconds for which a cache is fresh enough. */
  cacheValidTime: number;
  upgrade?: 'upgrade' | 'dist-upgrade' | undefined;
  autoremove: boolean;
  purge: boolean;
  /** Further words for apt-get. */
  flags: string[];
  /** Seconds to wait for another package manager. */
  lockTimeout: number;
}

export interface AptState {
  /** Installed version by name. */
  installed: Record<string, string>;
  /** What apt would install, for `latest`. */
  candidates: Record<string, string>;
  /** Names that an installed package provides. */
  provided: string[];
  /** Seconds since the cache was updated; undefined when it never was. */
  cacheAge?: number;
  /** Packages an upgrade or an autoremove would touch. */
  pending: string[];
  deb?: { name: string; version: string };
}

const FIELDS = `\${Package}\\t\${Architecture}\\t\${Version}\\t\${db:Status-Status}\\n`;

/** $1 a package; a line in FIELDS for each architecture it is known in. One process for all packages. */
const PACKAGES: Survey = {
  width: 1,
  script: `export LC_ALL=C
nl='
' t=$(printf '\\t')
n=$# i=0
while [ $i -lt $n ]; do i=$((i+1)); set -- "$@" "\${1%%=*}"; shift; done
s=$nl$(dpkg-query -W -f '${FIELDS}' -- "$@" 2>/dev/null)$nl
for k; do
  k=\${k%%:*} r=$s
  while :; do
    case $r in *"$nl$k$t"*) r=\${r#*"$nl$k$t"};; *) break;; esac
    printf '%s\\t%s\\n' "$k" "\${r%%"$nl"*}"
    r=$nl\${r#*"$nl"}
  done
  answer
done`,
};

/**
 * What more is asked for than what is installed. $1 `latest` to ask for candidates, $2 a simulated apt-get command or
 * nothing, $3 a .deb, then package names. The stamp is apt's own; Debian's hook that writes it is in apt itself, the
 * folder's time serves where it is not.
 */
const PROBE = `export LC_ALL=C
latest=$1 simulate=$2 deb=$3; shift 3
echo @cache; date +%s; stat -c %Y /var/lib/apt/periodic/update-success-stamp 2>/dev/null || stat -c %Y /var/lib/apt/lists/partial 2>/dev/null
echo @installed
[ ! -f "$deb" ] || dpkg-query -W -f '${FIELDS}' -- "$(dpkg-deb -f -- "$deb" Package)" 2>/dev/null
echo @candidates; [ -z "$latest" ] || for n; do printf '%s\\t' "$n"; apt-cache policy -- "\${n%%=*}" | { while read -r k v; do [ "$k" = Candidate: ] && echo "$v" && break; done; }; echo; done
echo @pending; [ -z "$simulate" ] || apt-get -s -q $simulate
echo @deb; [ -z "$deb" ] || dpkg-deb -f -- "$deb" Package Version`;

/** What installed packages provide, which is only asked for where a name is not installed. */
const PROVIDED = ['dpkg-query', '-W', '-f', '${db:Status-Status}\\t${Provides}\\n'];

/** Reads what is installed, and what else the wish needs to know. */
export async function probeApt(host: Reader, wish: AptWish): Promise<AptState> {
  const [found, more] = await Promise.all([
    Promise.all(wish.names.map(async (name) => (await host.survey(PACKAGES, [name])).stdout)),
    probeMore(host, wish),
  ]);
  const installed = { ...installedOf(found.join('').split('\n')), ...more.installed };
  const missing = wish.names.some((name) => installed[name.split('=')[0] ?? name] === undefined);
  return { ...more, installed, provided: missing && wish.state !== 'absent' ? await providedBy(host) : [] };
}

async function probeMore(host: Reader, wish: AptWish): Promise<Omit<AptState, 'provided'>> {
  const simulate = wish.upgrade ?? (wish.autoremove && wish.names.length === 0 ? 'autoremove' : '');
  const latest = wish.state === 'latest' ? '1' : '';
  if (!wish.updateCache && !latest && !simulate && wish.deb === undefined)
    return { installed: {}, candidates: {}, pending: [] };
  const args = [latest, simulate, wish.deb ?? '', ...wish.names];
  const { stdout } = await host.script(PROBE, args, { ok: [0, 1, 2] });
  const section = (name: string): string[] =>
    (new RegExp(`^@${name}\\n([\\s\\S]*?)(?=^@|(?![\\s\\S]))`, 'm').exec(stdout)?.[1] ?? '')
      .split('\n')
      .filter(Boolean);
  const [now, stamp] = section('cache').map(Number);
  const [name, version] = section('deb').map((line) => line.split(': ')[1] ?? '');
  if (wish.deb !== undefined && !name) throw noDeb(wish.deb);
  return {
    installed: installedOf(section('installed')),
    candidates: Object.fromEntries(section('candidates').map((line) => line.split('\t') as [string, string])),
    pending: section('pending').flatMap((line) => /^(?:Inst|Remv) (\S+)/.exec(line)?.[1] ?? []),
    ...(stamp === undefined || now === undefined ? {} : { cacheAge: now - stamp }),
    ...(name && version ? { deb: { name, version } } : {}),
  };
}

async function providedBy(host: Reader): Promise<string[]> {
  const { stdout } = await host.query(PROVIDED, { environment: { LC_ALL: 'C' } });
  return stdout.split('\n').flatMap((line) => {
    const [status, provides = ''] = line.split('\t');
    return status === 'installed' ? provides.split(', ').map((one) => one.split(' ')[0] ?? '') : [];
  });
}

function installedOf(lines: readonly string[]): Record<string, string> {
  const installed: Record<string, string> = {};
  for (const line of lines) {
    const [name = '', architecture = '', version = '', status] = line.split('\t');
    if (status !== 'installed') continue;
    installed[name] = version;
    installed[`${name}:${architecture}`] = version;
  }
  return installed;
}

/** Package changes; the cache is updated first when something is to be installed and it is too old. */
export function planApt(state: AptState, wish: AptWish): Change[] {
  const changes = wish.names.flatMap((name) => packageChange(name, state, wish));
  const { deb } = state;
  if (deb && state.installed[deb.name] !== deb.version)
    changes.push({ key: deb.name, before: state.installed[deb.name] ?? null, after: deb.version });
  if (state.pending.length > 0)
    changes.push({ key: wish.upgrade ?? 'autoremove', before: null, after: state.pending, once: true });
  const stale = state.cacheAge === undefined || state.cacheAge > wish.cacheValidTime;
  const asked = wish.names.length === 0 && !wish.deb;
  const refresh =
    wish.updateCache && stale && (asked || wish.state === 'latest' || changes.some(({ after }) => after !== null));
  return refresh ? [{ key: 'cache', before: null, after: 'updated', once: true }, ...changes] : changes;
}

function packageChange(wanted: string, state: AptState, wish: AptWish): Change[] {
  const [name = wanted, version] = wanted.split('=');
  const before = state.installed[name];
  if (wish.state === 'absent') return before === undefined ? [] : [{ key: name, before, after: null }];
  if (before === undefined && version === undefined && state.provided.includes(name)) return [];
  if (before === undefined) return [{ key: name, before: null, after: version ?? 'installed' }];
  if (version !== undefined) return globRegex(version).test(before) ? [] : [{ key: name, before, after: version }];
  const candidate = state.candidates[wanted];
  if (wish.state !== 'latest' || !candidate || candidate === '(none)' || candidate === before) return [];
  return [{ key: name, before, after: candidate }];
}

/** $1 seconds to wait, then a command of apt's that takes the lists' lock, which apt itself does not wait for. */
const UPDATE = `end=$(( $(date +%s) + $1 )); shift
while :; do
  out=$(LC_ALL=C "$@" 2>&1); status=$?
  [ $status -eq 0 ] && exit 0
  case $out in *"Could not get lock"*) [ "$(date +%s)" -lt $end ] && { sleep 1; continue; };; esac
  printf '%s\\n' "$out" >&2; exit $status
done`;

/** Makes the changes: one update at most, then all packages in one transaction. */
export async function applyApt(host: Writer, changes: readonly Change[], wish: AptWish): Promise<void> {
  const wait = String(wish.lockTimeout);
  const apt = ['apt-get', '-q', '-y', '-o', `DPkg::Lock::Timeout=${wait}`];
  const environment = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  const run = (words: readonly string[]): Promise<unknown> =>
    host.run([...apt, ...wish.flags, ...words], { environment }).catch(rethrow);
  if (changes.some(({ key }) => key === 'cache')) {
    const update = ['apt-get', '-q', 'update', '-o', 'APT::Update::Error-Mode=any'];
    await host.runScript(UPDATE, [wait, ...update], { environment }).catch(rethrow);
  }
  const named = changes.filter(({ key }) => wish.names.some((name) => name.split('=')[0] === key));
  const names = wish.names.filter((name) => named.some(({ key }) => key === name.split('=')[0]));
  if (names.length > 0) {
    const verb = wish.state === 'absent' ? ['remove', ...(wish.purge ? ['--purge'] : [])] : ['install'];
    await run([...verb, ...(wish.autoremove ? ['--auto-remove'] : []), '--', ...names]);
  } else if (wish.state === 'latest' && wish.names.length > 0) await run(['install', '--', ...wish.names]);
  if (wish.deb !== undefined && changes.some(({ key }) => key !== 'cache' && !names.includes(key)))
    await run(['install', '--', wish.deb.startsWith('/') ? wish.deb : `./${wish.deb}`]);
  // What an upgrade touches was read from the old cache, so a new one may bring more.
  if (wish.upgrade && changes.some(({ key }) => key === wish.upgrade || key === 'cache')) await run([wish.upgrade]);
  if (changes.some(({ key }) => key === 'autoremove')) await run(['autoremove', ...(wish.purge ? ['--purge'] : [])]);
}

/** What apt says, as a problem with something to do about it. */
function rethrow(thrown: unknown): never {
  if (!(thrown instanceof Problem)) throw thrown;
  const said = thrown.details.join('\n');
  const held = /Could not get lock (\S+?)\.? It is held by process (\d+) \(([^)]+)\)/.exec(said);
  if (held || /Could not get lock/.test(said)) {
    throw new Problem({
      code: 'apt-locked',
      what: held
        ? `another package manager holds ${held[1]}: process ${held[2]} (${held[3]})`
        : 'another package manager is at work',
      why: 'apt waited for it as long as lock_timeout says',
      mend: 'let it finish, or set lock_timeout to more seconds',
      cause: thrown,
    });
  }
  const unknown =
    /Unable to locate package (\S+)/.exec(said)?.[1] ??
    /Package '?([^' ]+)'? has no installation candidate/.exec(said)?.[1];
  if (unknown === undefined) throw thrown;
  throw new Problem({
    code: 'no-package',
    what: `apt knows no package "${unknown}"`,
    mend: 'check its name, or update the cache with update_cache: true',
    cause: thrown,
  });
}

function noDeb(path: string): Problem {
  return new Problem({ code: 'missing-file', what: `there is no Debian package at ${path} on the host` });
}

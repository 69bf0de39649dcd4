import type { Writer } from '../connection/connection.ts';
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
  /** Old archives of packages, or all of them, go. */
  autoclean: boolean;
  clean: boolean;
  /** Remove what packages leave behind too. */
  purge: boolean;
  /** What policy-rc.d answers while apt is at work. */
  policy?: number | undefined;
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
  /** Packages that are removed and have left their configuration. */
  left: string[];
  /** Names that an installed package provides. */
  provided: string[];
  /** Seconds since the cache was updated; undefined when it never was. */
  cacheAge?: number;
  /** Packages an upgrade or an autoremove would touch. */
  pending: string[];
  /** Archives that autoclean would remove. */
  old: string[];
  deb?: { name: string; version: string };
}

/** Package changes; the cache is updated first when something is to be installed and it is too old. */
export function planApt(state: AptState, wish: AptWish): Change[] {
  const changes = wish.names.flatMap((name) => packageChange(name, state, wish));
  const { deb } = state;
  if (deb && state.installed[deb.name] !== deb.version)
    changes.push({ key: deb.name, before: state.installed[deb.name] ?? null, after: deb.version });
  if (state.pending.length > 0)
    changes.push({ key: wish.upgrade ?? 'autoremove', before: null, after: state.pending, once: true });
  if (state.old.length > 0) changes.push({ key: 'autoclean', before: state.old, after: null, once: true });
  // Beside packages it is part of the work on them, and no change by itself.
  const alone = wish.names.length === 0 && !wish.deb && !wish.upgrade;
  if (wish.clean && alone) changes.push({ key: 'clean', before: null, after: true, once: true });
  const stale = state.cacheAge === undefined || state.cacheAge > wish.cacheValidTime;
  const asked = wish.names.length === 0 && !wish.deb;
  const refresh =
    wish.updateCache && stale && (asked || wish.state === 'latest' || changes.some(({ after }) => after !== null));
  return refresh ? [{ key: 'cache', before: null, after: 'updated', once: true }, ...changes] : changes;
}

function packageChange(wanted: string, state: AptState, wish: AptWish): Change[] {
  const [name = wanted, version] = wanted.split('=');
  const before = state.installed[name];
  if (wish.state === 'absent') {
    const gone = before ?? (wish.purge && state.left.includes(name) ? 'configuration' : undefined);
    return gone === undefined ? [] : [{ key: name, before: gone, after: null }];
  }
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

/** $1 what policy-rc.d answers, then a command. One that is there is put back however the command ends. */
const WITH_POLICY = `p=/usr/sbin/policy-rc.d kept=
code=$1; shift
back() { rm -f "$p"; [ -z "$kept" ] || mv "$kept" "$p"; }
trap back EXIT; trap 'exit 130' INT; trap 'exit 143' TERM
[ ! -e "$p" ] || { kept=$(mktemp "$p.XXXXXX") && mv "$p" "$kept" || exit; }
printf '#!/bin/sh\\nexit %d\\n' "$code" >"$p" && chmod 0755 "$p" || exit
"$@"`;

/** As apt's own upgrade: packages that became needed are installed, none is removed. */
export const upgradeWords = (upgrade: NonNullable<AptWish['upgrade']>): string[] =>
  upgrade === 'upgrade' ? ['upgrade', '--with-new-pkgs'] : [upgrade];

/** Makes the changes: one update at most, then all packages in one transaction. */
export async function applyApt(host: Writer, changes: readonly Change[], wish: AptWish): Promise<void> {
  const wait = String(wish.lockTimeout);
  const apt = ['apt-get', '-q', '-y', '-o', `DPkg::Lock::Timeout=${wait}`];
  const environment = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  const run = (words: readonly string[]): Promise<unknown> => {
    const command = [...apt, ...wish.flags, ...words];
    if (wish.policy === undefined) return host.run(command, { environment }).catch(rethrow);
    return host.runScript(WITH_POLICY, [String(wish.policy), ...command], { environment }).catch(rethrow);
  };
  if (wish.clean) await run(['clean']);
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
  if (wish.upgrade && changes.some(({ key }) => key === wish.upgrade || key === 'cache'))
    await run(upgradeWords(wish.upgrade));
  if (changes.some(({ key }) => key === 'autoclean')) await run(['autoclean']);
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

import type { Reader, Survey } from '../connection/connection.ts';
import { Problem } from '../problem.ts';
import { type AptState, type AptWish, upgradeWords } from './apt.ts';

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
 * nothing, $3 not empty to ask for old archives, $4 a .deb, then package names. The stamp is apt's own; Debian's hook that
 * writes it is in apt itself, the folder's time serves where it is not.
 */
const PROBE = `export LC_ALL=C
latest=$1 simulate=$2 clean=$3 deb=$4; shift 4
echo @cache; date +%s; stat -c %Y /var/lib/apt/periodic/update-success-stamp 2>/dev/null || stat -c %Y /var/lib/apt/lists/partial 2>/dev/null
echo @installed
[ ! -f "$deb" ] || dpkg-query -W -f '${FIELDS}' -- "$(dpkg-deb -f -- "$deb" Package)" 2>/dev/null
echo @candidates; [ -z "$latest" ] || for n; do printf '%s\\t' "$n"; apt-cache policy -- "\${n%%=*}" | { while read -r k v; do [ "$k" = Candidate: ] && echo "$v" && break; done; }; echo; done
echo @pending; [ -z "$simulate" ] || apt-get -s -q $simulate
echo @old; [ -z "$clean" ] || apt-get -s -q autoclean
echo @deb; [ -z "$deb" ] || dpkg-deb -f -- "$deb" Package Version`;

/** What installed packages provide, which is only asked for where a name is not installed. */
const PROVIDED = ['dpkg-query', '-W', '-f', '${db:Status-Status}\\t${Provides}\\n'];

/** Reads what is installed, and what else the wish needs to know. */
export async function probeApt(host: Reader, wish: AptWish): Promise<AptState> {
  const [found, more] = await Promise.all([
    Promise.all(wish.names.map(async (name) => (await host.survey(PACKAGES, [name])).stdout)),
    probeMore(host, wish),
  ]);
  const known = found.join('').split('\n');
  const installed = { ...installedOf(known), ...more.installed };
  const missing = wish.names.some((name) => installed[name.split('=')[0] ?? name] === undefined);
  const provided = missing && wish.state !== 'absent' ? await providedBy(host) : [];
  return { ...more, installed, left: Object.keys(installedOf(known, 'config-files')), provided };
}

async function probeMore(host: Reader, wish: AptWish): Promise<Omit<AptState, 'provided' | 'left'>> {
  const simulate = wish.upgrade
    ? upgradeWords(wish.upgrade).join(' ')
    : wish.autoremove && wish.names.length === 0
      ? 'autoremove'
      : '';
  const clean = wish.autoclean ? 'autoclean' : '';
  const latest = wish.state === 'latest' ? '1' : '';
  if (!wish.updateCache && !latest && !simulate && !clean && wish.deb === undefined)
    return { installed: {}, candidates: {}, pending: [], old: [] };
  const args = [latest, simulate, clean, wish.deb ?? '', ...wish.names];
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
    old: section('old').flatMap((line) => /^Del (\S+ \S+)/.exec(line)?.[1] ?? []),
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

/** Versions by name of what is in that state. */
function installedOf(lines: readonly string[], wanted = 'installed'): Record<string, string> {
  const installed: Record<string, string> = {};
  for (const line of lines) {
    const [name = '', architecture = '', version = '', status] = line.split('\t');
    if (status !== wanted) continue;
    installed[name] = version;
    installed[`${name}:${architecture}`] = version;
  }
  return installed;
}

function noDeb(path: string): Problem {
  return new Problem({ code: 'missing-file', what: `there is no Debian package at ${path} on the host` });
}

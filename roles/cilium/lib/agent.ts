import type { Reader } from 'mesh-play';

const SOCKET = '/run/cilium/cilium.sock';

/** Where an agent stands before policies are written. */
export interface Standing {
  /** Of its rules: each file it takes in makes it grow. */
  revision: number;
  /** Where its log ends. */
  cursor: string;
  /** Of its start, by which another one is known (systemd.exec(5), INVOCATION_ID). */
  invocation: string;
}

/** Revision of the agent's rules, the end of its log and its invocation, when it runs; nothing when it does not. */
const STANDING = `systemctl -q is-active cilium || exit 0
curl -fsS --max-time 10 --unix-socket ${SOCKET} http://localhost/v1/policy | sed -n 's/.*"revision":\\([0-9]*\\).*/\\1/p'
journalctl -u cilium -n 1 -o cat --output-fields=_PID --show-cursor --no-pager | sed -n 's/^-- cursor: //p'
systemctl show -p InvocationID --value cilium`;

/** The agent as it stands, or undefined when it does not run: then it reads the folder once it starts. */
export async function standingOf(host: Reader): Promise<Standing | undefined> {
  const [revision, cursor = '', invocation = ''] = (await host.script(STANDING)).stdout.trim().split('\n');
  return revision === undefined || revision === '' ? undefined : { revision: Number(revision), cursor, invocation };
}

/**
 * Waits until the agent has taken all in; ends with 1 and what it said when it has not. It logs what it leaves out and what
 * it dies of; what it took has a label with the file's name. It takes files in one after another, and its revision grows
 * with each, so a file that was there before is known to be read again. That it does not know a file that goes, since it had
 * refused it, is no refusal. One that began since (the other died, or was dying when it was asked) counts anew, and has read
 * all when it knows each file. $1 folder, $2 revision to reach, $3 cursor, $4 invocation, $5 seconds, then +NAME or -NAME.
 */
const TAKEN = `folder=$1 revision=$2 cursor=$3 agent=$4 until=$(($(date +%s) + $5)); shift 5
refused() { journalctl -u cilium --after-cursor "$cursor" -o cat --no-pager | grep -E 'level=(error|fatal)' | grep -F "file-path=$folder/" | grep -v "map entry doesn't exist"; }
anew() { [ -n "$now" ] && [ "$(systemctl show -p InvocationID --value cilium)" != "$agent" ]; }
readall() {
  for file in "$folder"/*.yaml; do
    file=\${file##*/}
    case $file in *[!a-z0-9.-]*) continue ;; esac
    case $answer in *'\\"'"$file"'\\"'*) ;; *) open=\${file%.yaml}; return 1 ;; esac
  done
}
while :; do
  answer=$(curl -sS --max-time 5 --unix-socket ${SOCKET} http://localhost/v1/policy 2>&1)
  now=$(printf %s "$answer" | sed -n 's/.*"revision":\\([0-9]*\\).*/\\1/p')
  if said=$(refused); then printf '%s\\n' "$said"; exit 1; fi
  open=; for one; do
    case $one$answer in
    +*'\\"'"\${one#+}.yaml"'\\"'*) ;;
    +*) open=\${one#+} ;;
    -*'\\"'"\${one#-}.yaml"'\\"'*) open=\${one#-} ;;
    esac
  done
  if [ -z "$open" ] && { [ "\${now:-0}" -ge "$revision" ] || { anew && readall; }; }; then exit 0; fi
  if [ "$(date +%s)" -ge "$until" ]; then break; fi
  sleep 0.1
done
echo "it has not taken in \${open:-all that was written}"
journalctl -u cilium -n 5 -o cat --no-pager
exit 1`;

/** Seconds. An agent that has just started reads its folder only when the host's programs are compiled: a minute and more under load. */
const PATIENCE = '180';

/** What changes in an agent's folder. */
export interface Written {
  folder: string;
  there: readonly string[];
  gone: readonly string[];
}

/** What the agent says against what was written, or undefined when it took all in. */
export async function refusalOf(host: Reader, before: Standing, written: Written): Promise<string[] | undefined> {
  const { folder, there, gone } = written;
  const signs = [...gone.map((name) => `-${name}`), ...there.map((name) => `+${name}`)];
  const args = [folder, String(before.revision + there.length), before.cursor, before.invocation, PATIENCE, ...signs];
  const { status, stdout } = await host.script(TAKEN, args, { ok: [0, 1] });
  return status === 0 ? undefined : stdout.trim().split('\n');
}

/** Waits until every endpoint, the host's own too, goes by what was written; false when the seconds are over before. */
export async function isEnforced(
  host: Reader,
  before: Standing,
  { there, gone }: Written,
  seconds: number,
): Promise<boolean> {
  const revision = String(before.revision + there.length + (gone.length > 0 ? 1 : 0));
  const words = ['cilium-dbg', 'policy', 'wait', revision, '--sleep-time', '1', '--max-wait-time', String(seconds)];
  return (await host.query(words, { ok: 'any' })).status === 0;
}

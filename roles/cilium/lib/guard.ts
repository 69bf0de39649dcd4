import { Problem, type Reader, type Writer } from 'mesh-play';

/**
 * A guard over rules for hosts, which can cut off SSH: a timer puts the policies from before back, unless the controller
 * says over a new connection that it can still reach the host. One that is open already proves nothing: packets of known
 * connections pass. All of it is in /run, so a reboot ends the guard.
 */
const SAVED = '/run/mesh-policies';
const UNIT = 'mesh-policies-restore';

/** Prints pid and start of the sshd that serves this connection, the one below the listener; nothing without SSH. */
const CONNECTION = `connection() {
  pid=$$ last= second=
  while [ "$pid" -gt 1 ]; do
    case $(cat "/proc/$pid/comm") in sshd*) second=$last last=$pid ;; esac
    pid=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status")
  done
  [ -z "$last" ] || cut -d ' ' -f 1,22 "/proc/\${second:-$last}/stat"
}`;

/** $1 folder. What was there before comes back first, so that what lets SSH in is there before what is new goes. */
const RESTORE = `folder=$1
for old in ${SAVED}/old/*.yaml; do
  [ -e "$old" ] || continue
  path=$folder/\${old##*/}
  cmp -s "$old" "$path" || { cp -p "$old" "$path.restored" && mv -f "$path.restored" "$path"; }
done
for path in "$folder"/*.yaml; do
  [ ! -e "$path" ] || [ -e "${SAVED}/old/\${path##*/}" ] || rm -f -- "$path"
done
rm -rf ${SAVED}/old ${SAVED}/armed
touch ${SAVED}/restored
echo "the policies in $folder are as they were before: nobody confirmed the new ones"`;

/** $1 folder, $2 seconds, $3 the script that restores. What is saved is kept when the guard stands already. */
const ARM = `set -eu
${CONNECTION}
if [ ! -e ${SAVED}/armed ]; then
  rm -rf ${SAVED}
  mkdir -m 0700 ${SAVED} ${SAVED}/old
  for path in "$1"/*.yaml; do [ ! -e "$path" ] || cp -p -- "$path" ${SAVED}/old/; done
  printf '%s\\n' "$3" >${SAVED}/restore
fi
systemctl stop ${UNIT}.timer 2>/dev/null || :
systemd-run --quiet --collect --unit=${UNIT} --on-active="$2" --timer-property=AccuracySec=100ms /bin/sh ${SAVED}/restore "$1"
connection >${SAVED}/armed`;

/** Ends with 3 when it is asked over the connection that the guard was set up over. $1 is empty when that is no matter. */
const DISARM = `${CONNECTION}
[ -e ${SAVED}/armed ] || exit 0
if [ -n "$1" ] && [ "$(connection)" = "$(cat ${SAVED}/armed)" ]; then exit 3; fi
systemctl stop ${UNIT}.timer && rm -rf ${SAVED}`;

export type Guard = 'none' | 'armed' | 'restored';

/** How the guard of a host stands. */
export async function guardOf(host: Reader): Promise<Guard> {
  const { stdout } = await host.script(
    `for state in armed restored; do [ ! -e "${SAVED}/$state" ] || { echo $state; exit; }; done; echo none`,
  );
  return stdout.trim() as Guard;
}

/** Puts what is in the folder back after so many seconds. */
export const arm = async (host: Writer, folder: string, seconds: number): Promise<void> => {
  await host.runScript(ARM, [folder, String(seconds), RESTORE]);
};

/** Takes the guard away without anybody having reached the host: its policies are those from before. */
export const disarm = async (host: Writer): Promise<void> => {
  await host.runScript(DISARM, ['']);
};

/** Takes the guard away, if this is a new connection. */
export async function confirm(host: Writer): Promise<void> {
  const { status } = await host.runScript(DISARM, ['new'], { ok: [0, 3] });
  if (status === 0) return;
  throw new Problem({
    code: 'not-confirmed',
    what: `${host.host} was asked over the connection that its policies were written over`,
    why: 'packets of a connection that is known pass, whatever the policies say',
    mend: 'put "meta: reset_connection" before',
  });
}

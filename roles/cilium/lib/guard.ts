import { type Controller, Problem, type Reader, type Writer } from 'mesh-play';

/**
 * A guard over what can cut off SSH, which is policies for hosts and the host firewall itself: a timer puts back what was
 * before, unless the controller says over a new connection that it can still reach the host. The timer ends with a boot, so
 * the agent puts it back before it starts, when it finds a guard that is not of this boot (`prepare-cilium`).
 */
const SAVED = '/var/lib/mesh-policies';
/** There while the timer of this boot runs. */
const THIS_BOOT = '/run/mesh-policies';
const UNIT = 'mesh-policies-restore';
/** Environment of the agent; the host firewall is on where this is. */
export const FIREWALL = '/etc/cilium/host-firewall';
/** There while a guard stands that turns the host firewall off. */
export const OVER_FIREWALL = `${SAVED}/firewall`;

/** Prints pid and start of the sshd that serves this connection, the one below the listener; nothing without SSH. */
const CONNECTION = `connection() {
  pid=$$ last= second=
  while [ "$pid" -gt 1 ]; do
    case $(cat "/proc/$pid/comm") in sshd*) second=$last last=$pid ;; esac
    pid=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status")
  done
  [ -z "$last" ] || cut -d ' ' -f 1,22 "/proc/\${second:-$last}/stat"
}`;

/**
 * $1 is empty, or says that it is a boot: then no agent runs. What was there before comes back first, so that what lets SSH in
 * is there before what is new goes. An agent that starts while its programs refuse the way to etcd waits for it forever, and
 * they stay as they are; so they leave the devices first, by which they let everything pass.
 */
const RESTORE = `folder=$(cat ${SAVED}/folder)
open() {
  systemctl stop cilium
  for device in $(sed -n 's/^ExecStart=.* --devices=\\([^ ]*\\).*/\\1/p' /etc/systemd/system/cilium.service | tr , ' '); do
    rm -f /sys/fs/bpf/cilium/devices/"$device"/links/*
    for way in ingress egress; do
      tc filter show dev "$device" $way | sed -n 's/^filter .* pref \\([0-9]*\\) .* cil_.*/\\1/p' | while read -r pref; do
        tc filter del dev "$device" $way pref "$pref"
      done
    done
  done
}
restart=
if [ -z "$1" ] && [ -e ${FIREWALL} ] && [ -e ${OVER_FIREWALL} ]; then open; restart=1; fi
[ ! -e ${OVER_FIREWALL} ] || rm -f ${FIREWALL}
for old in ${SAVED}/old/*.yaml; do
  [ -e "$old" ] || continue
  path=$folder/\${old##*/}
  cmp -s "$old" "$path" || { cp -p "$old" "$path.restored" && mv -f "$path.restored" "$path"; }
done
for path in "$folder"/*.yaml; do
  [ ! -e "$path" ] || [ -e "${SAVED}/old/\${path##*/}" ] || rm -f -- "$path"
done
rm -rf ${SAVED}/old ${SAVED}/armed ${OVER_FIREWALL} ${THIS_BOOT}
touch ${SAVED}/restored
if [ -z "$1" ] && [ -e ${FIREWALL} ] && ! /usr/local/lib/mesh/prepare-cilium enforced 30; then open; restart=1; fi
[ -z "$restart" ] || systemctl start --no-block cilium
echo "the policies in $folder are as they were before: nobody confirmed the new ones"`;

/**
 * $1 folder, $2 seconds, $3 the script that restores, $4 whether that turns the host firewall off. What is saved is kept when
 * the guard stands already.
 */
const ARM = `set -eu
${CONNECTION}
if [ ! -e ${SAVED}/armed ]; then
  rm -rf ${SAVED}
  mkdir -m 0700 ${SAVED} ${SAVED}/old
  for path in "$1"/*.yaml; do [ ! -e "$path" ] || cp -p -- "$path" ${SAVED}/old/; done
  printf '%s\\n' "$1" >${SAVED}/folder
  printf '%s\\n' "$3" >${SAVED}/restore
fi
[ -z "$4" ] || touch ${OVER_FIREWALL}
systemctl stop ${UNIT}.timer 2>/dev/null || :
systemd-run --quiet --collect --unit=${UNIT} --on-active="$2" --timer-property=AccuracySec=100ms /bin/sh ${SAVED}/restore ''
touch ${THIS_BOOT}
connection >${SAVED}/armed`;

/** Ends with 3 when it is asked over the connection that the guard was set up over. $1 is empty when that is no matter. */
const DISARM = `${CONNECTION}
[ -e ${SAVED}/armed ] || exit 0
if [ -n "$1" ] && [ "$(connection)" = "$(cat ${SAVED}/armed)" ]; then exit 3; fi
systemctl stop ${UNIT}.timer && rm -rf ${SAVED} ${THIS_BOOT}`;

export type Guard = 'none' | 'armed' | 'restored';

/** How the guard of a host stands. */
export async function guardOf(host: Reader): Promise<Guard> {
  const { stdout } = await host.script(
    `for state in armed restored; do [ ! -e "${SAVED}/$state" ] || { echo $state; exit; }; done; echo none`,
  );
  return stdout.trim() as Guard;
}

/** What a guard is set up over. */
export interface Guarded {
  folder: string;
  seconds: number;
  /** Whether the host firewall goes off as well when nobody confirms. */
  firewall?: boolean;
}

/** Puts what is in the folder back after so many seconds. */
export const arm = async (host: Writer, { folder, seconds, firewall = false }: Guarded): Promise<void> => {
  await host.runScript(ARM, [folder, String(seconds), RESTORE, firewall ? 'firewall' : '']);
};

/** Says that an earlier run was not confirmed. */
export function tellRestored(guard: Guard, host: string, controller: Controller): void {
  if (guard !== 'restored') return;
  controller.warn(
    `${host} took back what an earlier run changed of its policies for hosts or its host firewall: nobody confirmed it over a new connection in time`,
  );
}

/** Forgets that it was not confirmed. */
export const forget = async (host: Writer): Promise<void> => {
  await host.run(['rm', '-rf', '--', SAVED]);
};

/** Takes the guard away without anybody having reached the host: its policies are those from before. */
export const disarm = async (host: Writer): Promise<void> => {
  await host.runScript(DISARM, ['']);
};

/** What a run ends with that was not confirmed in time. */
export const notConfirmed = (host: string): Problem =>
  new Problem({
    code: 'policies-restored',
    what: `${host} has its policies and its host firewall as they were before`,
    why: 'nobody confirmed the new ones over a new connection in time: with them it could perhaps not be reached',
    mend: 'mend the policies, or give them more time by "confirm" (cilium_confirm)',
  });

/** Takes the guard away, if this is a new connection. */
export async function confirm(host: Writer): Promise<void> {
  const { status } = await host.runScript(DISARM, ['new'], { ok: [0, 3] });
  if (status === 0) return;
  throw new Problem({
    code: 'not-confirmed',
    what: `${host.host} was asked over the connection that its policies were written over`,
    why: 'only a new one shows that the host can still be reached',
    mend: 'put "meta: reset_connection" before',
  });
}

import { type Change, defineModule, Problem, type Reader, type Writer } from 'mesh-play';

interface Args {
  name: string;
  folder: string;
  base: string;
  bridge: string;
  address: string;
  gateway: string;
  public_key: string;
  resolved: boolean;
  cilium: boolean;
  compiled?: string;
  sudo_password?: string;
  state: 'started' | 'absent';
}

interface State {
  running: boolean;
  /** Something of it is left: a process, a mount or a folder. */
  exists: boolean;
  reachable: boolean;
}

/** Whether the host of folder $1 runs. A pid is believed only if that process is this host's nspawn. */
const ALIVE = `alive() { [ -s "$1/pid" ] && tr '\\0' ' ' <"/proc/$(cat "$1/pid")/cmdline" 2>/dev/null | grep -qF "$1/root"; }`;

/** $1 folder, $2 address. */
const PROBE = `${ALIVE}
alive "$1" && echo running
[ -e "$1" ] && echo exists
alive "$1" && timeout 2 bash -c 'exec 3<>/dev/tcp/$0/22 && read -r -t 2 line <&3 && [ -n "$line" ]' "$2" 2>/dev/null && echo reachable
:`;

/**
 * Where the host's own cgroups are: hosts that share theirs meet in those of units with the same name, and stop each other's.
 * cgroup v2, or its tree and systemd's of v1 beside each other. $machine: name of the host on this machine.
 */
const GROUPS = `groups() { for top in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do
  [ ! -e "$top/cgroup.procs" ] || echo "$top/mesh-play-lab/$machine"
done; }`;

/** The address without its prefix. */
const bare = (address: string): string => address.replace(/\/.*/, '');

async function probe(host: Reader, { folder, address }: Args): Promise<State> {
  const { stdout } = await host.script(PROBE, [folder, bare(address)]);
  const has = (word: string): boolean => stdout.split('\n').includes(word);
  return { running: has('running'), exists: has('exists'), reachable: has('reachable') };
}

/** Lays the host's own files over the base. $1 folder, $2 base, $3 name, $4 address, $5 gateway, $6 public key, $7 resolved, $8 cilium, $9 compiled or nothing, stdin the sudo password. */
const PREPARE = `set -e
read -r password || :
d=$1 base=$2 name=$3 address=$4 gateway=$5 key=$6 resolved=$7 cilium=$8 compiled=$9 clang=$1/root/usr/lib/llvm-19/bin/clang
mkdir -p "$d/upper" "$d/work" "$d/root"
mountpoint -q "$d/root" || mount -t overlay overlay -o "lowerdir=$base,upperdir=$d/upper,workdir=$d/work" "$d/root"
r=$d/root
printf '%s\\n' "$name" >"$r/etc/hostname"
printf '127.0.0.1 localhost\\n127.0.1.1 %s\\n' "$name" >"$r/etc/hosts"
[ -s "$r/etc/machine-id" ] || systemd-id128 new >"$r/etc/machine-id"
mkdir -p "$r/etc/systemd/network" "$r/root/.ssh"
printf '[Match]\\nName=host0\\n[Network]\\nAddress=%s\\nGateway=%s\\nDNS=%s\\nLinkLocalAddressing=no\\n' "$address" "$gateway" "$gateway" >"$r/etc/systemd/network/10-host0.network"
printf '%s\\n' "$key" >"$r/root/.ssh/authorized_keys"; chmod 700 "$r/root/.ssh"
# One key: an RSA key alone takes longer to make than the host to boot.
host_key=/etc/ssh/ssh_host_ed25519_key
[ -s "$r$host_key" ] || ssh-keygen -q -t ed25519 -N '' -C "root@$name" -f "$r$host_key"
printf 'HostKey %s\\nUseDNS no\\nMaxStartups 100:30:200\\nMaxSessions 100\\n' "$host_key" >"$r/etc/ssh/sshd_config.d/lab.conf"
on() { chroot "$r" systemctl -q enable "$@"; }
on ssh
# Debian starts a server when its package is there; here a role decides which host has one.
chroot "$r" systemctl -q disable etcd
if [ "$cilium" = true ]; then
  # With the kernel's file systems writable systemd-networkd waits for udev for ever.
  printf '%s\\n' '[Unit]' 'Description=Network and file systems of a lab host' DefaultDependencies=no Before=network.target '[Service]' Type=oneshot RemainAfterExit=yes \\
    'ExecStart=mount --make-rshared /' 'ExecStart=mkdir -p /sys/fs/bpf' 'ExecStart=mount -t bpf bpf /sys/fs/bpf' \\
    'ExecStart=ip link set lo up' "ExecStart=ip addr replace $address dev host0" 'ExecStart=ip link set host0 up' "ExecStart=ip route replace default via $gateway" \\
    '[Install]' WantedBy=sysinit.target >"$r/etc/systemd/system/lab-network.service"
  if [ -n "$compiled" ] && [ -e "$clang" ]; then
    [ -e "$clang.whole" ] || mv "$clang" "$clang.whole"
    cp "$compiled/clang" "$clang"
    # What the agents compile names the addresses of their own devices, which else are others each time.
    mac=$(IFS=.; printf '%02x:%02x:%02x:%02x' \${address%/*})
    sed -i "/ link set lo up/i ExecStart=ip link add cilium_host address 0a:01:$mac type veth peer name cilium_net address 0a:02:$mac" "$r/etc/systemd/system/lab-network.service"
  fi
  on lab-network
  chroot "$r" systemctl -q mask systemd-networkd
else
  on systemd-networkd
fi
if [ "$resolved" = true ]; then
  on systemd-resolved
  ln -sf ../run/systemd/resolve/stub-resolv.conf "$r/etc/resolv.conf"
  if [ "$cilium" = true ]; then
    # What systemd-networkd says otherwise: this link's server is for all names.
    printf '%s\\n' '[Unit]' 'Description=DNS of a lab host' Requires=systemd-resolved.service After=systemd-resolved.service '[Service]' Type=oneshot RemainAfterExit=yes \\
      "ExecStart=resolvectl dns host0 $gateway" 'ExecStart=resolvectl default-route host0 yes' '[Install]' WantedBy=multi-user.target >"$r/etc/systemd/system/lab-dns.service"
    on lab-dns
  fi
else
  chroot "$r" systemctl -q mask systemd-resolved
  rm -f "$r/etc/resolv.conf"; printf 'nameserver %s\\n' "$gateway" >"$r/etc/resolv.conf"
fi
if [ -n "$password" ] && ! chroot "$r" id ops >/dev/null 2>&1; then
  chroot "$r" useradd -m -s /bin/bash -G sudo ops
  printf 'ops:%s\\n' "$password" | chroot "$r" chpasswd
  : >"$r/home/ops/.sudo_as_admin_successful"; mkdir -p "$r/home/ops/.ssh"; printf '%s\\n' "$key" >"$r/home/ops/.ssh/authorized_keys"
  chroot "$r" chown -R ops:ops /home/ops/.ssh /home/ops/.sudo_as_admin_successful; chmod 700 "$r/home/ops/.ssh"
fi`;

/**
 * $1 folder, $2 name, $3 bridge, $4 address, $5 cilium, $6 compiled or nothing. The host outlives mesh-play: its own session, no standard input. With --keep-unit nspawn
 * ends with status 133 when its host reboots, and wants to be started again (src/nspawn/nspawn.c, EXIT_FORCE_RESTART).
 * Each host's systemd watches files as the one user root; the kernel's 128 watchers a user are gone after a dozen hosts.
 */
const BOOT = `${ALIVE}
d=$1 watchers=/proc/sys/fs/inotify/max_user_instances
[ "$(cat $watchers)" -ge 1024 ] || echo 1024 >$watchers
alive "$d" || setsid sh -c '
free=
if [ "$5" = true ]; then
  free=--capability=all
  export SYSTEMD_SECCOMP=0 SYSTEMD_NSPAWN_API_VFS_WRITABLE=1
fi
[ -z "$6" ] || free="$free --bind=$6:/var/cache/lab-compiled"
machine=$3-$2
${GROUPS}
while :; do
  # The last host of another lab may be taking away what both stand under.
  for group in $(groups); do mkdir -p "$group" || mkdir -p "$group"; echo $$ >"$group/cgroup.procs"; done
  systemd-nspawn -q $free --keep-unit --register=no -D "$1/root" -b --network-bridge="$3" --machine="$machine" --hostname="$2" --link-journal=no &
  echo $! >"$1/pid"; wait $!
  [ $? -eq 133 ] || exit
done' sh "$@" </dev/null >"$d/console.log" 2>&1 &
i=0
while [ $i -lt 300 ]; do
  timeout 1 bash -c 'exec 3<>/dev/tcp/$0/22 && read -r -t 1 line <&3 && [ -n "$line" ]' "$4" 2>/dev/null && exit 0
  kill -0 "$(cat "$d/pid" 2>/dev/null || echo 0)" 2>/dev/null || [ $i -lt 5 ] || break
  i=$((i+1)); sleep 0.2
done
tail -n 10 "$d/console.log" >&2; exit 1`;

/**
 * $1 folder, $2 name of the host on this machine. Nothing of the host is kept, so it need not shut down: with its first
 * process the kernel ends all others (pid_namespaces(7)), and nspawn ends by itself.
 */
const REMOVE = `${ALIVE}
${GROUPS}
d=$1 machine=$2 cable=
if alive "$d"; then
  p=$(cat "$d/pid")
  # What a service pinned can keep the host's network alive for a while, and its end of the cable; the next host of that
  # name would meet it.
  inits=$(cat "/proc/$p/task/$p/children")
  for c in $inits; do
    n=$(nsenter -t "$c" -n ip -o link show host0 2>/dev/null | sed -n 's/^[0-9]*: host0@if\\([0-9]*\\):.*/\\1/p')
    [ -z "$n" ] || cable=$(ip -o link | sed -n "s/^$n: \\([^@:]*\\).*/\\1/p")
  done
  [ -z "$inits" ] || kill -9 $inits
  i=0
  while kill -0 "$p" 2>/dev/null && [ $i -lt 100 ]; do i=$((i+1)); sleep 0.1; done
  kill -9 "$p" 2>/dev/null
  while kill -0 "$p" 2>/dev/null; do sleep 0.1; done
fi
for c in "$cable" "vb-$machine"; do [ -z "$c" ] || ip link del "$c" 2>/dev/null; done
for group in $(groups); do
  [ ! -d "$group" ] || find "$group" -depth -type d -exec rmdir {} +
  # What all hosts stand under goes with the last.
  rmdir "\${group%/*}" 2>/dev/null || :
done
if mountpoint -q "$d/root"; then umount "$d/root" || umount -l "$d/root"; fi
rm -rf "$d"`;

async function apply(host: Writer, changes: readonly Change[], args: Args): Promise<void> {
  const {
    folder,
    base,
    name,
    bridge,
    address,
    gateway,
    public_key: key,
    resolved,
    cilium,
    compiled = '',
    sudo_password: password = '',
  } = args;
  if (changes.some(({ after }) => after === null)) {
    await host.runScript(REMOVE, [folder, `${bridge}-${name}`]);
    return;
  }
  const words = [folder, base, name, address, gateway, key, String(resolved), String(cilium), compiled];
  await host.runScript(PREPARE, words, { stdin: `${password}\n` });
  const boot = [folder, name, bridge, bare(address), String(cilium), compiled];
  const { status, stderr } = await host.runScript(BOOT, boot, { ok: 'any' });
  if (status === 0) return;
  throw new Problem({
    code: 'lab-host-did-not-boot',
    what: `the lab host ${name} did not answer on ${address} within a minute`,
    details: stderr.trim().split('\n'),
    mend: 'a lab needs root, overlay mounts and cgroups that systemd-nspawn can use',
  });
}

/** Keeps one host of a lab running, or away without a trace. */
export default defineModule<Args, State>({
  name: 'lab_host',
  description: 'Keeps one host of a lab running (systemd-nspawn over an overlay of the base), or away without a trace.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name', 'folder', 'base', 'bridge', 'address', 'gateway', 'public_key'],
    properties: {
      name: { type: 'string', pattern: '^[a-z][a-z0-9-]{0,62}$', description: 'Its host name.' },
      folder: { type: 'string', format: 'path', description: 'Where its own files are kept.' },
      base: { type: 'string', format: 'path', description: 'The root filesystem below them.' },
      bridge: { type: 'string', description: 'The bridge it is plugged into.' },
      address: { type: 'string', description: 'Its address, with prefix.', examples: ['10.88.0.11/24'] },
      gateway: { type: 'string', description: 'The machine’s address on the bridge.' },
      public_key: { type: 'string', description: 'The key that may log in.' },
      resolved: { type: 'boolean', default: true, description: 'Run systemd-resolved.' },
      cilium: {
        type: 'boolean',
        default: false,
        description:
          'Let it load BPF programs, as Cilium does: all capabilities, and the kernel’s file systems writable.',
      },
      compiled: {
        type: 'string',
        format: 'path',
        description: 'Where what clang compiles on it is kept, and the program `clang` that does so. Default: nowhere.',
      },
      sudo_password: { type: 'string', secret: true, description: 'With it there is a user ops who may use sudo.' },
      state: { type: 'string', enum: ['started', 'absent'], default: 'started', description: 'Whether it should run.' },
    },
  },
  probe,
  plan: ({ running, exists, reachable }, { name, state }): Change[] => {
    if (state === 'absent') return running || exists ? [{ key: 'host', before: name, after: null }] : [];
    return reachable ? [] : [{ key: 'host', before: running ? 'silent' : null, after: 'started' }];
  },
  apply,
});

import { defineQuery } from 'mesh-play';

/** Prints what the host lacks, one a line. Kernel: 5.10, clang: 18.1 (Cilium's system requirements). */
const LOOK = `older() { [ "$(printf '%s\\n%s\\n' "$1" "$2" | sort -V | head -n 1)" != "$2" ]; }
kernel=$(uname -r); kernel=\${kernel%%-*}
older "$kernel" 5.10 && echo "a kernel of version 5.10 or newer: it has $kernel"
clang=/usr/lib/llvm-19/bin/clang
if [ -x $clang ]; then
  version=$($clang -dumpversion)
  older "$version" 18.1 && echo "clang of version 18.1 or newer: it has $version"
else echo 'clang, at /usr/lib/llvm-19/bin/clang'; fi
for program in ip iptables ipset modprobe mount; do command -v $program >/dev/null || echo "the program $program"; done
grep -qw bpf /proc/filesystems || echo 'a kernel with the BPF file system (CONFIG_BPF_SYSCALL)'
grep -qw cgroup2 /proc/filesystems || echo 'a kernel with cgroup2'
mountpoint -q /sys/fs/bpf || [ -w /sys/fs ] || echo 'a place to mount the BPF file system: /sys is read-only'
if ! ip link show type vxlan >/dev/null 2>&1; then echo 'a kernel with VXLAN (CONFIG_VXLAN)'; fi
:`;

/** Fails with all that a host lacks to run Cilium. */
export default defineQuery<Record<string, never>>({
  name: 'cilium_host',
  description: 'Reads whether a host can run the Cilium agent, and fails with all that it lacks.',
  schema: { type: 'object', additionalProperties: false, properties: {} },
  ask: async (host, _args, controller) => {
    const { stdout } = await host.script(LOOK);
    // In check mode an earlier task would have installed what is not there yet.
    const lacks = stdout
      .split('\n')
      .filter((line) => line !== '' && !(controller.check && /^(?:clang|the program)/.test(line)));
    return lacks.length === 0
      ? { returns: { lacks } }
      : { failed: `${host.host} lacks ${lacks.join('; ')}`, returns: { lacks } };
  },
});

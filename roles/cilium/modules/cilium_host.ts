import { defineQuery } from 'mesh-play';

interface Args {
  installed: boolean;
  clang: string;
  config?: string;
}

/** What Cilium needs here of the kernel, built in or as a module (its system requirements; masquerading by iptables). */
const OPTIONS = [
  ...['BPF_SYSCALL', 'BPF_JIT', 'CGROUP_BPF', 'NET_CLS_ACT', 'NET_CLS_BPF', 'NET_SCH_INGRESS', 'PERF_EVENTS'],
  ...[
    'CRYPTO_SHA1',
    'FIB_RULES',
    'VXLAN',
    'IP_SET',
    'IP_SET_HASH_IP',
    'NETFILTER_XT_SET',
    'NETFILTER_XT_MATCH_COMMENT',
  ],
];

/** What is printed where nothing tells what the kernel was built with: that is no lack yet. */
const UNKNOWN = 'unknown';

/** Prints what the host lacks, one a line. Kernel: 5.10, clang: 18.1. $1 clang, $2 the kernel's configuration or nothing. */
const LOOK = `older() { [ "$(printf '%s\\n%s\\n' "$1" "$2" | sort -V | head -n 1)" != "$2" ]; }
clang=$1 config=$2
kernel=$(uname -r); kernel=\${kernel%%-*}
older "$kernel" 5.10 && echo "a kernel of version 5.10 or newer: it has $kernel"
for file in /proc/config.gz "/boot/config-$(uname -r)"; do [ -n "$config" ] || [ ! -r "$file" ] || config=$file; done
if [ ! -r "$config" ]; then echo '${UNKNOWN}'
else
  has=$(case $config in *.gz) zcat "$config" ;; *) cat "$config" ;; esac)
  for option in ${OPTIONS.join(' ')}; do
    printf '%s\\n' "$has" | grep -q "^CONFIG_$option=[ym]" || echo "a kernel with CONFIG_$option"
  done
fi
grep -qw bpf /proc/filesystems || echo 'a kernel with the BPF file system'
grep -qw cgroup2 /proc/filesystems || echo 'a kernel with cgroup2'
mountpoint -q /sys/fs/bpf || [ -w /sys/fs ] || echo 'a place to mount the BPF file system: /sys is read-only'
[ "$(cat /proc/1/comm)" = systemd ] || echo 'systemd as its first process'
[ -n "$clang" ] || exit 0
if [ -x "$clang" ]; then
  version=$("$clang" -dumpversion)
  older "$version" 18.1 && echo "clang of version 18.1 or newer: $clang has $version"
else echo "clang, at $clang"; fi
for program in ip iptables ipset modprobe mount curl; do command -v $program >/dev/null || echo "the program $program"; done
:`;

/** Fails with all that a host lacks to run Cilium. */
export default defineQuery<Args>({
  name: 'cilium_host',
  description: 'Reads whether a host can run the Cilium agent, and fails with all that it lacks.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      installed: {
        type: 'boolean',
        default: true,
        description: 'Look for what packages bring as well, and not only for what the kernel has.',
      },
      clang: { type: 'string', default: '/usr/lib/llvm-19/bin/clang', description: 'Where clang is.' },
      config: { type: 'string', description: 'The kernel’s configuration. Default: where Linux or Debian has it.' },
    },
  },
  examples: `- cilium_host: {installed: false}
`,
  ask: async (host, { installed, clang, config = '' }, controller) => {
    // In check mode an earlier task would have installed what is not there yet.
    const { stdout } = await host.script(LOOK, [installed && !controller.check ? clang : '', config]);
    const lines = stdout.split('\n').filter(Boolean);
    const lacks = lines.filter((line) => line !== UNKNOWN);
    if (lines.length > lacks.length)
      controller.warn(
        `${host.host} does not tell what its kernel was built with (${config || '/proc/config.gz, /boot/config-*'}): whether it can run Cilium shows when the agent starts`,
      );
    return lacks.length === 0
      ? { returns: { lacks } }
      : { failed: `${host.host} lacks ${lacks.join('; ')}`, returns: { lacks } };
  },
});

import { lines, type Part } from './part.ts';

/** Kernel, architecture, names of the host. */
export const platform: Part = {
  subsets: ['min', 'platform'],
  script: `s kernel; cat /proc/sys/kernel/ostype /proc/sys/kernel/hostname /proc/sys/kernel/osrelease /proc/sys/kernel/version
s machine; uname -m
s fqdn; hostname -f 2>/dev/null || hostname 2>/dev/null
s machine_id; line /etc/machine-id; printf '%s\\n' "$line"
s bits; getconf LONG_BIT 2>/dev/null`,
  parse: (section) => {
    const [system = 'Linux', node = '', release = '', version = ''] = lines(section('kernel'));
    const machine = section('machine').trim();
    const fqdn = lines(section('fqdn'))[0] ?? node;
    const bits = section('bits').trim();
    const hostname = node.split('.')[0] ?? node;
    const architecture = /^i[3-6]86$/.test(machine) ? 'i386' : machine;
    return {
      system,
      kernel: release,
      kernel_version: version,
      machine,
      architecture,
      userspace_architecture: bits === '32' && machine === 'x86_64' ? 'i386' : architecture,
      ...(bits ? { userspace_bits: bits } : {}),
      nodename: node,
      hostname,
      fqdn,
      domain: fqdn.includes('.') ? fqdn.slice(fqdn.indexOf('.') + 1) : '',
      machine_id: section('machine_id').trim(),
    };
  },
};

import { lines, type Part, pairs } from './part.ts';

const VENDORS: readonly (readonly [RegExp, string])[] = [
  [/^(KVM|QEMU|.*OpenStack|.*Google|.*Amazon EC2)/i, 'kvm'],
  [/VMware/i, 'VMware'],
  [/VirtualBox/i, 'virtualbox'],
  [/Microsoft|Virtual Machine/i, 'VirtualPC'],
];

/** Whether the host is a container or a virtual machine. */
export const virtual: Part = {
  subsets: ['virtual', 'virtualization_type'],
  script: `s container; tr '\\0' '\\n' </proc/1/environ 2>/dev/null | sed -n 's/^container=//p'; cat /run/systemd/container 2>/dev/null
[ -e /.dockerenv ] && echo docker
s vendor; for f in sys_vendor product_name; do line /sys/class/dmi/id/$f; printf '%s\\n' "$line"; done
s flags; grep -m1 '^flags' /proc/cpuinfo 2>/dev/null`,
  parse: (section) => {
    const container = lines(section('container'))[0];
    if (container) return { virtualization_type: container, virtualization_role: 'guest' };
    const vendor = lines(section('vendor'));
    const known = VENDORS.find(([pattern]) => vendor.some((line) => pattern.test(line)))?.[1];
    const hypervisor = (pairs(section('flags'), ':')['flags'] ?? '').split(' ').includes('hypervisor');
    if (known || hypervisor) return { virtualization_type: known ?? 'kvm', virtualization_role: 'guest' };
    return { virtualization_type: 'NA', virtualization_role: 'NA' };
  },
};

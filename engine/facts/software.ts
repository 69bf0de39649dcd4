import { lines, type Part } from './part.ts';

const MANAGERS: readonly (readonly [string, string])[] = [
  ['/usr/bin/apt-get', 'apt'],
  ['/usr/bin/dnf', 'dnf'],
  ['/usr/bin/yum', 'yum'],
  ['/usr/bin/zypper', 'zypper'],
  ['/sbin/apk', 'apk'],
  ['/usr/bin/pacman', 'pacman'],
];

/** What manages packages and services, and Python where it is installed. */
export const software: Part = {
  subsets: ['min', 'pkg_mgr', 'service_mgr', 'python'],
  script: `s managers; for p in ${MANAGERS.map(([path]) => path).join(' ')}; do [ -x "$p" ] && echo "$p"; done
s init; line /proc/1/comm; printf '%s\\n' "$line"; [ -d /run/systemd/system ] && echo booted
s python; command -v python3 && python3 -V
s selinux; line /sys/fs/selinux/enforce; printf '%s\\n' "$line"
s apparmor; [ -d /sys/kernel/security/apparmor ] && echo enabled
s fips; line /proc/sys/crypto/fips_enabled; printf '%s\\n' "$line"
s cmdline; line /proc/cmdline; printf '%s\\n' "$line"`,
  parse: (section) => {
    const there = lines(section('managers'));
    const [init = '', booted] = lines(section('init'));
    const [python, said = ''] = lines(section('python'));
    const enforce = section('selinux').trim();
    const [version, ...numbers] = /(\d+)\.(\d+)\.(\d+)/.exec(said) ?? [];
    const [major, minor, micro] = numbers.map(Number);
    const words = section('cmdline').trim().split(/\s+/).filter(Boolean);
    return {
      pkg_mgr: MANAGERS.find(([path]) => there.includes(path))?.[1] ?? 'unknown',
      service_mgr: booted
        ? 'systemd'
        : init === 'systemd'
          ? 'systemd'
          : init === 'init'
            ? 'sysvinit'
            : init || 'service',
      selinux:
        enforce === ''
          ? { status: 'disabled' }
          : { status: 'enabled', mode: enforce === '1' ? 'enforcing' : 'permissive' },
      apparmor: { status: section('apparmor').trim() || 'disabled' },
      fips: section('fips').trim() === '1',
      cmdline: Object.fromEntries(
        words.map((word) => [
          word.split('=')[0] ?? word,
          word.includes('=') ? word.slice(word.indexOf('=') + 1) : true,
        ]),
      ),
      ...(python && version
        ? {
            python_version: version,
            python: {
              executable: python,
              type: 'cpython',
              version: { major: major ?? 0, minor: minor ?? 0, micro: micro ?? 0 },
            },
          }
        : {}),
    };
  },
};

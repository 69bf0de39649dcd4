import type { Reader, Writer } from '../connection/connection.ts';
import type { Property } from '../property.ts';
import type { Change } from '../result.ts';

/** How a user's own key is asked for. */
export interface KeyArgs {
  generate_ssh_key: boolean;
  ssh_key_type: string;
  ssh_key_bits: number;
  ssh_key_file?: string;
  ssh_key_comment?: string;
  ssh_key_passphrase?: string;
}

/** Their part of a schema. */
export const KEY_ARGUMENTS = {
  generate_ssh_key: {
    type: 'boolean',
    default: false,
    description: 'Make a key for SSH, if none is there. With force one that is there is replaced each time.',
  },
  ssh_key_type: { type: 'string', default: 'rsa', description: 'Its type.', examples: ['ed25519'] },
  ssh_key_bits: { type: 'integer', default: 0, minimum: 0, description: 'Its length. 0 is what ssh-keygen takes.' },
  ssh_key_file: {
    type: 'string',
    format: 'path',
    description: 'Where it goes, from the home folder. Default: .ssh/id_ and the type.',
  },
  ssh_key_comment: { type: 'string', description: 'Its comment. Default: “ansible-generated on” and the host’s name.' },
  ssh_key_passphrase: { type: 'string', secret: true, description: 'Its passphrase. Default: none.' },
} as const satisfies Record<string, Property>;

/** A key as it is on the host; only the file where there is none. */
export interface UserKey {
  file: string;
  fingerprint?: string;
  public?: string;
}

/** $1 user, $2 file: $f is where it is. */
const FILE = `f=$2
case $f in /*) ;; *) h=$(getent passwd -- "$1" | cut -d: -f6); f=\${h:-/home/$1}/$f;; esac`;

const READ = `${FILE}
echo "$f"
[ -e "$f" ] || [ -e "$f.pub" ] || exit 0
ssh-keygen -lf "$f" 2>&1; cat -- "$f.pub" 2>/dev/null || :`;

/**
 * $3 type, $4 bits or nothing, $5 comment or nothing, $6 not empty where a passphrase comes on standard input: it goes to
 * ssh-keygen by a program that says it.
 */
const MAKE = `${FILE}
set -e
type=$3 bits=$4 comment=\${5:-ansible-generated on $(uname -n)} secret=$6
d=\${f%/*}
[ -d "$d" ] || { mkdir -m 0700 "$d"; chown -- "$1:" "$d"; }
rm -f -- "$f" "$f.pub"
set -- "$1" -q -t "$type" \${bits:+-b "$bits"} -C "$comment" -f "$f"
user=$1; shift
if [ -n "$secret" ]; then
  t=$(mktemp -d); trap 'rm -rf "$t"' EXIT
  (umask 077; cat >"$t/said"; printf '#!/bin/sh\\ncat %s\\n' "$t/said" >"$t/say"; chmod 0700 "$t/say")
  SSH_ASKPASS=$t/say SSH_ASKPASS_REQUIRE=force DISPLAY=:0 ssh-keygen "$@" </dev/null
else ssh-keygen "$@" -N ''; fi
chown -- "$user:" "$f" "$f.pub"`;

const fileOf = (args: KeyArgs): string => args.ssh_key_file ?? `.ssh/id_${args.ssh_key_type}`;

/** Reads the key of a user; undefined when none is asked for. */
export async function probeKey(host: Reader, user: string, args: KeyArgs): Promise<UserKey | undefined> {
  if (!args.generate_ssh_key) return undefined;
  const { stdout } = await host.script(READ, [user, fileOf(args)]);
  const [file = '', fingerprint, shown] = stdout.trimEnd().split('\n');
  return {
    file,
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(shown === undefined ? {} : { public: shown }),
  };
}

/** One that is there is only replaced where that is forced. */
export function planKey(key: UserKey | undefined, force: boolean): Change[] {
  if (!key || (key.fingerprint !== undefined && !force)) return [];
  return [{ key: 'ssh key', before: key.fingerprint ?? null, after: key.file, once: true }];
}

/** Makes the key, and the folder it is in where that is not there. */
export async function makeKey(host: Writer, user: string, args: KeyArgs): Promise<void> {
  const { ssh_key_type: type, ssh_key_bits: bits, ssh_key_comment: comment = '', ssh_key_passphrase: secret } = args;
  const words = [
    user,
    fileOf(args),
    type,
    bits === 0 ? '' : String(bits),
    comment,
    secret === undefined ? '' : 'secret',
  ];
  await host.runScript(MAKE, words, secret === undefined ? {} : { stdin: `${secret}\n` });
}

import { lines, type Part } from './part.ts';

/** The public keys of the host's sshd. */
export const keys: Part = {
  subsets: ['min', 'ssh_pub_keys'],
  script: `s ssh_keys; for t in dsa rsa ecdsa ed25519; do
  [ ! -r /etc/ssh/ssh_host_\${t}_key.pub ] || { line /etc/ssh/ssh_host_\${t}_key.pub; printf '%s %s\\n' "$t" "$line"; }; done`,
  parse: (section) =>
    Object.fromEntries(
      lines(section('ssh_keys')).flatMap((line) => {
        const [name = '', type = '', key = ''] = line.split(' ');
        return [
          [`ssh_host_key_${name}_public`, key],
          [`ssh_host_key_${name}_public_keytype`, type],
        ];
      }),
    ),
};

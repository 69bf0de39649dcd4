import { lines, type Part } from './part.ts';

/** Who commands run as, and in which environment. */
export const user: Part = {
  subsets: ['min', 'user', 'env'],
  script: `s ids; id -un; id -u; id -g; id -ru; id -rg
s passwd; u=$(id -un); while IFS= read -r line; do case $line in "$u":*) printf '%s\\n' "$line";; esac; done </etc/passwd
s env; env -0 2>/dev/null | tr '\\n\\0' ' \\n'`,
  parse: (section) => {
    const [name = '', uid = '0', gid = '0', ruid = '0', rgid = '0'] = lines(section('ids'));
    const [, , , , gecos = '', home = '', shell = ''] = (lines(section('passwd'))[0] ?? '').split(':');
    const entries = lines(section('env')).map((line): [string, string] => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)];
    });
    return {
      user_id: name,
      user_uid: Number(uid),
      user_gid: Number(gid),
      user_gecos: gecos,
      user_dir: home,
      user_shell: shell,
      real_user_id: Number(ruid),
      effective_user_id: Number(uid),
      real_group_id: Number(rgid),
      effective_group_id: Number(gid),
      env: Object.fromEntries(entries.filter(([key]) => /^\w+$/.test(key))),
    };
  },
};

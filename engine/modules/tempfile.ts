import { defineAction, Problem, pathInfo } from '../module.ts';

interface Args {
  state: string;
  prefix: string;
  suffix: string;
  path?: string;
}

/** `$1` folder, `$2` prefix, `$3` suffix, `$4` -d for a folder. mktemp(1) of BusyBox knows no --suffix. */
const MAKE = `dir=\${1:-\${TMPDIR:-/tmp}}
case $dir in "~"|"~/"*) dir=$HOME\${dir#"~"};; esac
if [ ! -d "$dir" ]; then echo "there is no folder $dir" >&2; exit 45; fi
if [ -z "$3" ]; then exec mktemp $4 "$dir/$2XXXXXXXX"; fi
for try in 1 2 3 4 5 6 7 8 9; do
  name=$(mktemp -u "$dir/$2XXXXXXXX")$3 || exit
  if [ -n "$4" ]; then (umask 077; mkdir -- "$name") && made=1
  else (umask 077; set -C; : >"$name") && made=1; fi
  if [ -n "$made" ]; then printf '%s\\n' "$name"; exit; fi
done
exit 1`;

/** Makes an empty file or folder under a name that nothing else has. */
export default defineAction<Args>({
  name: 'tempfile',
  description: 'Makes an empty temporary file or folder, a new one each time; removing it is up to the playbook.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      state: { type: 'string', default: 'file', enum: ['file', 'directory'], description: 'A file or a folder.' },
      prefix: { type: 'string', default: 'ansible.', description: 'How its name begins.' },
      suffix: { type: 'string', default: '', description: 'How its name ends.', examples: ['.conf'] },
      path: {
        type: 'string',
        format: 'path',
        description: 'The folder it is made in. Default: $TMPDIR of the host, or /tmp.',
      },
    },
  },
  examples: `- tempfile:
    state: directory
    suffix: .build
  register: build
- file:
    path: "{{ build.path }}"
    state: absent
`,
  act: async (host, { state, prefix, suffix, path = '' }) => {
    if (/[/\n]/.test(prefix + suffix))
      throw new Problem({
        code: 'wrong-argument',
        what: 'tempfile: "prefix" and "suffix" are parts of a name, not paths',
      });
    const made = await host.runScript(MAKE, [path, prefix, suffix, state === 'directory' ? '-d' : ''], { ok: [0, 45] });
    if (made.status === 45)
      throw new Problem({ code: 'no-folder', what: `tempfile: ${made.stderr.trim()}`, mend: 'make it before' });
    const name = made.stdout.replace(/\n$/, '');
    const stat = await host.stat(name);
    return { returns: { path: name, ...(stat ? pathInfo(stat) : {}) } };
  },
});

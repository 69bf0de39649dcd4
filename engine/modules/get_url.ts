import { basename } from 'node:path';
import {
  ATTRIBUTES,
  type Attributes,
  applyAttributes,
  attributesIn,
  type Change,
  curlConfig,
  defineModule,
  type Landed,
  land,
  newAttributes,
  Problem,
  pathInfo,
  planAttributes,
} from '../module.ts';

interface Args extends Attributes {
  url: string;
  dest: string;
  checksum?: string;
  force: boolean;
  headers: Record<string, string>;
  timeout: number;
  url_username?: string;
  url_password?: string;
  validate_certs: boolean;
}

interface Ready extends Args {
  /** Lower-case hex. */
  sha256?: string;
}

/** $1 path, $2 sha256 or nothing. curl's configuration comes on standard input. The file lands by rename, once it is whole. */
const FETCH = `command -v curl >/dev/null || exit 69
t=$(mktemp "\${1%/*}/.mesh-play.XXXXXXXX") || exit
trap 'rm -f "$t"' EXIT
curl -K - -fsS -o "$t" || exit
sum=$(sha256sum <"$t"); sum=\${sum%% *}
[ -z "$2" ] || [ "$sum" = "$2" ] || { echo "$sum"; exit 65; }
if [ -f "$1" ]; then chmod --reference="$1" "$t" && chown --reference="$1" "$t"; else chmod "$(printf '%o' $((0666 & ~0$(umask))))" "$t"; fi
sync "$t" && mv -f "$t" "$1"`;

/** Downloads a file on the host. */
export default defineModule<Args, Landed, Ready>({
  name: 'get_url',
  description:
    'Downloads a file on the host, with curl. A file that is there is fetched again only for another checksum, or with force.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['url', 'dest'],
    properties: {
      url: { type: 'string', description: 'The address.', pattern: '^(https?|ftp|file)://' },
      dest: { type: 'string', format: 'path', description: 'Where it goes. In a folder it keeps its name.' },
      checksum: {
        type: 'string',
        pattern: '^sha256:[0-9A-Fa-f]{64}$',
        description: 'What it must be: sha256: and hex digits.',
      },
      force: { type: 'boolean', default: false, description: 'Fetch it each time.' },
      headers: { type: 'object', default: {}, description: 'Headers of the request.' },
      timeout: { type: 'integer', default: 300, minimum: 1, description: 'Seconds for the whole transfer.' },
      url_username: { type: 'string', aliases: ['username'], description: 'User for the server.' },
      url_password: { type: 'string', aliases: ['password'], secret: true, description: 'Password for the server.' },
      validate_certs: { type: 'boolean', default: true, description: 'Check the server’s certificate.' },
      ...ATTRIBUTES,
    },
  },
  examples: `- get_url:
    url: https://example.com/tool
    dest: /usr/local/bin/tool
    checksum: sha256:b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c
    mode: '0755'
`,
  prepare: async (_controller, args) => {
    const sha256 = args.checksum?.slice('sha256:'.length).toLowerCase();
    return { ...args, ...(sha256 === undefined ? {} : { sha256 }) };
  },
  probe: (host, { url, dest }) => land(host, { path: dest, into: basename(new URL(url).pathname), hash: 'always' }),
  plan: ({ stat, umask }, args): Change[] => {
    const { sha256, force, url } = args;
    if (!stat)
      return [
        { key: 'content', before: null, after: sha256 ?? url },
        ...newAttributes(attributesIn(args), 'file', umask),
      ];
    const attributes = planAttributes(stat, attributesIn(args), umask);
    if (sha256 !== undefined && stat.sha256 !== sha256)
      return [{ key: 'content', before: stat.sha256 ?? null, after: sha256 }, ...attributes];
    return force && sha256 === undefined
      ? [{ key: 'content', before: null, after: url, once: true }, ...attributes]
      : attributes;
  },
  apply: async (host, changes, args, _controller, { path }) => {
    if (changes.some(({ key }) => key === 'content')) {
      const { url, headers, timeout, sha256 = '', url_username: user, url_password: password } = args;
      const stdin = curlConfig({
        url,
        headers,
        timeout,
        user,
        password,
        validateCerts: args.validate_certs,
        follow: true,
      });
      const { status, stdout, stderr } = await host.runScript(FETCH, [path, sha256], { stdin, ok: 'any' });
      if (status !== 0) throw didNot(status, url, stdout, stderr, sha256);
    }
    await applyAttributes(host, path, changes, attributesIn(args));
  },
  returns: ({ path, stat }, { url }) => ({ url, dest: path, ...(stat ? pathInfo(stat) : {}) }),
});

function didNot(status: number, url: string, stdout: string, stderr: string, sha256: string): Problem {
  if (status === 69) return new Problem({ code: 'no-tool', what: 'the host has no curl', mend: 'install curl there' });
  if (status !== 65)
    return new Problem({
      code: 'download-failed',
      what: `${url} could not be fetched`,
      details: stderr.trim().split('\n'),
    });
  return new Problem({
    code: 'wrong-checksum',
    what: `${url} has another sha256 than it should`,
    details: [`wanted ${sha256}`, `found  ${stdout.trim()}`],
    why: 'the file was not put in place',
  });
}

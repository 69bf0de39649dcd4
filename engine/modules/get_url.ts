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
  type Output,
  Problem,
  pathInfo,
  planAttributes,
  type Reader,
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

/** What the file must be: a sum, or the address of a file of sums. */
interface Wanted {
  algorithm: string;
  /** Lower-case hex. */
  sum?: string;
  sums?: string;
}

interface Ready extends Args {
  wanted?: Wanted;
}

interface State extends Landed {
  /** What the sum must be, and what that of the file is. */
  wantedSum?: string;
  foundSum?: string;
}

/** Digits of each algorithm's sum in hex. */
const DIGITS: Readonly<Record<string, number>> = { md5: 32, sha1: 40, sha224: 56, sha256: 64, sha384: 96, sha512: 128 };

/** $1 path, $2 sum or nothing, $3 its algorithm. curl's configuration comes on standard input. The file lands by rename, once it is whole. */
const FETCH = `command -v curl >/dev/null || exit 69
t=$(mktemp "\${1%/*}/.mesh-play.XXXXXXXX") || exit
trap 'rm -f "$t"' EXIT
curl -K - -fsS -o "$t" || exit 68
if [ -n "$2" ]; then sum=$("$3sum" <"$t") || exit; sum=\${sum%% *}; [ "$sum" = "$2" ] || { echo "$sum"; exit 65; }; fi
if [ -f "$1" ]; then chmod --reference="$1" "$t" && chown --reference="$1" "$t"; else chmod "$(printf '%o' $((0666 & ~0$(umask))))" "$t"; fi
sync "$t" && mv -f "$t" "$1"`;

/** Downloads a file on the host. */
export default defineModule<Args, State, Ready>({
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
        pattern: '^(md5|sha1|sha224|sha256|sha384|sha512):.+$',
        description:
          'What it must be: md5, sha1, sha224, sha256, sha384 or sha512, a colon, and hex digits or the address of a file of sums.',
        examples: ['sha512:https://example.com/SHA512SUMS'],
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
  prepare: async (_controller, args) => ({
    ...args,
    ...(args.checksum === undefined ? {} : { wanted: wantedOf(args.checksum) }),
  }),
  probe,
  plan: ({ stat, umask, wantedSum, foundSum }, args): Change[] => {
    const { force, url } = args;
    if (!stat)
      return [
        { key: 'content', before: null, after: wantedSum ?? url },
        ...newAttributes(attributesIn(args), 'file', umask),
      ];
    const attributes = planAttributes(stat, attributesIn(args), umask);
    if (wantedSum !== undefined && foundSum !== wantedSum)
      return [{ key: 'content', before: foundSum ?? null, after: wantedSum }, ...attributes];
    return force && wantedSum === undefined
      ? [{ key: 'content', before: null, after: url, once: true }, ...attributes]
      : attributes;
  },
  apply: async (host, changes, args, _controller, { path, wantedSum = '' }) => {
    if (changes.some(({ key }) => key === 'content')) {
      const { url, wanted } = args;
      const algorithm = wanted?.algorithm ?? '';
      const fetched = await host.runScript(FETCH, [path, wantedSum, algorithm], { stdin: asked(args, url), ok: 'any' });
      if (fetched.status !== 0) throw didNot(fetched, url, algorithm, wantedSum);
    }
    await applyAttributes(host, path, changes, attributesIn(args));
  },
  returns: ({ path, stat }, { url }) => ({ url, dest: path, ...(stat ? pathInfo(stat) : {}) }),
});

/** An address as curl's configuration. */
function asked(args: Args, url: string): string {
  const { headers, timeout, url_username: user, url_password: password, validate_certs: validateCerts } = args;
  return curlConfig({ url, headers, timeout, user, password, validateCerts, follow: true });
}

function wantedOf(checksum: string): Wanted {
  const [, algorithm = '', value = ''] = /^(\w+):(.*)$/s.exec(checksum) ?? [];
  if (/^(https?|ftp|file):\/\//.test(value)) return { algorithm, sums: value };
  if (/^[0-9A-Fa-f]+$/.test(value) && value.length === DIGITS[algorithm])
    return { algorithm, sum: value.toLowerCase() };
  throw new Problem({
    code: 'wrong-argument',
    what: `get_url takes ${DIGITS[algorithm]} hex digits or an address for "checksum" after ${algorithm}:, not "${value}"`,
  });
}

async function probe(host: Reader, args: Ready): Promise<State> {
  const { url, dest, wanted } = args;
  const landed = land(host, { path: dest, into: basename(new URL(url).pathname) });
  if (!wanted) return landed;
  const [found, wantedSum] = await Promise.all([landed, wanted.sum ?? sumFrom(host, args, wanted)]);
  if (found.stat?.type !== 'file') return { ...found, wantedSum };
  const { stdout } = await host.script('"$2sum" <"$1"', [found.path, wanted.algorithm]);
  return { ...found, wantedSum, foundSum: stdout.split(' ')[0] ?? '' };
}

const SUMS = `command -v curl >/dev/null || exit 69
curl -K - -fsS || exit 68`;

/** The sum that a file of sums gives for the file: the line of its name, or the only word there is. */
async function sumFrom(host: Reader, args: Ready, { algorithm, sums = '' }: Wanted): Promise<string> {
  const answer = await host.script(SUMS, [], { stdin: asked(args, sums), ok: 'any' });
  if (answer.status !== 0) throw didNot(answer, sums, algorithm, '');
  const name = basename(new URL(args.url).pathname);
  const lines = answer.stdout.split(/\r?\n/).filter((line) => line.trim() !== '');
  const only = lines.length === 1 && /^\S+$/.test(lines[0]?.trim() ?? '') ? lines[0]?.trim() : undefined;
  const named = lines
    .map((line) => /^(\S+)\s+\*?(?:\.\/)?(.*?)\s*$/.exec(line))
    .find((found) => found?.[2] === name)?.[1];
  const sum = (only ?? named)?.toLowerCase();
  if (sum !== undefined && /^[0-9a-f]+$/.test(sum) && sum.length === DIGITS[algorithm]) return sum;
  throw new Problem({
    code: 'no-checksum',
    what:
      sum === undefined
        ? `${sums} has no sum for "${name}"`
        : `${sums} has "${sum}" for "${name}", which is no ${algorithm}`,
  });
}

function didNot({ status, stdout, stderr }: Output, url: string, algorithm: string, sum: string): Problem {
  if (status === 69) return new Problem({ code: 'no-tool', what: 'the host has no curl', mend: 'install curl there' });
  if (status === 65)
    return new Problem({
      code: 'wrong-checksum',
      what: `${url} has another ${algorithm} than it should`,
      details: [`wanted ${sum}`, `found  ${stdout.trim()}`],
      why: 'the file was not put in place',
    });
  return new Problem({
    code: 'download-failed',
    what: `${url} could not be fetched`,
    details: stderr.trim().split('\n').filter(Boolean),
  });
}

import { basename } from 'node:path';
import {
  ATTRIBUTES,
  type Attributes,
  applyAttributes,
  attributesIn,
  backupSuffix,
  type Change,
  curlConfig,
  defineModule,
  type Landed,
  land,
  newAttributes,
  noFolder,
  type Output,
  Problem,
  pathInfo,
  planAttributes,
  type Reader,
  URL_ARGUMENTS,
  type UrlArgs,
} from '../module.ts';

interface Args extends Attributes, UrlArgs {
  url: string;
  dest: string;
  checksum?: string;
  force: boolean;
  backup: boolean;
}

/** What the file must be: a sum, or the address of a file of sums. */
interface Wanted {
  algorithm: string;
  /** Lower-case hex. */
  sum?: string;
  sums?: string;
}

interface Ready extends Args {
  check: boolean;
  wanted?: Wanted;
  /** Suffix of the copy kept of what is replaced. */
  suffix?: string;
}

interface State extends Landed {
  /** What the sum must be, and what that of the file is. */
  wantedSum?: string;
  foundSum?: string;
  /** The sha256 of what the address has now, asked for where it is to replace what is there. */
  served?: string;
}

/** Digits of each algorithm's sum in hex. */
const DIGITS: Readonly<Record<string, number>> = { md5: 32, sha1: 40, sha224: 56, sha256: 64, sha384: 96, sha512: 128 };

/** $1 path, $2 sum or nothing, $3 its algorithm, $4 where to keep what was there, or nothing, $5 its mode, or nothing. curl's configuration comes on standard input. The file lands by rename, once it is whole. */
const FETCH = `command -v curl >/dev/null || exit 69
t=$(mktemp "\${1%/*}/.mesh-play.XXXXXXXX") || exit
trap 'rm -f "$t"' EXIT
curl -K - -fsS -o "$t" || exit 68
if [ -n "$2" ]; then sum=$("$3sum" <"$t") || exit; sum=\${sum%% *}; [ "$sum" = "$2" ] || { echo "$sum"; exit 65; }; fi
if [ -f "$1" ]; then chown --reference="$1" "$t" 2>/dev/null; fi
if [ -n "$5" ]; then chmod "$5" "$t"
elif [ -f "$1" ]; then chmod --reference="$1" "$t"
else chmod "$(printf '%o' $((0666 & ~0$(umask))))" "$t"
fi || exit
if [ -n "$4" ] && [ -f "$1" ]; then cp -p -- "$1" "$4" || exit; fi
sync "$t" && mv -fT "$t" "$1"`;

/** Downloads a file on the host. */
export default defineModule<Args, State, Ready>({
  name: 'get_url',
  description:
    'Downloads a file on the host, with curl. A file that is there is asked for again only for another checksum, with force, or where dest is a folder, and replaced only when it is another.',
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
      force: { type: 'boolean', default: false, description: 'Ask for it each time.' },
      backup: { type: 'boolean', default: false, description: 'Keep a copy of the file that is replaced.' },
      timeout: { type: 'integer', default: 300, minimum: 1, description: 'Seconds for the whole transfer.' },
      url_username: { type: 'string', aliases: ['username'], description: 'User for the server.' },
      url_password: { type: 'string', aliases: ['password'], secret: true, description: 'Password for the server.' },
      ...URL_ARGUMENTS,
      ...ATTRIBUTES,
    },
  },
  examples: `- get_url:
    url: https://example.com/tool
    dest: /usr/local/bin/tool
    checksum: sha256:b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c
    mode: '0755'
`,
  prepare: async ({ check }, args) => ({
    ...args,
    check,
    ...(args.backup ? { suffix: backupSuffix() } : {}),
    ...(args.checksum === undefined ? {} : { wanted: wantedOf(args.checksum) }),
  }),
  probe,
  plan,
  apply: async (host, changes, args, _controller, { path, wantedSum = '' }) => {
    if (changes.some(({ key }) => key === 'content')) {
      const { url, wanted, suffix } = args;
      const algorithm = wanted?.algorithm ?? '';
      const mode = /^[0-7]+$/.test(args.mode ?? '') ? (args.mode ?? '') : '';
      const words = [path, wantedSum, algorithm, suffix === undefined ? '' : path + suffix, mode];
      const fetched = await host.runScript(FETCH, words, { stdin: asked(args, url), ok: 'any' });
      if (fetched.status !== 0) throw didNot(fetched, url, algorithm, wantedSum);
    }
    await applyAttributes(host, path, changes, attributesIn(args));
  },
  returns: ({ path, stat }, { url, suffix }, changes) => {
    const replaced = changes.some(({ key, before }) => key === 'content' && before !== null);
    return {
      url,
      dest: path,
      ...(stat ? pathInfo(stat) : {}),
      ...(replaced && suffix !== undefined ? { backup_file: path + suffix } : {}),
    };
  },
});

function plan({ stat, umask, parent, path, wantedSum, foundSum, served }: State, args: Ready): Change[] {
  const wanted = attributesIn(args);
  if (!parent && !args.check) throw noFolder(path);
  if (!stat)
    return [{ key: 'content', before: null, after: wantedSum ?? args.url }, ...newAttributes(wanted, 'file', umask)];
  const attributes = planAttributes(stat, wanted, umask);
  if (wantedSum !== undefined && foundSum !== wantedSum)
    return [{ key: 'content', before: foundSum ?? null, after: wantedSum }, ...attributes];
  // Once, for it may be another each time it is asked for.
  if (served !== undefined && foundSum !== served)
    return [{ key: 'content', before: foundSum ?? null, after: served, once: true }, ...attributes];
  return attributes;
}

/** An address as curl's configuration. */
const asked = (args: Args, url: string): string => curlConfig({ url, args, follow: true });

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
  const { url, dest, wanted, force } = args;
  const name = basename(new URL(url).pathname);
  const landed = land(host, { path: dest, into: name });
  if (!wanted) {
    const found = await landed;
    // In a folder it is asked for each time, as with force.
    const inFolder = found.path.endsWith(`${dest.replace(/^~/, '').replace(/\/*$/, '')}/${name}`);
    if (found.stat?.type !== 'file' || !(force || inFolder)) return found;
    const [foundSum, served] = await Promise.all([sumOf(host, found.path, 'sha256'), servedSum(host, args)]);
    return { ...found, foundSum, served };
  }
  const [found, wantedSum] = await Promise.all([landed, wanted.sum ?? sumFrom(host, args, wanted)]);
  if (found.stat?.type !== 'file') return { ...found, wantedSum };
  return { ...found, wantedSum, foundSum: await sumOf(host, found.path, wanted.algorithm) };
}

async function sumOf(host: Reader, path: string, algorithm: string): Promise<string> {
  const { stdout } = await host.script('"$2sum" <"$1"', [path, algorithm]);
  return stdout.split(' ')[0] ?? '';
}

/** The sum of what curl brings, with curl's own status. */
const SERVED = `command -v curl >/dev/null || exit 69
{ s=$({ { curl -K - -fsS 3>&-; echo $? >&3; } | sha256sum >&4; } 3>&1); } 4>&1
[ "$s" = 0 ] || exit 68`;

async function servedSum(host: Reader, args: Ready): Promise<string> {
  const answer = await host.script(SERVED, [], { stdin: asked(args, args.url), ok: 'any' });
  if (answer.status !== 0) throw didNot(answer, args.url, '', '');
  return answer.stdout.split(' ')[0] ?? '';
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

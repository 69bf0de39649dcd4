import { curlConfig, defineAction, type Mapping, Problem, readJson, type Value, writeJson } from '../module.ts';

interface Args {
  url: string;
  method: string;
  body?: Value;
  body_format: 'raw' | 'json' | 'form-urlencoded';
  headers: Record<string, string>;
  status_code: number[];
  return_content: boolean;
  timeout: number;
  follow_redirects: 'safe' | 'all' | 'none';
  validate_certs: boolean;
  url_username?: string;
  url_password?: string;
}

/** curl's configuration comes on standard input. Prints the status, the headers' length, the headers and the body. */
const ASK = `command -v curl >/dev/null || exit 69
d=$(mktemp -d) || exit
trap 'rm -rf "$d"' EXIT
: >"$d/body"
code=$(curl -K - -sS -D "$d/headers" -o "$d/body" -w '%{http_code}') || exit
echo "$code"; wc -c <"$d/headers"; cat "$d/headers" "$d/body"`;

const TYPES: Record<string, string> = {
  json: 'application/json',
  'form-urlencoded': 'application/x-www-form-urlencoded',
};

function bodyOf({ body, body_format: format }: Args): string | undefined {
  if (body === undefined) return undefined;
  if (format === 'json' && typeof body !== 'string') return writeJson(body);
  if (format === 'form-urlencoded' && typeof body === 'object' && body !== null)
    return new URLSearchParams(
      Object.entries(body as Mapping).map(([key, value]): [string, string] => [key, String(value)]),
    ).toString();
  return typeof body === 'string' ? body : writeJson(body);
}

function parse(bytes: Buffer): { status: number; headers: Mapping; content: string } {
  const first = bytes.indexOf(10);
  const second = bytes.indexOf(10, first + 1);
  const length = Number(bytes.subarray(first + 1, second).toString());
  const end = second + 1 + length;
  // After a redirect there are several blocks; the last one belongs to the body.
  const block =
    bytes
      .subarray(second + 1, end)
      .toString('utf8')
      .trim()
      .split(/\r?\n\r?\n/)
      .at(-1) ?? '';
  const headers: Mapping = {};
  for (const line of block.split(/\r?\n/).slice(1)) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon).toLowerCase().replaceAll('-', '_')] = line.slice(colon + 1).trim();
  }
  return {
    status: Number(bytes.subarray(0, first).toString()),
    headers,
    content: bytes.subarray(end).toString('utf8'),
  };
}

function jsonOf(headers: Mapping, content: string): Mapping {
  if (!String(headers['content_type'] ?? '').includes('json')) return {};
  try {
    return { json: readJson(content) };
  } catch {
    // Ansible leaves json out when the body is none, whatever its type says.
    return {};
  }
}

/** Asks a web server from the host. */
export default defineAction<Args>({
  name: 'uri',
  description:
    'Asks a web server from the host, with curl. Never changed; what it changes at the server is for changed_when to say.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['url'],
    properties: {
      url: { type: 'string', pattern: '^https?://', description: 'The address.' },
      method: { type: 'string', default: 'GET', pattern: '^[A-Z]+$', description: 'The method of the request.' },
      body: { type: 'any', description: 'What to send.' },
      body_format: {
        type: 'string',
        enum: ['raw', 'json', 'form-urlencoded'],
        default: 'raw',
        description: 'How the body is written.',
      },
      headers: { type: 'object', default: {}, description: 'Headers of the request.' },
      status_code: {
        type: 'array',
        items: { type: 'integer' },
        default: [200],
        description: 'Statuses that are fine.',
      },
      return_content: { type: 'boolean', default: false, description: 'Return the body as content.' },
      timeout: { type: 'integer', default: 30, minimum: 1, description: 'Seconds for the whole request.' },
      follow_redirects: {
        type: 'string',
        enum: ['safe', 'all', 'none'],
        default: 'safe',
        description: 'Which redirects to follow: safe are those of GET and HEAD.',
      },
      validate_certs: { type: 'boolean', default: true, description: 'Check the server’s certificate.' },
      url_username: { type: 'string', aliases: ['user'], description: 'User for the server.' },
      url_password: { type: 'string', aliases: ['password'], secret: true, description: 'Password for the server.' },
    },
  },
  examples: `- uri:
    url: http://127.0.0.1:8091/health
    status_code: [200, 204]
`,
  act: async (host, args) => {
    const {
      url,
      method,
      timeout,
      headers,
      url_username: user,
      url_password: password,
      follow_redirects: redirects,
    } = args;
    const body = bodyOf(args);
    const type = TYPES[args.body_format];
    const named = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
    const stdin = curlConfig({
      url,
      timeout,
      user,
      password,
      method,
      body,
      validateCerts: args.validate_certs,
      headers: { ...(type && body !== undefined && !named ? { 'Content-Type': type } : {}), ...headers },
      follow: redirects === 'all' || (redirects === 'safe' && ['GET', 'HEAD'].includes(method)),
    });
    const answer = await host.runScript(ASK, [], { stdin, ok: 'any' });
    if (answer.status === 69)
      throw new Problem({ code: 'no-tool', what: 'the host has no curl', mend: 'install curl there' });
    if (answer.status !== 0)
      return {
        failed: `${url} did not answer`,
        changed: false,
        returns: { url, status: -1, msg: answer.stderr.trim() },
      };
    const { status, headers: said, content } = parse(answer.bytes);
    const returns = { url, status, ...said, ...jsonOf(said, content), ...(args.return_content ? { content } : {}) };
    if (args.status_code.includes(status)) return { changed: false, returns };
    return { changed: false, failed: `Status code was ${status} and not ${args.status_code.join(', ')}`, returns };
  },
});

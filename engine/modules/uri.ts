import {
  ASK,
  ATTRIBUTES,
  type Attributes,
  applyAttributes,
  asText,
  attributesIn,
  curlConfig,
  defineAction,
  land,
  type Mapping,
  Problem,
  parseAnswer,
  planAttributes,
  readJson,
  skipCommand,
  URL_ARGUMENTS,
  type UrlArgs,
  type Value,
  type Writer,
  writeJson,
} from '../module.ts';

interface Args extends UrlArgs, Attributes {
  url: string;
  dest?: string;
  method: string;
  body?: Value;
  body_format: 'raw' | 'json' | 'form-urlencoded';
  status_code: number[];
  return_content: boolean;
  follow_redirects: 'safe' | 'urllib2' | 'all' | 'yes' | 'none' | 'no';
  ca_path?: string;
  unix_socket?: string;
  creates?: string;
  removes?: string;
}

const TYPES: Record<string, string> = {
  json: 'application/json',
  'form-urlencoded': 'application/x-www-form-urlencoded',
};

function bodyOf({ body, body_format: format }: Args): string | undefined {
  if (body === undefined) return undefined;
  if (format === 'json' && typeof body !== 'string') return writeJson(body);
  if (format === 'form-urlencoded' && typeof body === 'object' && body !== null)
    return new URLSearchParams(pairs(body)).toString();
  return typeof body === 'string' ? body : writeJson(body);
}

/** The names and values of a form: one with a list of values is named for each of them, one without is left out. */
function pairs(body: Value): [string, string][] {
  const entries = Array.isArray(body) ? (body as [string, Value][]) : Object.entries(body as Mapping);
  return entries.flatMap(([key, value]) => {
    const all = (Array.isArray(value) ? value : [value]).filter((each) => each !== null);
    return all.map((each): [string, string] => [key, asText(each)]);
  });
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

async function setAttributes(host: Writer, path: string, args: Args): Promise<void> {
  const wanted = attributesIn(args);
  const { stat, umask } = await land(host, { path });
  if (stat) await applyAttributes(host, path, planAttributes(stat, wanted, umask), wanted);
}

/** Asks a web server from the host. */
export default defineAction<Args>({
  name: 'uri',
  description:
    'Asks a web server from the host, with curl. Changed only where it keeps the body; what it changes at the server is for changed_when to say.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['url'],
    properties: {
      url: { type: 'string', pattern: '^https?://', description: 'The address.' },
      method: { type: 'string', default: 'GET', pattern: '^[A-Za-z]+$', description: 'The method of the request.' },
      body: { type: 'any', description: 'What to send.' },
      body_format: {
        type: 'string',
        enum: ['raw', 'json', 'form-urlencoded'],
        default: 'raw',
        description: 'How the body is written.',
      },
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
        enum: ['safe', 'urllib2', 'all', 'yes', 'none', 'no'],
        default: 'safe',
        description: 'Which redirects to follow: safe and urllib2 are those of GET and HEAD, yes is all, no is none.',
      },
      dest: {
        type: 'string',
        format: 'path',
        description:
          'Where to keep the body where the status is fine, which counts as a change; in a folder it keeps its name. A file that is there is asked for if it is newer: 304 is the status when it is not.',
      },
      ca_path: { type: 'string', format: 'path', description: 'Certificates on the host to check the server’s with.' },
      unix_socket: { type: 'string', format: 'path', description: 'A socket of the host to ask through.' },
      creates: { type: 'string', format: 'path', description: 'Nothing is asked when this path is there.' },
      removes: { type: 'string', format: 'path', description: 'Nothing is asked when this path is not there.' },
      ...URL_ARGUMENTS,
      ...ATTRIBUTES,
      url_username: { type: 'string', aliases: ['user'], description: 'User for the server.' },
      url_password: { type: 'string', aliases: ['password'], secret: true, description: 'Password for the server.' },
    },
  },
  examples: `- uri:
    url: http://127.0.0.1:8091/health
    status_code: [200, 204]
`,
  skip: skipCommand,
  act: async (host, args) => {
    const { url, headers, body_format: format, follow_redirects: redirects } = args;
    const [body, method] = [bodyOf(args), args.method.toUpperCase()];
    const type = TYPES[format];
    const named = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
    const stdin = curlConfig({
      url,
      args: {
        ...args,
        headers: { ...(type && body !== undefined && !named ? { 'Content-Type': type } : {}), ...headers },
      },
      method,
      body,
      authorities: args.ca_path,
      unixSocket: args.unix_socket,
      follow:
        redirects === 'all' || redirects === 'yes' || (/^[su]/.test(redirects) && ['GET', 'HEAD'].includes(method)),
    });
    const began = Date.now();
    const words = [args.dest ?? '', ` ${args.status_code.join(' ')} `, args.return_content ? 'body' : ''];
    const answer = await host.runScript(ASK, words, { stdin, ok: 'any' });
    const elapsed = Math.floor((Date.now() - began) / 1000);
    if (answer.status === 69)
      throw new Problem({ code: 'no-tool', what: 'the host has no curl', mend: 'install curl there' });
    if (answer.status !== 0)
      return {
        failed: `${url} did not answer: ${answer.stderr.trim().split('\n').at(-1)}`,
        changed: false,
        returns: { url, status: -1, elapsed, redirected: false, msg: answer.stderr.trim() },
      };
    const { status, headers: said, content, cookies, kept, ...led } = parseAnswer(answer.bytes);
    const returns = {
      status,
      elapsed,
      ...led,
      cookies,
      cookies_string: Object.entries(cookies)
        .map(([name, value]) => `${name}=${String(value)}`)
        .join('; '),
      ...said,
      ...jsonOf(said, content),
      ...(args.return_content ? { content } : {}),
      ...(args.dest === undefined ? {} : { path: kept || args.dest }),
    };
    if (kept !== '') await setAttributes(host, kept, args);
    if (args.status_code.includes(status)) return { changed: kept !== '', returns };
    return { changed: false, failed: `Status code was ${status} and not ${args.status_code.join(', ')}`, returns };
  },
});

import type { Property } from '../property.ts';

/** How a server is asked, as all modules that ask one take it. */
export interface UrlArgs {
  headers: Record<string, string>;
  timeout: number;
  url_username?: string;
  url_password?: string;
  force_basic_auth: boolean;
  validate_certs: boolean;
  client_cert?: string;
  client_key?: string;
  http_agent?: string;
  use_proxy: boolean;
}

/** Their part of a schema, without the timeout. */
export const URL_ARGUMENTS = {
  headers: { type: 'object', default: {}, description: 'Headers of the request.' },
  force_basic_auth: {
    type: 'boolean',
    default: false,
    description: 'Send user and password at once, before the server asks for them.',
  },
  validate_certs: { type: 'boolean', default: true, description: 'Check the server’s certificate.' },
  client_cert: { type: 'string', format: 'path', description: 'A certificate on the host to show to the server.' },
  client_key: { type: 'string', format: 'path', description: 'Its key, when that is in a file of its own.' },
  http_agent: { type: 'string', description: 'The user agent to name. Default: curl’s.' },
  use_proxy: { type: 'boolean', default: true, description: 'Go through the proxy that the host’s environment names.' },
} as const satisfies Record<string, Property>;

/** What a request needs beside its address. */
export interface Request {
  url: string;
  args: UrlArgs;
  /** A file or folder of certificates to check the server's with. */
  authorities?: string | undefined;
  unixSocket?: string | undefined;
  method?: string | undefined;
  body?: string | undefined;
  follow: boolean;
}

const quoted = (text: string): string =>
  `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t')}"`;

/** A request as curl's configuration (curl(1), --config): it goes to standard input, so that no secret is in argv. */
export function curlConfig({ url, args, authorities, unixSocket, method, body, follow }: Request): string {
  const { headers, timeout, url_username: user, url_password: password } = args;
  const given = (key: string, value: string | undefined): string[] =>
    value === undefined ? [] : [`${key} = ${quoted(value)}`];
  const lines = [
    `url = ${quoted(url)}`,
    `max-time = ${timeout}`,
    ...Object.entries(headers).map(([name, value]) => `header = ${quoted(`${name}: ${value}`)}`),
    ...(user === undefined ? [] : [`user = ${quoted(`${user}:${password ?? ''}`)}`]),
    ...(user === undefined ? [] : [args.force_basic_auth ? 'basic' : 'anyauth']),
    ...(args.validate_certs ? [] : ['insecure']),
    ...given('cert', args.client_cert),
    ...given('key', args.client_key),
    ...given('cacert', authorities),
    ...given('unix-socket', unixSocket),
    ...given('user-agent', args.http_agent),
    ...(args.use_proxy ? [] : ['noproxy = "*"']),
    ...(follow ? ['location'] : []),
    ...(method === undefined || method === 'GET' ? [] : method === 'HEAD' ? ['head'] : [`request = ${method}`]),
    ...(body === undefined ? [] : [`data-binary = ${quoted(body)}`]),
  ];
  return `${lines.join('\n')}\n`;
}

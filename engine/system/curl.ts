/** What a request needs beside its address. */
export interface Request {
  url: string;
  headers: Readonly<Record<string, string>>;
  user?: string | undefined;
  password?: string | undefined;
  /** Seconds. */
  timeout: number;
  validateCerts: boolean;
  method?: string | undefined;
  body?: string | undefined;
  follow: boolean;
}

const quoted = (text: string): string =>
  `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t')}"`;

/** A request as curl's configuration (curl(1), --config): it goes to standard input, so that no secret is in argv. */
export function curlConfig(request: Request): string {
  const { url, headers, user, password, timeout, validateCerts, method, body, follow } = request;
  const lines = [
    `url = ${quoted(url)}`,
    `max-time = ${timeout}`,
    ...Object.entries(headers).map(([name, value]) => `header = ${quoted(`${name}: ${value}`)}`),
    ...(user === undefined ? [] : [`user = ${quoted(`${user}:${password ?? ''}`)}`]),
    ...(validateCerts ? [] : ['insecure']),
    ...(follow ? ['location'] : []),
    ...(method === undefined || method === 'GET' ? [] : method === 'HEAD' ? ['head'] : [`request = ${method}`]),
    ...(body === undefined ? [] : [`data-binary = ${quoted(body)}`]),
  ];
  return `${lines.join('\n')}\n`;
}

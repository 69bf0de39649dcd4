import { spawnSync } from 'node:child_process';
import { truthy, UseProblem } from './python.ts';

/** What is asked, on standard input as JSON; the body is printed. An expression cannot wait, so a process of its own asks. */
const ASK = `const { url, headers, follow, timeout } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
fetch(url, { headers, redirect: follow ? 'follow' : 'manual', signal: AbortSignal.timeout(timeout) }).then(
  async (answer) => {
    if (answer.ok) process.stdout.write(await answer.text());
    else { process.stderr.write(\`it answered \${answer.status} \${answer.statusText}\`.trim()); process.exitCode = 1; }
  },
  (thrown) => { process.stderr.write((thrown.cause ?? thrown).message); process.exitCode = 1; },
);`;

const KNOWN = ['validate_certs', 'split_lines', 'username', 'password', 'headers', 'timeout', 'http_agent'];
/** What Ansible's takes too and that makes no difference here, or is what happens anyway. */
const NO_MATTER = ['force', 'force_basic_auth', 'use_proxy', 'follow_redirects', 'unredirected_headers'];

/** What a web server answers to the controller. */
export function textFrom(url: string, options: Readonly<Record<string, unknown>>): string {
  const unknown = Object.keys(options).find((name) => !KNOWN.includes(name) && !NO_MATTER.includes(name));
  if (unknown !== undefined) throw new UseProblem(`the lookup url has no option "${unknown}"`);
  const { username, password, http_agent: agent, timeout = 10 } = options;
  const headers = {
    'User-Agent': String(agent ?? 'mesh-play'),
    ...(username === undefined ? {} : { Authorization: `Basic ${btoa(`${username}:${password ?? ''}`)}` }),
    ...(options['headers'] as object | undefined),
  };
  const follow = !['no', 'none', 'False'].includes(String(options['follow_redirects'] ?? 'urllib2'));
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', ASK], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    input: JSON.stringify({ url, headers, follow, timeout: Number(timeout) * 1000 }),
    env: {
      ...process.env,
      NODE_USE_ENV_PROXY: '1',
      NODE_NO_WARNINGS: '1',
      ...(truthy(options['validate_certs'] ?? true) ? {} : { NODE_TLS_REJECT_UNAUTHORIZED: '0' }),
    },
  });
  if (status === 0) return stdout;
  throw new UseProblem(`${url} could not be fetched: ${stderr.trim().split('\n').at(-1) ?? ''}`);
}

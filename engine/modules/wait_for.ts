import { defineAction, type Mapping, Problem, pathInfo, pyRegExp, type Writer } from '../module.ts';

interface Args {
  host: string;
  port?: number;
  path?: string;
  state: 'started' | 'present' | 'stopped' | 'absent';
  search_regex?: string;
  timeout: number;
  delay: number;
  sleep: number;
  connect_timeout: number;
  msg?: string;
}

/**
 * $1 host, $2 port, $3 seconds for one try. bash and nc connect; without either, the kernel's own table tells whether
 * something listens (proc(5): state 0A), which is all that can be said of the host itself.
 */
const CONNECT = `if command -v bash >/dev/null; then timeout "$3" bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2" 2>/dev/null
elif command -v nc >/dev/null; then nc -z -w "$3" "$1" "$2" 2>/dev/null
else case $1 in 127.*|localhost|::1|0.0.0.0) ;; *) exit 69;; esac
  p=$(printf ':%04X' "$2"); while read -r _ l _ s _; do case $l in *"$p") [ "$s" = 0A ] && exit 0;; esac; done <<X
$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null)
X
  exit 1; fi`;

/** What the first words of the server at $1:$2 are, those that come within $3 seconds. */
const GREETING = `if command -v bash >/dev/null; then
  exec timeout "$3" bash -c 'exec 3<>"/dev/tcp/$0/$1" && dd bs=65536 count=1 <&3' "$1" "$2" 2>/dev/null
elif command -v nc >/dev/null; then nc -w "$3" "$1" "$2" </dev/null 2>/dev/null | dd bs=65536 count=1 2>/dev/null
else exit 69; fi`;

/** What is there of what is waited for: nothing, or what to answer about it. */
async function found(host: Writer, args: Args): Promise<Mapping | undefined> {
  const { path, search_regex: sought } = args;
  if (path !== undefined) {
    const stat = await host.stat(path, { follow: true });
    if (!stat || sought === undefined) return stat && pathInfo(stat);
    const match = matched(sought, (await host.readFile(path))?.toString('utf8'));
    return match && { ...pathInfo(stat), ...match };
  }
  const words = [args.host, String(args.port), String(args.connect_timeout)];
  const { status, stdout } = await host.script(sought === undefined ? CONNECT : GREETING, words, {
    ok: 'any',
    waits: true,
  });
  if (status !== 69) return sought === undefined ? (status === 0 ? {} : undefined) : matched(sought, stdout);
  throw new Problem({
    code: 'no-tool',
    what: `nothing on the host can connect to ${args.host}`,
    mend: 'install bash or nc there',
  });
}

/** The groups of a match as Python has them, or undefined. */
function matched(sought: string, text: string | undefined): Mapping | undefined {
  const match = text === undefined ? null : pyRegExp(sought, 'm').exec(text);
  if (!match) return undefined;
  const group = (value: string | undefined): string | null => value ?? null;
  return {
    match_groups: [...match].slice(1).map(group),
    match_groupdict: Object.fromEntries(
      Object.entries(match.groups ?? {}).map(([name, value]) => [name, group(value)]),
    ),
  };
}

function failure(args: Args, away: boolean): string {
  if (args.msg !== undefined) return args.msg;
  const end = `within ${args.timeout} s`;
  const { search_regex: sought } = args;
  if (sought !== undefined && !away)
    return `"${sought}" was not found in ${args.path ?? `what ${args.host}:${args.port} says`} ${end}`;
  if (args.path === undefined) return `${args.host}:${args.port} did not ${away ? 'close' : 'open'} ${end}`;
  return `${args.path} was not ${away ? 'gone' : 'there'} ${end}`;
}

/** Waits until a port opens or closes, or a file comes or goes. */
export default defineAction<Args>({
  name: 'wait_for',
  description: 'Waits until a port opens or closes, or a file or a text in it comes or goes, as seen from the host.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      host: { type: 'string', default: '127.0.0.1', description: 'Where the port is.' },
      port: { type: 'integer', minimum: 1, maximum: 65535, description: 'A TCP port to connect to.' },
      path: { type: 'string', format: 'path', description: 'A file on the host.' },
      state: {
        type: 'string',
        enum: ['started', 'present', 'stopped', 'absent'],
        default: 'started',
        description: 'started and present wait for it to be there, stopped and absent for it to be gone.',
      },
      search_regex: {
        type: 'string',
        description: 'A regular expression to be found in the file, or in what the server on the port says first.',
      },
      timeout: { type: 'number', default: 300, minimum: 0, description: 'Seconds to wait at most.' },
      delay: { type: 'number', default: 0, minimum: 0, description: 'Seconds to wait before looking.' },
      sleep: { type: 'number', default: 1, minimum: 0, description: 'Seconds between two looks.' },
      connect_timeout: { type: 'integer', default: 5, minimum: 1, description: 'Seconds for one try to connect.' },
      msg: { type: 'string', description: 'What to say when the time is over.' },
    },
    mutuallyExclusive: [['port', 'path']],
  },
  examples: `- wait_for:
    port: 5432
    timeout: 30
`,
  act: async (host, args, controller) => {
    const seconds = (count: number): Promise<void> => controller.pause(count * 1000);
    const began = Date.now();
    const elapsed = (): number => Math.round((Date.now() - began) / 1000);
    const away = args.state === 'stopped' || args.state === 'absent';
    if (args.port === undefined && args.path === undefined) await seconds(args.timeout);
    await seconds(args.delay);
    let last: Mapping | undefined = {};
    for (;;) {
      const waits = args.port !== undefined || args.path !== undefined;
      if (!waits) break;
      last = await found(host, args);
      if ((last !== undefined) !== away) break;
      if (Date.now() - began >= args.timeout * 1000)
        return { failed: failure(args, away), returns: { elapsed: elapsed() } };
      await seconds(args.sleep);
    }
    const { port = null, path = null, search_regex = null, state } = args;
    const asked = { elapsed: elapsed(), state, port, path, search_regex, match_groups: [], match_groupdict: {} };
    return { changed: false, returns: { ...asked, ...last } };
  },
});

import { defineAction, type Writer } from 'mesh-play';

interface Args {
  user: string;
  socket: string;
  expect: string[];
  program: string;
  timeout: number;
}

/** SPIFFE IDs the agent hands to a user of the host. */
async function idsOf(host: Writer, { user, program, socket }: Args): Promise<string[]> {
  const words = [
    'runuser',
    '-u',
    user,
    '--',
    program,
    'api',
    'fetch',
    'x509',
    '-output',
    'json',
    '-timeout',
    '3s',
    '-socketPath',
    socket,
  ];
  const { stdout, status, stderr } = await host.query(words, { ok: 'any' });
  if (status !== 0) {
    if (/PermissionDenied|no identity issued/.test(stdout + stderr)) return [];
    throw new Error(stderr.trim() || stdout.trim());
  }
  const { svids = [] } = JSON.parse(stdout) as { svids?: { spiffe_id: string }[] };
  return svids.map(({ spiffe_id: id }) => id).sort();
}

/** Proves which SVIDs a user of the host is given: exactly those expected. */
export default defineAction<Args>({
  name: 'spire_svid',
  description:
    'Proves which SVIDs the agent of the host gives a user: exactly those expected. Waits for them to be served.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['program', 'user', 'socket', 'expect'],
    properties: {
      user: { type: 'string', description: 'The user to ask as.' },
      socket: { type: 'string', format: 'path', description: 'The agent’s workload socket.' },
      expect: { type: 'array', items: { type: 'string' }, description: 'SPIFFE IDs; [] is none.' },
      program: {
        type: 'string',
        format: 'path',
        description: 'The agent’s program.',
        examples: ['/opt/spire/current/spire-agent'],
      },
      timeout: { type: 'number', default: 0, minimum: 0, description: 'Seconds to wait for it.' },
    },
  },
  act: async (host, args) => {
    const wanted = [...args.expect].sort().join(' ');
    const end = Date.now() + args.timeout * 1000;
    for (;;) {
      const ids = await idsOf(host, args);
      const returns = { spiffe_ids: ids };
      if (ids.join(' ') === wanted) return { changed: false, returns };
      if (Date.now() >= end)
        return {
          failed: `${args.user} is given ${ids.join(', ') || 'no SVID'}, not ${args.expect.join(', ') || 'none'}`,
          returns,
        };
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  },
});

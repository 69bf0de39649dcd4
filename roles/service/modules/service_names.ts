import { defineModule, type Reader } from 'mesh-play';

interface Args {
  namespace: string;
  names: { address: string; names: string[] }[];
  servers: string[];
  search: string;
}

type State = { [K in 'hosts' | 'resolv.conf']: string | undefined };

const KEPT = '# Kept by mesh-play; changes made here are lost.';

const wantedOf = ({ names, servers, search }: Args): { [K in keyof State]: string } => ({
  hosts: [
    KEPT,
    '127.0.0.1 localhost',
    ...names.map(({ address, names: all }) => `${address} ${all.join(' ')}`),
    '',
  ].join('\n'),
  'resolv.conf': [KEPT, ...servers.map((server) => `nameserver ${server}`), `search ${search}`, ''].join('\n'),
});

async function probe(host: Reader, { namespace }: Args): Promise<State> {
  const read = async (file: string): Promise<string | undefined> =>
    (await host.readFile(`/etc/netns/${namespace}/${file}`))?.toString('utf8');
  const [hosts, resolv] = await Promise.all([read('hosts'), read('resolv.conf')]);
  return { hosts, 'resolv.conf': resolv };
}

/** Keeps what names mean in a namespace. */
export default defineModule<Args, State>({
  name: 'service_names',
  description: 'Keeps what names mean in a namespace: its own hosts file, and the servers it asks for others.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['namespace', 'names', 'servers', 'search'],
    properties: {
      namespace: { type: 'string', pattern: '^[a-z0-9-]+$', description: 'Name of the namespace.' },
      names: {
        type: 'array',
        description: 'Addresses with their names.',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['address', 'names'],
          properties: {
            address: { type: 'string', description: 'The address.' },
            names: { type: 'array', items: { type: 'string' }, description: 'Its names, the full one first.' },
          },
        },
      },
      servers: { type: 'array', items: { type: 'string' }, description: 'DNS servers for all other names.' },
      search: { type: 'string', description: 'Domain in which short names are looked for.' },
    },
  },
  probe,
  plan: (state, args) =>
    Object.entries(wantedOf(args)).flatMap(([key, after]) => {
      const before = state[key as keyof State] ?? null;
      return before === after ? [] : [{ key, before, after, text: true }];
    }),
  // Written in place and not renamed: programs have these files bound into their namespace, and such a mount keeps the file
  // that was there when they started.
  apply: async (host, changes, { namespace }) => {
    await host.run(['mkdir', '-p', '-m', '0755', '/etc/netns', `/etc/netns/${namespace}`]);
    for (const { key, after } of changes)
      await host.runScript('umask 022; cat >"$1"', [`/etc/netns/${namespace}/${key}`], { stdin: String(after) });
  },
});

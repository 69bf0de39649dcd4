import { defineModule } from 'mesh-play';

interface Args {
  bridge: string;
  address: string;
  state: 'present' | 'absent';
}

interface State {
  exists: boolean;
  up: boolean;
  addresses: string[];
}

/** Keeps the bridge that the hosts of a lab are plugged into. */
export default defineModule<Args, State>({
  name: 'lab_network',
  description: 'Keeps the bridge that the hosts of a lab are plugged into.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['bridge', 'address'],
    properties: {
      bridge: { type: 'string', pattern: '^[a-z][a-z0-9-]{0,14}$', description: 'Its name.', examples: ['mp-lab'] },
      address: {
        type: 'string',
        description: 'The machine’s own address on it, with prefix.',
        examples: ['10.88.0.1/24'],
      },
      state: {
        type: 'string',
        enum: ['present', 'absent'],
        default: 'present',
        description: 'Whether it should be there.',
      },
    },
  },
  probe: async (host, { bridge }) => {
    const { stdout, status } = await host.query(['ip', '-o', 'addr', 'show', 'dev', bridge], { ok: 'any' });
    const link = await host.query(['ip', '-o', 'link', 'show', 'dev', bridge], { ok: 'any' });
    return {
      exists: status === 0,
      up: /<[^>]*\bUP\b/.test(link.stdout),
      addresses: [...stdout.matchAll(/inet ([\d./]+)/g)].map(([, address]) => address ?? ''),
    };
  },
  plan: ({ exists, up, addresses }, { bridge, address, state }) => {
    if (state === 'absent') return exists ? [{ key: 'bridge', before: bridge, after: null }] : [];
    if (!exists) return [{ key: 'bridge', before: null, after: bridge }];
    if (up && addresses.includes(address)) return [];
    return [{ key: 'address', before: addresses, after: [address] }];
  },
  apply: async (host, [change], { bridge, address }) => {
    if (change?.after === null) {
      await host.run(['ip', 'link', 'del', bridge]);
      return;
    }
    if (change?.key === 'bridge') await host.run(['ip', 'link', 'add', bridge, 'type', 'bridge']);
    await host.run(['ip', 'addr', 'replace', address, 'dev', bridge]);
    await host.run(['ip', 'link', 'set', bridge, 'up']);
  },
});

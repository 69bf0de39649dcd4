import { defineQuery } from 'mesh-play';

interface Args {
  name: string;
  address: string;
  ssh_port: number;
  namespaces: Record<string, string>;
}

/** $@: namespaces. First what is missing of the tools, then whether there is Cilium, then each namespace's address. */
const LOOK = `for tool in bash curl openssl dig setpriv ip getent base64 tar; do command -v $tool >/dev/null || printf '%s ' $tool; done; echo
[ -S /run/cilium/cilium.sock ] && echo yes || echo no
for namespace; do
  printf '%s ' "$namespace"
  [ -e "/run/netns/$namespace" ] && ip -n "$namespace" -4 -o addr show dev eth0
  echo
done`;

/** Looks at what a host has that the probes need to know. */
export default defineQuery<Args>({
  name: 'verify_look',
  description:
    'Looks at what a host has of the mesh: addresses of its services’ namespaces, and the tools that probes use.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name', 'address', 'ssh_port', 'namespaces'],
    properties: {
      name: { type: 'string', description: 'Name of the host.' },
      address: { type: 'string', description: 'Its address in the mesh.' },
      ssh_port: { type: 'integer', description: 'Where it takes SSH.' },
      namespaces: {
        type: 'object',
        description: 'Namespace of each service on it.',
        examples: [{ shop: 'mesh-shop' }],
      },
    },
  },
  ask: async (host, { name, address, ssh_port, namespaces }) => {
    const { stdout } = await host.script(LOOK, Object.values(namespaces));
    const [missing = '', cilium = '', ...found] = stdout.split('\n');
    if (missing.trim() !== '')
      return {
        failed: `the probes need ${missing.trim().split(' ').join(', ')} on ${name}: install curl, openssl, dnsutils`,
      };
    const endpoints: Record<string, string> = {};
    for (const [service, namespace] of Object.entries(namespaces)) {
      const line = found.find((one) => one.startsWith(`${namespace} `)) ?? '';
      const address = / inet ([\d.]+)/.exec(line)?.[1];
      if (address !== undefined) endpoints[service] = address;
    }
    const seen = { name, address, ssh_port, endpoints, cilium: cilium === 'yes' };
    return { returns: { ansible_facts: { verify_host: seen } } };
  },
});

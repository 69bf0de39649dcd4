import { type Change, type Content, defineModule, Problem, type Reader, type Writer } from 'mesh-play';
import { filesOf, trialOf } from '../lib/bootstrap.ts';
import type { Instance, Surroundings } from '../lib/instance.ts';

interface Args {
  instance: Instance;
  trust_domain: string;
  agent_socket: string;
  dns_servers: string[];
  program: string;
}

/** Text of each file; undefined when it is not there. */
type State = Record<string, string | undefined>;

interface Ready {
  args: Args;
  folder: string;
  wanted: Record<string, string>;
  trial: string;
  text(text: string): Content;
}

/** Runs Envoy's own check on standard input. $1 program. */
const TRY = `set -u
file=$(mktemp --suffix=.json) || exit
trap 'rm -f "$file"' EXIT
cat >"$file"
said=$("$1" --mode validate -c "$file" 2>&1) && exit 0
printf '%s\\n' "$said" | grep -E 'error|critical' | tail -n 3
exit 1`;

async function probe(host: Reader, { folder, wanted }: Ready): Promise<State> {
  const read = async (name: string): Promise<[string, string | undefined]> => [
    name,
    (await host.readFile(`${folder}/${name}`))?.toString('utf8'),
  ];
  return Object.fromEntries(await Promise.all(Object.keys(wanted).map(read)));
}

const plan = (state: State, { wanted }: Ready): Change[] =>
  Object.entries(wanted).flatMap(([key, after]) =>
    state[key] === after ? [] : [{ key, before: state[key] ?? null, after, text: true }],
  );

async function apply(host: Writer, changes: readonly Change[], { args, folder, wanted, trial, text }: Ready) {
  const { status, stdout } = await host.runScript(TRY, [args.program], { stdin: trial, ok: [0, 1] });
  if (status !== 0)
    throw new Problem({
      code: 'validation-failed',
      what: `Envoy refuses the new configuration of ${args.instance.name} on ${host.host}`,
      why: 'the old one stays',
      details: stdout.trim().split('\n'),
    });
  await host.run(['mkdir', '-p', '-m', '0755', folder]);
  // Clusters before the listeners that name them; Envoy reads each file when it is renamed into its place.
  for (const name of ['envoy.json', 'clusters.json', 'listeners.json'])
    if (changes.some(({ key }) => key === name))
      await host.write(`${folder}/${name}`, text(wanted[name] ?? ''), { owner: 'root', group: 'root', mode: '0644' });
}

/** Keeps the configuration of a service's sidecar. */
export default defineModule<Args, State, Ready>({
  name: 'sidecar_config',
  description: 'Keeps the configuration of a service’s sidecar, which Envoy itself must accept before it is used.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['instance', 'trust_domain', 'agent_socket', 'dns_servers', 'program'],
    properties: {
      instance: { type: 'object', description: 'The service on this host, an item of mesh.instances.' },
      trust_domain: { type: 'string', description: 'Trust domain of the mesh.', examples: ['mesh.internal'] },
      agent_socket: { type: 'string', format: 'path', description: 'Socket of the SPIRE agent.' },
      dns_servers: { type: 'array', items: { type: 'string' }, description: 'Addresses of the private DNS.' },
      program: { type: 'string', format: 'path', description: 'Envoy.', examples: ['/opt/envoy/current/envoy'] },
    },
  },
  prepare: async (controller, args) => {
    const folder = `/etc/mesh/${args.instance.name}`;
    const around: Surroundings = {
      trustDomain: args.trust_domain,
      agentSocket: args.agent_socket,
      dnsServers: args.dns_servers,
      folder,
      adminSocket: `/run/mesh-sidecar-${args.instance.name}/admin.sock`,
    };
    const texts = Object.entries(filesOf(args.instance, around)).map(([name, file]) => [
      name,
      `${JSON.stringify(file, undefined, 1)}\n`,
    ]);
    return {
      args,
      folder,
      wanted: Object.fromEntries(texts),
      trial: JSON.stringify(trialOf(args.instance, around)),
      text: (text) => controller.text(text),
    };
  },
  probe,
  plan,
  apply: (host, changes, ready) => apply(host, changes, ready),
});

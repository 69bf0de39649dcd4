import { type Change, type Content, defineModule, Problem, type Reader, type Writer } from 'mesh-play';
import { ID_LABEL, isSpiffeId, labelOf, NAMESPACE_LABEL } from '../lib/label.ts';

interface Args {
  name: string;
  address?: string;
  router?: string;
  spiffe_id?: string;
  state: 'present' | 'absent';
}

interface State {
  unit: string | undefined;
  settings: string | undefined;
  enabled: boolean;
  active: boolean;
  /** What Cilium has, as `endpoint show` prints it; empty when it has nothing. */
  endpoint: string;
}

interface Ready {
  args: Args;
  unit: string;
  settings: string;
  label: string;
  text(text: string): Content;
}

const folderOf = (name: string): string => `/etc/mesh/${name}`;
const settingsPath = (name: string): string => `${folderOf(name)}/endpoint`;
const unitOf = (name: string): string => `mesh-endpoint-${name}.service`;
const unitPath = (name: string): string => `/etc/systemd/system/${unitOf(name)}`;

const unitText = (name: string): string => `# Kept by mesh-play; changes made here are lost.
[Unit]
Description=Network namespace and Cilium endpoint of ${name}
Wants=cilium.service
After=cilium.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/lib/mesh/endpoint up ${name}
ExecStop=/usr/local/lib/mesh/endpoint down ${name}
TimeoutStartSec=120

[Install]
WantedBy=multi-user.target
`;

/** Read by sh. A label's value holds nothing that sh or JSON would take for more than text. */
const settingsText = (
  address: string,
  router: string,
  label: string,
): string => `# Kept by mesh-play; changes made here are lost.
ADDRESS=${address}
ROUTER=${router}
LABELS='"${ID_LABEL}=${label}","${NAMESPACE_LABEL}"'
`;

const SHOW = '[ ! -x /usr/local/lib/mesh/endpoint ] || /usr/local/lib/mesh/endpoint show "$1"; :';

async function probe(host: Reader, { args: { name } }: Ready): Promise<State> {
  const [unit, settings, enabled, active, endpoint] = await Promise.all([
    host.readFile(unitPath(name)),
    host.readFile(settingsPath(name)),
    host.query(['systemctl', 'is-enabled', unitOf(name)], { ok: 'any' }),
    host.query(['systemctl', 'is-active', unitOf(name)], { ok: 'any' }),
    host.script(SHOW, [name]),
  ]);
  return {
    unit: unit?.toString('utf8'),
    settings: settings?.toString('utf8'),
    enabled: enabled.stdout.trim() === 'enabled',
    active: active.stdout.trim() === 'active',
    endpoint: endpoint.stdout.trim(),
  };
}

/** Whether the endpoint that Cilium has is the one that is wanted: ready, with an identity, its address and its label. */
function isRight(endpoint: string, address: string, label: string): boolean {
  const [state, identity, its, labels = ''] = endpoint.split(' ');
  const known = state === 'ready' && Number(identity) >= 256 && its === address;
  return known && labels.includes(`${ID_LABEL}=${label}"`) && !labels.includes('reserved:init');
}

function plan(state: State, { args, unit, settings, label }: Ready): Change[] {
  const { unit: itsUnit, settings: itsSettings, enabled, active, endpoint } = state;
  if (args.state === 'absent') {
    const there = itsUnit !== undefined || itsSettings !== undefined || active || endpoint !== '';
    return there ? [{ key: 'endpoint', before: endpoint || 'settings only', after: null }] : [];
  }
  const changes: Change[] = [];
  if (itsUnit !== unit) changes.push({ key: 'unit', before: itsUnit ?? null, after: unit, text: true });
  if (itsSettings !== settings)
    changes.push({ key: 'settings', before: itsSettings ?? null, after: settings, text: true });
  if (!enabled) changes.push({ key: 'enabled', before: false, after: true });
  if (!active || !isRight(endpoint, args.address ?? '', label))
    changes.push({ key: 'endpoint', before: endpoint || null, after: `ready at ${args.address} as ${label}` });
  return changes;
}

async function apply(host: Writer, changes: readonly Change[], ready: Ready): Promise<void> {
  const { args, unit, settings, text } = ready;
  const { name } = args;
  const has = (...keys: string[]): boolean => changes.some(({ key }) => keys.includes(key));
  if (args.state === 'absent') return remove(host, name);
  if (has('settings')) {
    await host.run(['mkdir', '-p', '-m', '0755', '/etc/mesh', folderOf(name)]);
    await host.write(settingsPath(name), text(settings), { mode: '0644' });
  }
  if (has('unit')) {
    await host.write(unitPath(name), text(unit), { mode: '0644' });
    await host.run(['systemctl', 'daemon-reload']);
  }
  if (has('enabled')) await host.run(['systemctl', 'enable', '--quiet', unitOf(name)]);
  // What is bound to the unit is restarted with it: a program must not go on in a namespace that is gone.
  if (!has('endpoint', 'settings')) return;
  const { status } = await host.run(['systemctl', 'restart', unitOf(name)], { ok: 'any' });
  if (status === 0) return;
  const log = await host.query(['journalctl', '-u', unitOf(name), '-n', '5', '-o', 'cat', '--no-pager'], { ok: 'any' });
  throw new Problem({
    code: 'no-endpoint',
    what: `${name} gets no endpoint on ${host.host}, so it stays down`,
    details: log.stdout.trim().split('\n'),
  });
}

async function remove(host: Writer, name: string): Promise<void> {
  await host.run(['systemctl', 'disable', '--quiet', '--now', unitOf(name)], { ok: 'any' });
  // The unit's own stop took it away if it was active; what an interrupted run left is taken away here.
  await host.runScript('[ ! -x /usr/local/lib/mesh/endpoint ] || /usr/local/lib/mesh/endpoint down "$1"', [name]);
  await host.run(['rm', '-f', '--', unitPath(name), settingsPath(name)]);
  await host.run(['systemctl', 'daemon-reload']);
}

/** Keeps the network namespace of a service with a labelled Cilium endpoint, now and after a boot. */
export default defineModule<Args, State, Ready>({
  name: 'cilium_endpoint',
  description: 'Keeps the network namespace of a service with a labelled Cilium endpoint, now and after a boot.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: { type: 'string', pattern: '^[a-z][a-z0-9-]{0,39}$', description: 'Name of the service.' },
      address: { type: 'string', description: 'Its address in the mesh.', examples: ['10.200.1.10'] },
      router: { type: 'string', description: 'The agent’s address in the same range.', examples: ['10.200.1.1'] },
      spiffe_id: { type: 'string', description: 'Its identity.', examples: ['spiffe://mesh.internal/service1'] },
      state: { type: 'string', enum: ['present', 'absent'], default: 'present', description: 'Whether it is there.' },
    },
  },
  examples: `- cilium_endpoint:
    name: service1
    address: 10.200.1.10
    router: 10.200.1.1
    spiffe_id: spiffe://mesh.internal/service1
`,
  prepare: async (controller, args) => {
    const { name, address, router, spiffe_id: id } = args;
    const text = (content: string): Content => controller.text(content);
    if (args.state === 'absent') return { args, unit: '', settings: '', label: '', text };
    if (address === undefined || router === undefined || id === undefined)
      throw new Problem({
        code: 'missing-argument',
        what: 'cilium_endpoint needs "address", "router" and "spiffe_id", unless state is absent',
      });
    if (!isSpiffeId(id)) throw new Problem({ code: 'wrong-argument', what: `"${id}" is no SPIFFE ID` });
    const label = labelOf(id);
    return { args, unit: unitText(name), settings: settingsText(address, router, label), label, text };
  },
  probe,
  plan,
  apply: (host, changes, ready) => apply(host, changes, ready),
});

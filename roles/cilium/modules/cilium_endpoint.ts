import { isIPv4 } from 'node:net';
import { type Change, type Content, defineModule, Problem, type Reader, type Writer } from 'mesh-play';
import { lastLines } from '../../artifact/lib/log.ts';
import { endpointKept, hasLabels, isThere, nothingShown, parseShown, type Shown, said } from '../lib/endpoint.ts';
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
  shown: Shown;
}

interface Ready {
  args: Args;
  unit: string;
  settings: string;
  label: string;
  check: boolean;
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
TimeoutStartSec=240
TimeoutStopSec=60
# The agent may come late, as where all hosts rebooted and that of etcd is slow.
Restart=on-failure
RestartSec=10
ExecStartPost=-/usr/local/lib/mesh/endpoint wake ${name}

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

const PROGRAM = '/usr/local/lib/mesh/endpoint';
const SHOW = `[ ! -x ${PROGRAM} ] || ${PROGRAM} show "$1"`;

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
    shown: endpoint.stdout === '' ? nothingShown : parseShown(endpoint.stdout),
  };
}

function plan(state: State, ready: Ready): Change[] {
  const { args, unit, settings } = ready;
  if (args.state === 'absent') {
    const there =
      state.unit !== undefined || state.settings !== undefined || state.active || said(state.shown) !== null;
    return there ? [{ key: 'endpoint', before: said(state.shown) ?? 'settings only', after: null }] : [];
  }
  const changes: Change[] = [];
  if (state.unit !== unit) changes.push({ key: 'unit', before: state.unit ?? null, after: unit, text: true });
  if (state.settings !== settings)
    changes.push({ key: 'settings', before: state.settings ?? null, after: settings, text: true });
  if (!state.enabled) changes.push({ key: 'enabled', before: false, after: true });
  return [...changes, ...drift(state, ready)];
}

/** What differs between the endpoint that is there and the one that is wanted. */
function drift({ active, shown }: State, { args, label, check }: Ready): Change[] {
  const { name, address = '' } = args;
  const wanted = `ready at ${address} as ${label}`;
  if (active && shown.agent === 'silent' && shown.address === address) {
    // An earlier task would have started the agent.
    if (check) return [];
    throw new Problem({
      code: 'agent-silent',
      what: `the Cilium agent does not answer, so it cannot be seen whether ${name} has its endpoint`,
      why: 'what runs is left alone: without an agent its policies go on, but nothing new can be made',
      mend: 'start cilium.service, and see its log',
    });
  }
  if (!active || !isThere(shown, address)) return [{ key: 'endpoint', before: said(shown), after: wanted }];
  return hasLabels(shown, label) ? [] : [{ key: 'labels', before: said(shown), after: wanted }];
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
  if (has('unit')) await host.write(unitPath(name), text(unit), { mode: '0644' });
  // To enable a unit reads all units anew as well: systemctl(1).
  if (has('enabled')) await host.run(['systemctl', 'enable', '--quiet', unitOf(name)]);
  else if (has('unit')) await host.run(['systemctl', 'daemon-reload']);
  const labelled = has('labels') && (await host.run([PROGRAM, 'label', name], { ok: 'any' })).status === 0;
  if (has('endpoint', 'settings') || (has('labels') && !labelled)) await restart(host, name);
}

/** What is bound to the unit is restarted with it: a program must not go on in a namespace that is gone. */
async function restart(host: Writer, name: string): Promise<void> {
  const { status } = await host.run(['systemctl', 'restart', unitOf(name)], { ok: 'any' });
  if (status === 0) return;
  throw new Problem({
    code: 'no-endpoint',
    what: `${name} gets no endpoint on ${host.host}, so it stays down`,
    details: await lastLines(host, unitOf(name)),
  });
}

async function remove(host: Writer, name: string): Promise<void> {
  await host.run(['systemctl', 'disable', '--quiet', '--now', unitOf(name)], { ok: 'any' });
  // The unit's own stop took it away if it was active; what an interrupted run left is taken away here.
  const down = await host.runScript(`[ ! -x ${PROGRAM} ] || ${PROGRAM} down "$1"`, [name], { ok: 'any' });
  if (down.status !== 0) throw endpointKept(host.host, name, down.stderr);
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
    const { check } = controller;
    if (args.state === 'absent') return { args, unit: '', settings: '', label: '', check, text };
    if (address === undefined || router === undefined || id === undefined)
      throw new Problem({
        code: 'missing-argument',
        what: 'cilium_endpoint needs "address", "router" and "spiffe_id", unless state is absent',
      });
    for (const one of [address, router])
      if (!isIPv4(one)) throw new Problem({ code: 'wrong-argument', what: `"${one}" is no IPv4 address` });
    if (!isSpiffeId(id)) throw new Problem({ code: 'wrong-argument', what: `"${id}" is no SPIFFE ID` });
    const label = labelOf(id);
    return { args, unit: unitText(name), settings: settingsText(address, router, label), label, check, text };
  },
  probe,
  plan,
  apply: (host, changes, ready) => apply(host, changes, ready),
});

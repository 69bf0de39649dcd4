import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { changedOn, ended, eventually, meshPlay, onHost, type Said } from '../support/lab.ts';
import { onNetwork } from '../support/onlab.ts';

const folder = mkdtempSync(join(tmpdir(), 'mesh-play-endpoint-'));
const ROOT = join(import.meta.dirname, '../..');

/** alpha may call beta on 8443; gamma, on alpha's host, may call nobody. */
const SERVICES = [
  { name: 'alpha', host: 'vm1', user: 'alpha', command: ['/bin/true'] },
  {
    ...{ name: 'beta', host: 'vm2', user: 'beta', command: ['/bin/true'], listen: 8080 },
    allow_from: [{ service: 'alpha' }],
  },
  { name: 'gamma', host: 'vm1', user: 'gamma', command: ['/bin/true'] },
];
const NETWORK = `- hosts: localhost
  connection: local
  gather_facts: false
  vars: {artifact_state: cached}
  tasks:
    - import_role: {name: mesh}
    - import_role: {name: cilium, tasks_from: program}
- hosts: etcd
  roles: [etcd]
- hosts: mesh
  tasks:
    - import_role: {name: cilium, tasks_from: addresses}
- hosts: mesh
  roles: [cilium]
`;
const ENDPOINTS = `- hosts: mesh
  gather_facts: false
  tasks:
    - import_role: {name: cilium, tasks_from: addresses}
    - import_role: {name: cilium, tasks_from: policies}
    - import_role: {name: cilium, tasks_from: endpoints}
`;

/** Runs a playbook beside a copy of the roles. */
function run(text: string, variables: object = {}): Promise<Said> {
  writeFileSync(join(folder, 'site.yml'), text);
  const given = JSON.stringify({ mesh_services: SERVICES, mesh_workloads: [], cilium_confirm: 300, ...variables });
  return meshPlay(join(folder, 'site.yml'), '-i', join(ROOT, 'inventories/lab'), '-e', given);
}

const show = async (host: string, name: string): Promise<string> =>
  (await onHost(host, `/usr/local/lib/mesh/endpoint show ${name}`)).out;
/** The address a service has in its namespace. */
const addressOf = async (host: string, name: string): Promise<string> => (await show(host, name)).split('\n')[0] ?? '';
/** What curl ends with: 0, or 28 when nothing answered in time, as when packets are dropped. */
const call = async (host: string, inside: string, address: string, port: number): Promise<number> =>
  (await onHost(host, `${inside} curl -s -o /dev/null -m 3 http://${address}:${port}/`)).status;
const IN_ALPHA = 'ip netns exec mesh-alpha';
const IN_BARE = 'ip netns exec mesh-bare';

beforeAll(() => cpSync(join(ROOT, 'roles'), join(folder, 'roles'), { recursive: true }));

const bring = async (): Promise<void> => expect(ended(await run(NETWORK))).toBe('as it should');

onNetwork('endpoints and policies on real hosts', bring, () => {
  let beta = '';

  beforeAll(async () => {
    expect(ended(await run(ENDPOINTS))).toBe('as it should');
    beta = await addressOf('vm2', 'beta');
    for (const port of [8443, 9999])
      await onHost(
        'vm2',
        `systemd-run -q --collect --unit=listen-${port} ip netns exec mesh-beta python3 -m http.server ${port}`,
      );
    await eventually(
      () => call('vm1', IN_ALPHA, beta, 8443),
      (status) => status === 0,
    );
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('changes nothing the second time', async () => {
    const said = await run(ENDPOINTS);
    expect(ended(said)).toBe('as it should');
    expect(changedOn(said)).toEqual([0, 0, 0]);
  });

  it('lets through what is allowed, and drops all else', async () => {
    // The namespace of nobody: the same one is let through while it has alpha's labels.
    const bare = (labels: string, verb: string): Promise<Said> =>
      onHost(
        'vm1',
        `. /etc/mesh/alpha/endpoint; ADDRESS=10.200.2.200 ${labels}; export ADDRESS ROUTER LABELS; /usr/local/lib/mesh/endpoint ${verb} bare`,
      );
    expect(ended(await bare('', 'up'))).toBe('as it should');
    const labelled = await call('vm1', IN_BARE, beta, 8443);
    expect(ended(await bare(`LABELS='"k8s:io.kubernetes.pod.namespace=vm"'`, 'label'))).toBe('as it should');
    // All at once: what is dropped is waited for.
    const calls: [tried: string, host: string, inside: string, port: number][] = [
      ['allowed', 'vm1', IN_ALPHA, 8443],
      ['otherPort', 'vm1', IN_ALPHA, 9999],
      ['otherService', 'vm1', 'ip netns exec mesh-gamma', 8443],
      ['hostOfCaller', 'vm1', '', 8443],
      ['hostOfCalled', 'vm2', '', 8443],
      ['unlabelled', 'vm1', IN_BARE, 8443],
    ];
    const answers = calls.map(async ([tried, host, inside, port]) => [tried, await call(host, inside, beta, port)]);
    const verdicts = Object.fromEntries(await Promise.all(answers));
    const dropped = { otherPort: 28, otherService: 28, hostOfCaller: 28, hostOfCalled: 28, unlabelled: 28 };
    expect({ labelled, ...verdicts }).toEqual({ allowed: 0, labelled: 0, ...dropped });
    expect(ended(await bare('', 'down'))).toBe('as it should');
  });

  it.each<[string, string, string]>([
    ['its namespace', 'vm1', 'ip netns del mesh-alpha'],
    [
      'its endpoint',
      'vm1',
      'curl -s -X DELETE --unix-socket /run/cilium/cilium.sock http://localhost/v1/endpoint/container-id:mesh-alpha',
    ],
    [
      'its labels',
      'vm1',
      `cilium-dbg endpoint labels $(cilium-dbg endpoint get container-id:mesh-alpha -o 'jsonpath={[0].id}') -a other=1`,
    ],
  ])('mends a service that lost %s, at its old address', async (_what, host, command) => {
    const before = await addressOf('vm1', 'alpha');
    expect(ended(await onHost(host, command))).toBe('as it should');
    await eventually(
      async () => changedOn(await run(ENDPOINTS)),
      (changed) => changed[1] === 1,
    );
    expect(await addressOf('vm1', 'alpha')).toBe(before);
    expect(await call('vm1', IN_ALPHA, beta, 8443)).toBe(0);
  });

  it('keeps endpoints over a restart of the agent', async () => {
    expect(ended(await onHost('vm1', 'systemctl restart cilium'))).toBe('as it should');
    const said = await run(ENDPOINTS);
    expect([ended(said), changedOn(said)]).toEqual(['as it should', [0, 0, 0]]);
    expect(await call('vm1', IN_ALPHA, beta, 8443)).toBe(0);
  });

  it('puts the old policies back when the agent dies of a new one, and the agent runs again', async () => {
    const rule = join(folder, 'roles/cilium/lib/rule.ts');
    const checked = readFileSync(rule, 'utf8');
    const unchecked = checked.replace(/^export function faultsOf.*$/m, '$&\n  if (value) return [];');
    expect(unchecked).not.toBe(checked);
    const bad = { cilium_policies: [{ name: 'bad', spec: { endpointSelector: {}, ingress: {} } }] };
    const refused = await run(ENDPOINTS, bad);
    expect(refused.out).toContain('bad: spec.ingress: is no list');
    writeFileSync(rule, unchecked);
    const said = await run(ENDPOINTS, bad);
    writeFileSync(rule, checked);
    expect(said.status).toBe(2);
    expect(said.out).toContain('the Cilium agent on vm2 did not take bad');
    expect(said.out).toContain('level=fatal');
    expect(
      (await onHost('vm2', 'cd /etc/cilium/policies && ls mesh-* bad* 2>/dev/null; systemctl is-active cilium')).out,
    ).toBe('mesh-alpha.yaml\nmesh-beta.yaml\nmesh-gamma.yaml\nactive\n');
    expect(await call('vm1', IN_ALPHA, beta, 8443)).toBe(0);
  });

  it('refuses within seconds what is no longer allowed', async () => {
    const withdrawn = SERVICES.map((service) => ({ ...service, allow_from: [] }));
    expect(ended(await run(ENDPOINTS, { mesh_services: withdrawn }))).toBe('as it should');
    await eventually(
      () => call('vm1', IN_ALPHA, beta, 8443),
      (status) => status === 28,
      30,
    );
  });
});

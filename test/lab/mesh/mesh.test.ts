import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { changedOn, ended, HOSTS, onHost, play, type Said } from '../../support/lab.ts';
import { onMesh } from '../../support/onlab.ts';
import { spire } from '../../support/spire.ts';
import { stanzasOfLab } from '../../support/stanzas.ts';

const folder = mkdtempSync(join(tmpdir(), 'mesh-play-mesh-'));
const site = (...words: string[]): Promise<Said> => play('site', ...words);
/** What the last verify said, for where it came to no report. */
let latest: Said | undefined;
async function verify(...words: string[]): Promise<Said> {
  rmSync(join(folder, 'report.json'), { force: true });
  latest = await play('verify', '-e', `verify_report=${folder}`, ...words);
  return latest;
}

interface Line {
  tried: string;
  from: string;
  to: string;
  expected: string;
  verdict: string;
  result: string;
  by: string | null;
}

/** What the last verify reported. */
function report(): Line[] {
  const path = join(folder, 'report.json');
  expect(existsSync(path), latest?.out).toBe(true);
  return JSON.parse(readFileSync(path, 'utf8')) as Line[];
}
const differing = (): Line[] => report().filter(({ result }) => result !== 'as expected');

/** What a probe leaves when it does not clean up. */
const LEFT =
  'ls -d /run/mesh-verify* /run/netns/mesh-verify* 2>/dev/null; ip -o link show type veth | grep -E "meshverify|mesh-verify"; :';

/** Tasks that changed hosts, in order, with the hosts. */
function changedIn({ out }: Said): string[] {
  const tasks = out.split(/^(?=TASK |HANDLER |PLAY )/m).map((text) => {
    const hosts = new Set([...text.matchAll(/^changed: \[(\w+)\]/gm)].map(([, host]) => host));
    return [/: (.*)\]/.exec(text)?.[1], [...hosts].sort()] as const;
  });
  return tasks.filter(([, hosts]) => hosts.length > 0).map(([name, hosts]) => `${name}: ${hosts.join(', ')}`);
}

/** The lab's stanzas without some, as extra variables. */
function without(...services: string[]): string {
  const gone = (service: string | undefined): boolean => service !== undefined && services.includes(service);
  const kept = stanzasOfLab()
    .filter(({ name }) => !gone(name))
    .map((stanza) => ({ ...stanza, allow_from: (stanza.allow_from ?? []).filter((from) => !gone(from.service)) }));
  return JSON.stringify({ mesh_services: kept });
}

onMesh('the mesh on three real hosts', () => {
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is proved by real traffic: each layer refuses what it must, and nothing of it stays', async () => {
    const said = await verify();
    expect(ended(said)).toBe('as it should');
    expect(differing()).toEqual([]);
    expect(changedOn(said)).toEqual([0, 0, 0]);
    const layers = new Set(report().flatMap(({ by }) => by ?? []));
    expect([...layers].sort()).toEqual(
      ['CoreDNS', 'Cilium policy', 'Envoy RBAC', 'Envoy TLS', 'SPIRE agent', 'its own TLS', 'kernel'].sort(),
    );
    for (const host of HOSTS) expect((await onHost(host, LEFT)).out).toBe('');
    expect(said.out).not.toMatch(/PRIVATE KEY/);
  });

  it('only plans in a dry run', async () => {
    const said = await verify('--check');
    expect(ended(said)).toBe('as it should');
    for (const host of HOSTS) expect((await onHost(host, LEFT)).out).toBe('');
  });

  it('lets a program that speaks SPIFFE itself call the one that allows it', async () => {
    const log = await onHost('vm1', 'journalctl -u mesh-program-service4 -n 20 -o cat --no-pager');
    expect(log.out).toContain('200 OK: GET /hello from spiffe://mesh.internal/service4');
  });

  it('is seen to be broken when a policy lets in whom it should not', async () => {
    const path = '/etc/cilium/policies/mesh-verify-test.yaml';
    const policy = {
      apiVersion: 'cilium.io/v2',
      kind: 'CiliumClusterwideNetworkPolicy',
      metadata: { name: 'mesh-verify-test' },
      spec: { endpointSelector: {}, ingress: [{ fromEntities: ['all'] }], egress: [{ toEntities: ['all'] }] },
    };
    try {
      for (const host of ['vm1', 'vm2']) await onHost(host, `cat >${path} <<'END'\n${JSON.stringify(policy)}\nEND`);
      expect((await verify()).status).toBe(2);
      const open = differing().filter(({ verdict }) => verdict === 'allowed');
      expect(open.map(({ tried }) => tried)).toEqual(
        expect.arrayContaining(['call that nobody declared', 'call of a host process']),
      );
      // What other layers refuse, they refuse all the same.
      expect([...new Set(differing().map(({ expected }) => expected))]).toEqual(['refused by Cilium policy']);
    } finally {
      for (const host of ['vm1', 'vm2']) await onHost(host, `rm -f ${path}`);
    }
  });

  it('is seen to be broken when a service has no policy, and when a plaintext program stands in a sidecar’s place', async () => {
    const plain = '/opt/example-plain/current/plain http service2 0.0.0.0:8443';
    const unit = 'mesh-verify-plain';
    await onHost(
      'vm2',
      `mv /etc/cilium/policies/mesh-service3.yaml /root/ && systemctl stop mesh-sidecar-service2 && systemd-run --collect --unit=${unit} -p NetworkNamespacePath=/run/netns/mesh-service2 ${plain}`,
    );
    try {
      expect((await verify()).status).toBe(2);
      const wrong = differing();
      const service3 = wrong.filter(({ to }) => to === 'service3@vm2');
      expect(service3).toContainEqual(
        expect.objectContaining({ tried: 'connection of one that may call', result: 'differs' }),
      );
      // No refusal counts beside a dead path.
      expect(service3).toContainEqual(expect.objectContaining({ tried: 'another port', result: 'unproven' }));
      expect(wrong).toContainEqual(
        expect.objectContaining({ tried: 'plaintext', to: 'service2@vm2', verdict: 'allowed' }),
      );
    } finally {
      await onHost('vm2', `systemctl stop ${unit}`);
    }
  });

  it('takes no name and no address away in a run that begins after all that tells whose they are', async () => {
    const said = await site('--check', '--start-at-task', 'Agent serves what was created');
    expect(ended(said)).toBe('as it should');
    expect(changedIn(said)).toEqual([]);
  });

  it('says of a program that dies a moment after its start what it wrote last', async () => {
    const command = ['/bin/sh', '-c', 'sleep 0.3; echo the disk is gone; exit 3'];
    const dying = { name: 'dying', host: 'vm2', user: 'dying', command };
    const said = await site('-e', JSON.stringify({ mesh_services: [...stanzasOfLab(), dying] }));
    expect(said.status, said.out).toBe(2);
    expect(said.out).toContain('mesh-program-dying.service does not stay up\n');
    expect(said.out).toContain('          the disk is gone\n');
  });

  it('takes nothing of a service away while its program does not stop, and keeps its name and address', async () => {
    const drop = '/run/systemd/system/mesh-program-service3.service.d';
    const stubborn = `mkdir -p ${drop} && printf '[Unit]\\nRefuseManualStop=yes\\n' >${drop}/stubborn.conf && systemctl daemon-reload`;
    expect(ended(await onHost('vm2', stubborn))).toBe('as it should');
    const said = await site('-e', without('service3'));
    expect(said.status).toBe(2);
    expect(said.out).toContain('mesh-program-service3.service of service3 on vm2 does not stop\n');
    const there = await onHost(
      'vm2',
      'systemctl is-active mesh-program-service3 mesh-sidecar-service3; ls -d /etc/mesh/service3',
    );
    expect(there.out).toBe('active\nactive\n/etc/mesh/service3\n');
    const address = (await onHost('control', 'mesh-etcdctl get --print-value-only mesh-play/addresses/vm2/service3'))
      .out;
    expect(address).toMatch(/^\d/);
    expect((await onHost('control', 'dig +short @127.0.0.1 service3.mesh.internal')).out).toBe(address);
    expect(ended(await onHost('vm2', `rm -r ${drop} && systemctl daemon-reload`))).toBe('as it should');
  });

  it('says which record of a service is broken, and takes nothing away', async () => {
    const path = '/etc/mesh/service2/service.json';
    expect(ended(await onHost('vm2', `cp ${path} /root/ && echo '{"name": "ser' >${path}`))).toBe('as it should');
    const said = await site('-e', without('service3'));
    expect(said.status).toBe(2);
    expect(said.out).toContain(`the record ${path} is no JSON: "{"name": "ser"\n`);
    expect(ended(await onHost('vm2', `mv /root/service.json ${path}`))).toBe('as it should');
  });

  it('takes all of a service away with its stanza, what lets it talk first and its name last', async () => {
    // What tests before broke and what was begun and failed, is whole again.
    expect(ended(await site())).toBe('as it should');
    expect((await onHost('vm2', 'ls /etc/mesh')).out).toBe('service2\nservice3\nservice5\n');
    const fewer = without('service3');
    const said = await site('-e', fewer);
    expect(ended(said)).toBe('as it should');
    expect(changedIn(said)).toEqual([
      'Policies are as the services need them, and no others: control, vm1, vm2',
      'Entries are as the inventory has them: control',
      'Services that are no longer wanted are gone: vm2',
      'Names mean in a namespace what its service may call: vm1, vm2',
      'Configuration is as the services need it: vm1, vm2',
      'Zone is as the inventory has it: control',
      'Ranges and addresses are handed out: control',
    ]);
    const left = await onHost(
      'vm2',
      'ls -d /etc/mesh/service3 /etc/netns/mesh-service3 /run/netns/mesh-service3 /etc/systemd/system/mesh-*-service3.service /etc/cilium/policies/mesh-service3.yaml 2>/dev/null; systemctl list-units --all --plain --no-legend "mesh-*-service3*"; getent passwd service3; /opt/cilium/current/cilium-dbg endpoint list -o json | grep -o mesh-service3 | head -n 1; :',
    );
    expect(left.out).toBe('');
    expect(JSON.stringify(await spire('entry show'))).not.toContain('service3');
    const asked = ['control', 'vm1'].map((host) => onHost(host, 'dig +short @127.0.0.1 service3.mesh.internal'));
    expect((await Promise.all(asked)).map(({ out }) => out)).toEqual(['', '']);
    expect(ended(await verify('-e', fewer))).toBe('as it should');
    const again = await site('-e', fewer);
    expect(ended(again)).toBe('as it should');
    expect(changedOn(again)).toEqual([0, 0, 0]);
  });

  it('leaves a service’s user to a workload that has it from the same run on', async () => {
    const workloads = [{ name: 'heir', host: 'vm2', user: 'service5' }];
    const before = await onHost('vm2', 'id service5');
    expect(before.status).toBe(0);
    const said = await site('-e', without('service3', 'service5'), '-e', JSON.stringify({ mesh_workloads: workloads }));
    expect(ended(said)).toBe('as it should');
    expect((await onHost('vm2', 'ls -d /etc/mesh/service5')).out).toBe('');
    expect((await onHost('vm2', 'id service5')).out).toBe(before.out);
  });
});

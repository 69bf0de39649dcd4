import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  changedOn,
  ended,
  eventually,
  HOSTS,
  labEnvironment,
  MESH_PLAY,
  meshPlay,
  onHost,
  recapOf,
} from '../support/lab.ts';
import { onHosts } from '../support/onlab.ts';

const ROOT = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'mesh-play-cilium-'));
const PLAY = join(folder, 'network.yml');
/** Makes the two other hosts members of etcd as well. */
const THREE = join(folder, 'three.yml');
const NETWORK = [PLAY, '-i', 'inventories/lab'];

const onEach = <T>(work: (host: string) => Promise<T>): Promise<T[]> => Promise.all(HOSTS.map(work));
const out = async (host: string, command: string): Promise<string> => (await onHost(host, command)).out.trim();
const agentOf = (host: string): Promise<string> => out(host, 'systemctl show cilium -p MainPID --value');
const nodesOf = async (host: string): Promise<string[]> =>
  (await out(host, "cilium-dbg node list | awk 'NR > 1 {print $1}'")).split('\n').sort();
const NODES = ['mesh/control', 'mesh/vm1', 'mesh/vm2'];
/** Answers when the agent is ready and knows all nodes. */
const whole = (host: string): Promise<string[]> =>
  eventually(
    () => nodesOf(host),
    (nodes) => nodes.join() === NODES.join(),
    120,
  );
const more = (...flags: string[]): string[] => ['-e', JSON.stringify({ cilium_flags_more: flags })];

/** Runs the playbook and kills mesh-play when it begins a task. */
function cutAt(task: string, ...words: string[]): Promise<void> {
  const child = spawn(process.execPath, [MESH_PLAY, ...NETWORK, ...words], labEnvironment());
  child.stdout.on('data', (chunk) => {
    if (String(chunk).includes(task)) child.kill('SIGKILL');
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (_status, signal) =>
      signal === 'SIGKILL' ? resolve() : reject(new Error(`it ended before ${task}`)),
    );
  });
}

onHosts('Cilium and etcd on three real hosts', () => {
  beforeAll(async () => {
    const role = (name: string): string => join(ROOT, 'roles', name);
    writeFileSync(
      PLAY,
      `- hosts: etcd
  roles: [${role('etcd')}]
- hosts: mesh
  tasks:
    - import_role: {name: ${role('cilium')}, tasks_from: addresses}
- hosts: mesh
  roles: [${role('cilium')}]
- hosts: etcd
  tasks:
    - import_role: {name: ${role('cilium')}, tasks_from: heartbeat}
`,
    );
    writeFileSync(THREE, 'etcd: {hosts: {vm1: {}, vm2: {}}}\n');
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('brings up agents that know each other, and a second run changes nothing', async () => {
    expect(ended(await meshPlay(...NETWORK, '--check'))).toBe('as it should');
    expect(ended(await meshPlay(...NETWORK))).toBe('as it should');
    expect(await onEach(whole)).toEqual([NODES, NODES, NODES]);
    expect(await onEach((host) => out(host, 'ip -br -4 addr show cilium_host'))).toEqual([
      expect.stringContaining(' 10.200.1.1/32'),
      expect.stringContaining(' 10.200.2.1/32'),
      expect.stringContaining(' 10.200.3.1/32'),
    ]);
    expect((await onHost('vm1', 'hubble status')).out).toContain(
      'Healthcheck (via unix:///run/cilium/hubble.sock): Ok',
    );
    expect(await out('vm1', 'cilium-dbg status | grep -i "host firewall"')).toMatch(/Disabled$/);
    const again = await meshPlay(...NETWORK);
    expect(ended(again)).toBe('as it should');
    expect(changedOn(again)).toEqual([0, 0, 0]);
  });

  it('refuses a flag the agent does not know, while the agent goes on', async () => {
    const before = await onEach(agentOf);
    const said = await meshPlay(...NETWORK, ...more('--no-such-flag=1'));
    expect(ended(said, 2)).toBe('as it should');
    expect(said.out).toContain('Error: unknown flag: --no-such-flag\n      why:  the old file is as it was');
    expect(await onEach(agentOf)).toEqual(before);
  });

  it('says that clang is missing, before it changes anything', async () => {
    expect((await onHost('vm2', 'mv /usr/lib/llvm-19/bin/clang /usr/lib/llvm-19/bin/away')).status).toBe(0);
    const said = await meshPlay(...NETWORK, ...more('--debug=true'));
    expect(ended(said, 2)).toBe('as it should');
    expect(said.out).toContain('vm2 lacks clang, at /usr/lib/llvm-19/bin/clang\n');
    expect(recapOf(said)['vm2']?.['changed']).toBe(0);
    expect((await onHost('vm2', 'mv /usr/lib/llvm-19/bin/away /usr/lib/llvm-19/bin/clang')).status).toBe(0);
    expect(ended(await meshPlay(...NETWORK))).toBe('as it should');
  });

  it('ends whole after a run that was cut between a change and the restart for it', async () => {
    const before = await onEach(agentOf);
    await cutAt('TASK [cilium : Agent runs with what is there]', ...more('--debug=true'));
    expect(await onEach(agentOf)).toEqual(before);
    const said = await meshPlay(...NETWORK, ...more('--debug=true'));
    expect(ended(said)).toBe('as it should');
    const flags = await onEach((host) => out(host, "tr '\\0' ' ' <\"/proc/$(pidof cilium-agent)/cmdline\""));
    expect(flags.filter((words) => words.includes('--debug=true'))).toHaveLength(HOSTS.length);
    expect(ended(await meshPlay(...NETWORK))).toBe('as it should');
  });

  it('is whole again after a reboot, without a controller', async () => {
    const boots = await onEach((host) => out(host, 'systemctl show -p UserspaceTimestampMonotonic --value'));
    await onEach((host) => onHost(host, 'systemctl reboot'));
    for (const [index, host] of HOSTS.entries())
      await eventually(
        () => out(host, 'systemctl show -p UserspaceTimestampMonotonic --value'),
        (boot) => boot !== '' && boot !== boots[index],
      );
    expect(await onEach(whole)).toEqual([NODES, NODES, NODES]);
    expect(await out('vm1', 'ip -br -4 addr show cilium_host')).toContain(' 10.200.2.1/32');
    expect(await out('control', 'systemctl is-active etcd cilium-heartbeat.timer')).toBe('active\nactive');
    expect(changedOn(await meshPlay(...NETWORK))).toEqual([0, 0, 0]);
  });

  it('takes two further members of etcd, goes on without one, and takes it back without its data', async () => {
    const members = (): Promise<string> =>
      out('control', "mesh-etcdctl member list | awk -F', ' '{print $3, $2}' | sort");
    const three = 'control started\nvm1 started\nvm2 started';
    const said = await meshPlay(...NETWORK, '-i', THREE);
    expect(ended(said)).toBe('as it should');
    expect(await members()).toBe(three);
    await onHost('control', 'systemctl stop etcd && rm -rf /var/lib/etcd/mesh/*');
    expect(await out('vm1', 'mesh-etcdctl get --print-value-only mesh-play/ranges/vm1')).toBe('10.200.2.0/24');
    await eventually(
      () => onHost('vm2', 'cilium-dbg status --brief'),
      ({ status }) => status === 0,
    );
    expect(ended(await meshPlay(...NETWORK, '-i', THREE))).toBe('as it should');
    expect(await members()).toBe(three);
    const again = await meshPlay(...NETWORK, '-i', THREE);
    expect(changedOn(again)).toEqual([0, 0, 0]);
  });
});

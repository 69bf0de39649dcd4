import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { backupOf, restored, restoreOf } from '../support/backup.ts';
import {
  changedOn,
  ended,
  eventually,
  HOSTS,
  NETWORK as LAN,
  labEnvironment,
  MESH_PLAY,
  meshPlay,
  onHost,
  onHostAnew,
  rebootAll,
  recapOf,
  type Said,
} from '../support/lab.ts';
import { fromHostsToNetwork } from '../support/onlab.ts';

const ROOT = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'mesh-play-cilium-'));
const PLAY = join(folder, 'network.yml');
/** Tasks of the role on vm2 alone. */
const ON_VM2 = join(folder, 'vm2.yml');
/** Makes the two other hosts members of etcd as well. */
const THREE = join(folder, 'three.yml');
/** The parts of backup.yml and restore.yml that are about etcd. */
const BACKUP = join(folder, 'backup.yml');
const RESTORE = join(folder, 'restore.yml');
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

/** With the host firewall on. */
const walled = (more: object = {}): string[] => [
  '-e',
  JSON.stringify({ cilium_host_firewall: true, cilium_host_firewall_allow: [{ port: 7001 }], ...more }),
];
const wallOf = async (host: string): Promise<string> =>
  (await onHostAnew(host, 'cilium-dbg status | grep -io "host firewall: *[a-z]*"')).out.replace(/\s+/g, ' ').trim();
const TAKEN_BACK =
  'vm2 took back what an earlier run changed of its policies for hosts or its host firewall: nobody confirmed it';
/** Nobody has an address of this range. */
const SHUT = { cilium_host_firewall_management: ['192.0.2.1/32'] };

type Task = Record<string, unknown>;

/** The tasks of the role in their order, those of imported files in their place. */
function tasksOf(file: string): Task[] {
  const tasks = load(readFileSync(join(folder, 'roles/cilium/tasks', file), 'utf8')) as Task[];
  return tasks.flatMap((task) => (typeof task['import_tasks'] === 'string' ? tasksOf(task['import_tasks']) : [task]));
}

/** Tasks that only look, or keep packages, of which nothing is spoiled, or a host firewall, which is off. */
const IDLE = ['assert', 'cilium_host', 'apt', 'import_role', 'cilium_host_firewall', 'cilium_policy', 'include_tasks'];
const idle = (task: Task): boolean => IDLE.some((key) => key in task);

/** Runs these tasks of the role on vm2, and kills mesh-play when they are done. */
function cutAfter(tasks: readonly Task[]): Promise<void> {
  const gate = { name: 'It is cut here', wait_for: { path: '/no-such-file', timeout: 600 } };
  writeFileSync(join(folder, 'roles/cilium/tasks/cut.yml'), JSON.stringify([...tasks, gate]));
  const words = [ON_VM2, '-i', 'inventories/lab', ...more('--debug=true')];
  const child = spawn(process.execPath, [MESH_PLAY, ...words], labEnvironment());
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
    if (out.includes('It is cut here')) child.kill('SIGKILL');
  });
  child.stderr.on('data', (chunk) => {
    out += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (_status, signal) => (signal === 'SIGKILL' ? resolve() : reject(new Error(out))));
  });
}

/** Takes away or alters all that the role keeps on a host, under the agent that runs with it. */
const SPOIL = `set -e
rm -rf /etc/cilium/etcd.yaml /etc/cilium/pki /usr/local/lib/mesh /usr/local/bin/cilium-dbg /etc/sysctl.d/80-cilium.conf
chmod 777 /etc/cilium/policies; sysctl -q -w net.ipv4.ip_forward=0; rm /opt/cilium/current
systemctl disable -q cilium; rm /etc/systemd/system/cilium.service`;

fromHostsToNetwork('Cilium and etcd on three real hosts', () => {
  beforeAll(async () => {
    const role = (name: string): string => join(ROOT, 'roles', name);
    writeFileSync(
      PLAY,
      `- hosts: mesh
  tasks:
    - import_role: {name: ${role('cilium')}, tasks_from: let_in}
- hosts: etcd
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
    cpSync(join(ROOT, 'roles'), join(folder, 'roles'), { recursive: true });
    writeFileSync(
      ON_VM2,
      `- hosts: vm2
  tasks:
    - import_role: {name: cilium, tasks_from: addresses}
    - import_role: {name: cilium, tasks_from: cut}
`,
    );
    writeFileSync(BACKUP, backupOf('etcd[0]'));
    writeFileSync(
      RESTORE,
      `${restoreOf('etcd[0]')}${restored('etcd', 'restore_etcd')}- hosts: mesh
  tasks: [import_role: {name: backup, tasks_from: restore_agents}]
- import_playbook: network.yml
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
    const said = await meshPlay(...NETWORK, '--limit', 'vm2', ...more('--no-such-flag=1'));
    expect(ended(said, 2)).toBe('as it should');
    expect(said.out).toContain('Error: unknown flag: --no-such-flag\n      why:  the old file is as it was');
    expect(await onEach(agentOf)).toEqual(before);
  });

  it('says that clang is missing, before it changes anything', async () => {
    // An agent that still compiles what it was started for would die.
    expect(ended(await onHost('vm2', '/usr/local/lib/mesh/prepare-cilium enforced 120'))).toBe('as it should');
    expect((await onHost('vm2', 'mv /usr/lib/llvm-19/bin/clang /usr/lib/llvm-19/bin/away')).status).toBe(0);
    const said = await meshPlay(...NETWORK, '--limit', 'vm2', ...more('--debug=true'));
    expect(ended(said, 2)).toBe('as it should');
    expect(said.out).toContain('vm2 lacks clang, at /usr/lib/llvm-19/bin/clang\n');
    expect(recapOf(said)['vm2']?.['changed']).toBe(0);
    expect((await onHost('vm2', 'mv /usr/lib/llvm-19/bin/away /usr/lib/llvm-19/bin/clang')).status).toBe(0);
  });

  it('ends whole after runs that were cut after each task, one after the other', async () => {
    const before = await agentOf('vm2');
    const tasks = tasksOf('main.yml');
    const restart = tasks.findIndex(({ meta }) => meta === 'flush_handlers');
    expect(ended(await onHost('vm2', SPOIL))).toBe('as it should');
    for (const [index, task] of tasks.entries()) {
      if (idle(task)) continue;
      await cutAfter(tasks.slice(0, index + 1));
      // What the cut runs had notified is not lost: the agent was restarted for it, once all was there.
      expect((await agentOf('vm2')) === before, `${task['name']}`).toBe(index < restart);
    }
    expect(await out('vm2', '/usr/local/lib/mesh/prepare-cilium unchanged; echo $?')).toBe('0');
    expect(await out('vm2', 'tr "\\0" " " <"/proc/$(pidof cilium-agent)/cmdline"')).toContain('--debug=true');
    const said = await meshPlay(...NETWORK, '--limit', 'vm2', ...more('--debug=true'));
    expect([ended(said), recapOf(said)['vm2']?.['changed']]).toEqual(['as it should', 0]);
    expect(await whole('vm2')).toEqual(NODES);
  });

  it('turns a host firewall off by itself that lets no controller in', async () => {
    const said = await meshPlay(...NETWORK, '--limit', 'vm2', ...walled({ ...SHUT, cilium_confirm: 25 }));
    expect([2, 4], said.out).toContain(said.status);
    const left = 'ls /etc/cilium/host-firewall /etc/cilium/policies /var/lib/mesh-policies/restored 2>/dev/null';
    await eventually(
      () => onHostAnew('vm2', `${left}; cilium-dbg status --brief`),
      ({ out }) => out === '/var/lib/mesh-policies/restored\n\n/etc/cilium/policies:\nOK\n',
      120,
    );
    expect(await wallOf('vm2')).toBe('Host firewall: Disabled');
  });

  it('refuses what comes to a host with the host firewall on, but for SSH, the mesh and what is allowed', async () => {
    expect(ended(await meshPlay(...NETWORK, ...walled(), '--check'))).toBe('as it should');
    expect(await onEach(wallOf)).toEqual(HOSTS.map(() => 'Host firewall: Disabled'));
    const said = await meshPlay(...NETWORK, ...walled());
    expect(ended(said)).toBe('as it should');
    expect(said.out).toContain(TAKEN_BACK);
    expect(await onEach(wallOf)).toEqual(HOSTS.map(() => 'Host firewall: Enabled'));
    const unit = 'systemd-run -q --collect --unit=test-';
    await onHost('vm2', `for p in 7001 7002; do ${unit}$p python3 -m http.server -d /run/cilium $p; done`);
    const ask = async (host: string, port: number): Promise<number> =>
      (await onHost(host, `curl -fsS -o /dev/null -m 3 http://${LAN}.12:${port}/`)).status;
    const answered = (status: number): boolean => status === 0;
    await eventually(() => ask('vm1', 7001), answered);
    // It listens, and answers its own host.
    await eventually(() => ask('vm2', 7002), answered);
    expect(await ask('vm1', 7002), 'curl ran into its time').toBe(28);
    await onHost('vm2', 'systemctl stop test-7001 test-7002');
    const again = await meshPlay(...NETWORK, ...walled());
    expect([ended(again), changedOn(again)]).toEqual(['as it should', [0, 0, 0]]);
  });

  it('takes a policy back by itself that keeps SSH out, says so, and goes on with a right one', async () => {
    const run = meshPlay(...NETWORK, '--limit', 'vm2', ...walled({ ...SHUT, cilium_confirm: 20 }));
    // Also the connection that is open already stands still.
    const shut = await eventually(
      () => onHostAnew('vm2', 'true'),
      ({ status }) => status !== 0,
    );
    expect(shut.err).toMatch(/timed out|not responding/);
    const said = await run;
    expect([2, 4], said.out).toContain(said.status);
    const open = await eventually(
      () => onHostAnew('vm2', 'journalctl -b -u mesh-policies-restore -o cat'),
      ({ status }) => status === 0,
    );
    expect(open.out).toContain('the policies in /etc/cilium/policies are as they were before');
    expect(await wallOf('vm2')).toBe('Host firewall: Enabled');
    const next = await meshPlay(...NETWORK, ...walled());
    expect(next.out).toContain(TAKEN_BACK);
    expect(changedOn(next)).toEqual([0, 0, 1]);
  });

  const members = (): Promise<string> =>
    out('control', "mesh-etcdctl member list | awk -F', ' '{print $3, $2}' | sort");
  const three = 'control started\nvm1 started\nvm2 started';

  it('takes two further members of etcd, goes on without one, and takes it back without its data', async () => {
    // Members are asked at ports that were shut to them.
    const said = await meshPlay(...NETWORK, '-i', THREE, ...walled());
    expect(ended(said)).toBe('as it should');
    expect(await members()).toBe(three);
    await onHost('control', 'systemctl stop etcd && rm -rf /var/lib/etcd/mesh/*');
    expect(await out('vm1', 'mesh-etcdctl get --print-value-only mesh-play/ranges/vm1')).toBe('10.200.2.0/24');
    await eventually(
      () => onHost('vm2', 'cilium-dbg status --brief'),
      ({ status }) => status === 0,
    );
    expect(ended(await meshPlay(...NETWORK, '-i', THREE, ...walled()))).toBe('as it should');
    expect(await members()).toBe(three);
  });

  it('is whole again after a reboot of all members, without a controller', async () => {
    await rebootAll();
    expect(await onEach(whole)).toEqual([NODES, NODES, NODES]);
    await onEach((host) => onHost(host, '/usr/local/lib/mesh/prepare-cilium enforced 120'));
    // Where the host firewall began, members of etcd did not lose what they hear of each other.
    const deaf = await onEach((host) =>
      out(host, 'journalctl -b -u etcd -o cat | grep "failed to read .*i/o timeout"'),
    );
    expect(deaf).toEqual(['', '', '']);
    expect(await out('vm1', 'ip -br -4 addr show cilium_host')).toContain(' 10.200.2.1/32');
    const active = await onEach((host) => out(host, 'systemctl is-active etcd'));
    expect(active).toEqual(HOSTS.map(() => 'active'));
    expect(await out('control', 'systemctl is-active cilium-heartbeat.timer')).toBe('active');
    expect(await onEach(wallOf)).toEqual(HOSTS.map(() => 'Host firewall: Enabled'));
    expect(changedOn(await meshPlay(...NETWORK, '-i', THREE, ...walled()))).toEqual([0, 0, 0]);
  });

  it('has all members of etcd back from a backup, and loses none that has data unasked', async () => {
    const more = { backup_hosts: ['control'], backup_folder: join(folder, 'kept'), backup_spire_store: '' };
    const kept = ['-e', JSON.stringify({ ...more, backup_paths: [] }), ...walled()];
    const words = ['-i', 'inventories/lab', '-i', THREE, ...kept];
    const put = (value: string): Promise<Said> => onHost('control', `mesh-etcdctl put mesh-test ${value}`);
    expect(ended(await put('kept'))).toBe('as it should');
    expect(ended(await meshPlay(BACKUP, ...words))).toBe('as it should');
    expect(ended(await put('later'))).toBe('as it should');
    const lose = (host: string): Promise<unknown> => onHost(host, 'systemctl stop etcd && rm -rf /var/lib/etcd/mesh');
    await Promise.all(['control', 'vm1'].map(lose));
    const from = ['-e', `restore_from=${join(folder, 'kept', readdirSync(join(folder, 'kept'))[0] ?? '')}`];
    const left = await meshPlay(RESTORE, ...words, ...from, '-e', 'restore_etcd_tries=1');
    expect(left.status, left.out).toBe(2);
    expect(left.out).toContain('vm2 has data of etcd, but no majority to use them: bring the other members up, or,');
    expect(await out('vm2', 'ls /var/lib/etcd/mesh')).toBe('member');
    const over = ['-e', 'restore_over=true', '-e', 'restore_etcd_tries=1'];
    expect(ended(await meshPlay(RESTORE, ...words, ...from, ...over))).toBe('as it should');
    expect(await members()).toBe(three);
    const got = await onHost('vm2', 'mesh-etcdctl get --print-value-only mesh-test');
    expect(got).toEqual({ status: 0, out: 'kept\n', err: '' });
    expect(await onEach(whole)).toEqual([NODES, NODES, NODES]);
    const again = await meshPlay(...NETWORK, '-i', THREE, ...walled());
    expect(changedOn(again), again.out).toEqual([0, 0, 0]);
  });
});

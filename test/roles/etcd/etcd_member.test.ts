import { describe, expect, it } from 'vitest';
import type { Stat } from '../../../engine/connection/connection.ts';
import etcdMember from '../../../roles/etcd/modules/etcd_member.ts';
import { type Call, FakeHost } from '../../support/fake.ts';
import { controllerFor } from '../../support/module.ts';

const MEMBERS = {
  control: 'https://192.0.2.10:2380',
  vm1: 'https://192.0.2.11:2380',
  vm2: 'https://192.0.2.12:2380',
};
const ETCDCTL = '/usr/local/bin/mesh-etcdctl';
const CONTROL = '7eba2f5c9ec01a35, started, control, https://192.0.2.10:2380, https://192.0.2.10:2379, false';
const VM1 = '1b8a2beab4b3f75e, started, vm1, https://192.0.2.11:2380, https://192.0.2.11:2379, false';
const ADDED = '1b8a2beab4b3f75e, unstarted, , https://192.0.2.11:2380, , false';
const STAT: Stat = {
  type: 'directory',
  mode: '0700',
  owner: 'etcd',
  group: 'etcd',
  uid: 1,
  gid: 1,
  size: 1,
  mtime: 0,
  atime: 0,
  ctime: 0,
  inode: 1,
  device: 1,
  links: 1,
};

const initial = (state: string, cluster: string): string =>
  `# Kept by mesh-play: what etcd reads at its first start, and never again.\nETCD_INITIAL_CLUSTER_STATE=${state}\nETCD_INITIAL_CLUSTER=${cluster}\n`;
const ALL = Object.entries(MEMBERS)
  .map(([name, url]) => `${name}=${url}`)
  .join(',');

const args = (members: Record<string, string>) => ({
  name: 'vm1',
  members,
  data: '/data',
  path: '/initial.env',
  program: ETCDCTL,
  unit: 'etcd.service',
});

/** What is read: whether there is data, the file, and what the other members answer (false: nothing). */
function reads(there: { data?: true; file?: string }, list?: string | false): Call[] {
  const asked: Call = {
    argv: [ETCDCTL, '--command-timeout=3s', 'member', 'list', '-w', 'simple'],
    answer: list === false ? { status: 1, stderr: 'context deadline exceeded' } : { stdout: list ?? '' },
  };
  return [
    { stat: '/data/member', answer: there.data ? { stat: STAT } : {} },
    { readFile: '/initial.env', answer: there.file === undefined ? {} : { file: there.file } },
    ...(list === undefined ? [] : [asked]),
  ];
}

/** The changes that are planned, and that they make these calls. */
async function changes(calls: Call[], applied: Call[], members: Record<string, string> = MEMBERS) {
  const host = new FakeHost([...calls, ...applied]);
  const ready = await etcdMember.prepare?.(controllerFor({}), args(members));
  if (ready === undefined) throw new Error('it prepares something');
  const state = await etcdMember.probe(host, ready);
  const planned = etcdMember.plan(state, ready);
  if (planned.length > 0) await etcdMember.apply(host, planned, ready, controllerFor({}), state);
  host.done();
  return { keys: planned.map(({ key }) => key), environments: host.environments };
}

/** A change of the cluster, which is tried again while it is not whole. */
const patient = (...words: string[]): Call => ({
  script: /unhealthy cluster/,
  args: [ETCDCTL, '--command-timeout=3s', 'member', ...words],
});
const add = patient('add', 'vm1', '--peer-urls=https://192.0.2.11:2380');
const started = (cluster: string): Call[] => [
  { write: '/initial.env', text: initial('existing', cluster) },
  { argv: ['systemctl', 'daemon-reload'] },
  { argv: ['systemctl', 'restart', 'etcd.service'] },
];
const TWO = `control=${MEMBERS.control},vm1=${MEMBERS.vm1}`;

describe('etcd_member', () => {
  it('leaves a member with data alone, whoever else is in the inventory', async () => {
    expect((await changes(reads({ data: true, file: initial('new', 'control=x') }), [])).keys).toEqual([]);
  });

  it('starts a new cluster of all members when none of the others answers, and is then content', async () => {
    const file = { write: '/initial.env', text: initial('new', ALL) };
    expect((await changes(reads({}, false), [file])).keys).toEqual(['initial']);
    expect((await changes(reads({ file: initial('new', ALL) }, false), [])).keys).toEqual([]);
  });

  it('asks nobody when it is the only one', async () => {
    const alone = { write: '/initial.env', text: initial('new', `vm1=${MEMBERS.vm1}`) };
    expect((await changes(reads({}), [alone], { vm1: MEMBERS.vm1 })).keys).toEqual(['initial']);
  });

  it('joins the cluster there is, and names only members that are in it', async () => {
    const { keys, environments } = await changes(reads({}, `${CONTROL}\n`), [add, ...started(TWO)]);
    expect(keys).toEqual(['member']);
    expect(environments[0]).toEqual({ ETCDCTL_ENDPOINTS: 'https://192.0.2.10:2379,https://192.0.2.12:2379' });
  });

  it('goes on where a run was cut after it was added', async () => {
    expect((await changes(reads({}, `${CONTROL}\n${ADDED}\n`), started(TWO))).keys).toEqual(['member']);
  });

  it('comes back as a new member when it lost its data', async () => {
    const calls = [patient('remove', '1b8a2beab4b3f75e'), add, ...started(TWO)];
    expect((await changes(reads({}, `${CONTROL}\n${VM1}\n`), calls)).keys).toEqual(['member']);
  });

  it('refuses a name that is not among the members', async () => {
    const prepare = etcdMember.prepare?.(controllerFor({}), args({ control: MEMBERS.control }));
    await expect(prepare).rejects.toThrow('etcd_member: "vm1" is not among the members');
  });
});

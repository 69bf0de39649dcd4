import { describe, expect, it } from 'vitest';
import type { Mapping } from '../../../engine/value.ts';
import { type Allocation, allocate, type Needs } from '../../../roles/cilium/lib/addresses.ts';
import ciliumAddresses from '../../../roles/cilium/modules/cilium_addresses.ts';
import { type Call, FakeHost } from '../../support/fake.ts';
import { controllerFor, problemOf, runModule } from '../../support/module.ts';
import { thrownBy } from '../../support/thrown.ts';

const POOL = '10.200.0.0/16';
const NOTHING: Allocation = { ranges: {}, addresses: {}, last: {} };
const of = (needs: Needs, known = NOTHING, keep: string[] = [], pool = POOL): Allocation =>
  allocate(pool, known, needs, (host) => keep.includes(host));

describe('the addresses of the mesh', () => {
  it('give each host a range and each service an address in it', () => {
    expect(of({ vm1: ['b', 'a'], control: [] })).toEqual({
      ranges: { control: '10.200.1.0/24', vm1: '10.200.2.0/24' },
      addresses: { control: {}, vm1: { a: '10.200.2.10', b: '10.200.2.11' } },
      last: { '': '10.200.2.0/24', vm1: '10.200.2.11' },
    });
  });

  it('stay when hosts and services come and go, and are the same when asked again', () => {
    const before = of({ vm1: ['b'], vm2: ['c'] });
    const after = of({ vm0: ['z'], vm1: ['a', 'b'], vm2: ['c'] }, before);
    expect(after.ranges).toEqual({ ...before.ranges, vm0: '10.200.3.0/24' });
    expect(after.addresses['vm1']).toEqual({ b: '10.200.1.10', a: '10.200.1.11' });
    expect(of({ vm0: ['z'], vm1: ['a', 'b'], vm2: ['c'] }, after)).toEqual(after);
  });

  it('are freed where hosts do not keep them', () => {
    const before = of({ vm1: ['a', 'b'], vm2: ['c'] });
    expect(of({ vm1: ['b'] }, before, ['vm1', 'vm2'])).toEqual(before);
    const after = of({ vm1: ['b'] }, before);
    expect([after.ranges, after.addresses]).toEqual([{ vm1: '10.200.1.0/24' }, { vm1: { b: '10.200.1.11' } }]);
  });

  it('come back last when they were freed, in this run or an earlier one', () => {
    const before = of({ vm1: ['a'], vm2: [] });
    const swapped = of({ vm1: ['b'], vm3: [] }, before);
    expect([swapped.addresses['vm1'], swapped.ranges['vm3']]).toEqual([{ b: '10.200.1.11' }, '10.200.3.0/24']);
    const freed = of({ vm1: [] }, before);
    const later = of({ vm1: ['b'], vm3: [] }, freed);
    expect([later.addresses['vm1'], later.ranges['vm3']]).toEqual([{ b: '10.200.1.11' }, '10.200.3.0/24']);
  });

  it('go round: the freed one is taken when no other is left', () => {
    const all = Array.from({ length: 245 }, (_, index) => `s${String(index).padStart(3, '0')}`);
    const full = of({ vm1: all });
    const swapped = of({ vm1: [...all.slice(1), 'new'] }, full);
    expect(swapped.addresses['vm1']?.['new']).toBe(full.addresses['vm1']?.['s000']);
    expect(new Set(Object.values(swapped.addresses['vm1'] ?? {})).size).toBe(245);
  });

  it('end: a host has room for 245 services, a /22 for three hosts', () => {
    const many = Array.from({ length: 246 }, (_, index) => `s${String(index).padStart(3, '0')}`);
    expect(() => of({ vm1: many })).toThrowError(
      expect.objectContaining({
        what: 'vm1 has no address left for s245',
        why: 'a host has 245',
        mend: 'put it on another host',
      }),
    );
    expect(() => of({ a: [], b: [], c: [], d: [] }, NOTHING, [], '10.0.0.0/22')).toThrow(
      '10.0.0.0/22 has no room left for d',
    );
  });

  it('are not taken from what is gone while the host may still run it: how to come by them is said', () => {
    const all = Array.from({ length: 245 }, (_, index) => `s${String(index).padStart(3, '0')}`);
    const full = of({ vm1: all });
    expect(() => of({ vm1: [...all.slice(2), 'new'] }, full, ['vm1'])).toThrowError(
      expect.objectContaining({
        what: 'vm1 has no address left for new',
        why: 'a host has 245; 2 of them of what is gone, until vm1 has removed it',
        mend: 'run this without what is new on vm1 first, then with it',
      }),
    );
  });

  it('are not handed out on what has one thing twice', () => {
    const twice = { ...NOTHING, ranges: { vm1: '10.200.1.0/24', vm2: '10.200.1.0/24' } };
    expect(() => of({}, twice)).toThrow('10.200.1.0/24 is handed out twice, to vm1 and to vm2');
    const one = { ...NOTHING, addresses: { vm1: { a: '10.200.1.10', b: '10.200.1.10' } } };
    expect(() => of({}, one)).toThrow('10.200.1.10 is handed out twice, to a on vm1 and to b on vm1');
  });
});

const base64 = (text: string): string => Buffer.from(text).toString('base64');
/** What etcdctl answers to the read. */
const stored = (keys: Record<string, string>, revision = 7): string =>
  JSON.stringify({
    kvs: Object.entries({ ...keys, guard: 'mesh-play' }).map(([key, value]) => ({
      key: base64(`mesh-play/${key}`),
      value: base64(value),
      mod_revision: revision,
    })),
  });
const READ = ['etcdctl', 'get', '--prefix', 'mesh-play/', '-w', 'json'];
const TXN = ['etcdctl', 'txn', '-w', 'json'];
const GIVEN: Mapping = {
  pool: POOL,
  needs: { vm1: ['a'] },
  host_addresses: [],
  prune: 'no',
  keep: [],
  program: 'etcdctl',
};
const HELD = {
  'ranges/vm1': '10.200.1.0/24',
  'last/': '10.200.1.0/24',
  'addresses/vm1/a': '10.200.1.10',
  'last/vm1': '10.200.1.10',
};
const txn = (revision: number, ...does: string[]): string =>
  [`mod("mesh-play/guard") = "${revision}"`, '', ...does, 'put mesh-play/guard mesh-play', '', '', ''].join('\n');
const puts = (revision: number, keys: Record<string, string>): string =>
  txn(revision, ...Object.entries(keys).map(([key, value]) => `put mesh-play/${key} ${value}`));

async function ran(calls: Call[], given: Mapping = {}): Promise<Mapping | undefined> {
  const host = new FakeHost(calls);
  const controller = controllerFor({});
  const ready = (await ciliumAddresses.prepare?.(controller, { ...GIVEN, ...given } as never)) as never;
  const before = await ciliumAddresses.probe(host, ready);
  const changes = ciliumAddresses.plan(before, ready);
  if (changes.length > 0) await ciliumAddresses.apply(host, changes, ready, controller, before);
  host.done();
  return ciliumAddresses.returns?.(before, ready, changes);
}

const fresh = {
  'ranges/vm1': '10.200.1.0/24',
  'last/': '10.200.1.0/24',
  'last/vm1': '10.200.1.10',
  'addresses/vm1/a': '10.200.1.10',
};

describe('cilium_addresses', () => {
  it('remembers in one transaction what it handed out', async () => {
    const done = await ran([
      { argv: READ, answer: { stdout: '{}' } },
      { argv: TXN, stdin: puts(0, fresh), answer: { stdout: '{"succeeded":true}' } },
      { argv: READ, answer: { stdout: stored(HELD) } },
    ]);
    expect(done).toEqual({ ranges: { vm1: '10.200.1.0/24' }, addresses: { vm1: { a: '10.200.1.10' } } });
  });

  it('hands out nothing where it is only to take back', async () => {
    const { 'addresses/vm1/a': _taken, ...left } = HELD;
    await ran(
      [
        { argv: READ, answer: { stdout: stored(HELD, 0) } },
        { argv: TXN, stdin: txn(0, 'del mesh-play/addresses/vm1/a'), answer: { stdout: '{"succeeded":true}' } },
        { argv: READ, answer: { stdout: stored(left) } },
      ],
      { needs: { vm1: ['b'], vm2: [] }, prune: 'only' },
    );
  });

  it('takes nothing back from a host that may still run it', async () => {
    const two = { ...HELD, 'addresses/vm2/b': '10.200.2.10', 'ranges/vm2': '10.200.2.0/24' };
    const { 'addresses/vm2/b': _taken, ...left } = two;
    const done = await ran(
      [
        { argv: READ, answer: { stdout: stored(two, 0) } },
        { argv: TXN, stdin: txn(0, 'del mesh-play/addresses/vm2/b'), answer: { stdout: '{"succeeded":true}' } },
        { argv: READ, answer: { stdout: stored(left) } },
      ],
      { needs: { vm1: [], vm2: [] }, prune: 'only', keep: ['vm1'] },
    );
    expect(done?.['addresses']).toEqual({ vm1: { a: '10.200.1.10' }, vm2: {} });
  });

  it('writes nothing where all is handed out', async () => {
    await ran([{ argv: READ, answer: { stdout: stored(HELD) } }]);
  });

  it('plans again on what somebody else wrote in between', async () => {
    const theirs = { 'ranges/vm9': '10.200.1.0/24', 'last/': '10.200.1.0/24' };
    const mine = {
      'ranges/vm1': '10.200.2.0/24',
      'last/': '10.200.2.0/24',
      'last/vm1': '10.200.2.10',
      'addresses/vm1/a': '10.200.2.10',
    };
    await ran([
      { argv: READ, answer: { stdout: '{}' } },
      { argv: TXN, stdin: puts(0, fresh), answer: { stdout: '{}' } },
      { argv: READ, answer: { stdout: stored(theirs, 9) } },
      { argv: TXN, stdin: puts(9, mine), answer: { stdout: '{"succeeded":true}' } },
      { argv: READ, answer: { stdout: stored({ ...theirs, ...mine }, 10) } },
    ]);
  });

  it('gives up when somebody else is always first', async () => {
    const round: Call[] = [
      { argv: READ, answer: { stdout: '{}' } },
      { argv: TXN, stdin: puts(0, fresh), answer: { stdout: '{}' } },
    ];
    const { what } = await thrownBy(ran([...round, ...round, ...round, ...round, ...round]));
    expect(what).toBe('somebody else handed out addresses at the same moment, 5 times');
  });

  it('needs no more operations in a transaction than etcd takes', async () => {
    const services = Array.from({ length: 200 }, (_, index) => `s${index}`);
    const sizes: number[] = [];
    const host = {
      host: 'fake',
      query: async () => ({ status: 0, stdout: stored(held, 1) }),
      run: async (_argv: string[], { stdin }: { stdin: string }) => {
        const lines = stdin.split('\n').filter((line) => line.startsWith('put '));
        sizes.push(lines.length);
        for (const line of lines) {
          const [, key = '', value = ''] = line.split(' ');
          held[key.replace('mesh-play/', '')] = value;
        }
        return { status: 0, stdout: '{"succeeded":true}' };
      },
    };
    const held: Record<string, string> = {};
    const controller = controllerFor({});
    const ready = (await ciliumAddresses.prepare?.(controller, {
      ...GIVEN,
      needs: { vm1: services },
    } as never)) as never;
    const before = await ciliumAddresses.probe(host as never, ready);
    await ciliumAddresses.apply(host as never, [], ready, controller, before);
    expect(ciliumAddresses.plan(await ciliumAddresses.probe(host as never, ready), ready)).toEqual([]);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(128);
  });

  it('plans from nothing in check mode where no etcd is yet', async () => {
    const given = { ...GIVEN, program: '/none/etcdctl' };
    const { returns } = await runModule(ciliumAddresses, given, { check: true });
    expect(returns).toEqual({ ranges: { vm1: '10.200.1.0/24' }, addresses: { vm1: { a: '10.200.1.10' } } });
  });

  it('refuses a pool that holds the address of a host', async () => {
    const { what, mend } = await problemOf(ciliumAddresses, { ...GIVEN, host_addresses: ['10.1.0.1', '10.200.7.1'] });
    expect([what, mend]).toEqual([
      'the address 10.200.7.1 of a host is in the pool 10.200.0.0/16',
      'choose another cilium_pool',
    ]);
  });
});

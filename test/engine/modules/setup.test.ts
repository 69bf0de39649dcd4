import { hostname, release, userInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import setup from '../../../engine/modules/setup.ts';
import type { Mapping } from '../../../engine/value.ts';
import { problemOf, runModule } from '../../support/module.ts';

const facts = async (given: Mapping): Promise<Mapping> =>
  (await runModule(setup, given)).returns.ansible_facts as Mapping;

describe('setup', () => {
  it('tells of this machine under Ansible’s names', async () => {
    expect(await facts({})).toMatchObject({
      ansible_hostname: hostname().split('.')[0],
      ansible_kernel: release(),
      ansible_system: 'Linux',
      ansible_user_id: userInfo().username,
      ansible_memtotal_mb: expect.any(Number),
      ansible_distribution: expect.any(String),
    });
  });

  it('keeps only facts that a pattern matches, with or without the prefix', async () => {
    const long = await facts({ filter: ['ansible_mem*_mb', 'ansible_kernel'] });
    expect(Object.keys(long)).toEqual(expect.arrayContaining(['ansible_kernel', 'ansible_memtotal_mb']));
    expect(Object.keys(long).filter((name) => !/^ansible_(kernel|mem.*_mb)$/.test(name))).toEqual([]);
    expect(Object.keys(await facts({ filter: 'kernel' }))).toEqual(['ansible_kernel']);
  });

  it('gathers only the subsets that are asked for', async () => {
    const few = await facts({ gather_subset: ['!all', '!min', 'network'] });
    expect(few).not.toHaveProperty('ansible_memtotal_mb');
    expect(few).toHaveProperty('ansible_interfaces');
  });

  it('refuses a subset it does not know', async () => {
    expect((await problemOf(setup, { gather_subset: ['weather'] })).what).toContain('weather');
  });
});

import { hostname } from 'node:os';
import { expect, it } from 'vitest';
import setup from '../../../engine/modules/setup.ts';
import type { Mapping } from '../../../engine/value.ts';
import { runModule } from '../../support/module.ts';

const facts = async (args: Mapping = {}): Promise<Mapping> =>
  (await runModule(setup, args)).returns['ansible_facts'] as Mapping;

it('setup gathers facts under Ansible’s names', async () => {
  const found = await facts();
  expect(found).toMatchObject({ ansible_system: 'Linux', ansible_nodename: hostname(), ansible_user_id: 'root' });
  expect(found['ansible_memtotal_mb']).toBeGreaterThan(0);
  expect(found['ansible_interfaces']).toContain('lo');
  expect((found['ansible_lo'] as { ipv4: Mapping }).ipv4).toMatchObject({ address: '127.0.0.1', netmask: '255.0.0.0' });
});

it('setup leaves out what gather_subset does not ask for', async () => {
  const few = await facts({ gather_subset: ['!all', 'network'] });
  expect(few).toHaveProperty('ansible_interfaces');
  expect(few).toHaveProperty('ansible_distribution');
  expect(few).not.toHaveProperty('ansible_memtotal_mb');
  expect(await facts({ gather_subset: ['!all', '!min', 'network'] })).not.toHaveProperty('ansible_distribution');
});

it('setup keeps only what a filter matches', async () => {
  expect(Object.keys(await facts({ filter: ['ansible_mem*_mb'] })).sort()).toEqual([
    'ansible_memfree_mb',
    'ansible_memory_mb',
    'ansible_memtotal_mb',
  ]);
});

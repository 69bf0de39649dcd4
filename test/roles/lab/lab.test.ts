import { expect, it } from 'vitest';
import labBase from '../../../roles/lab/modules/lab_base.ts';
import labHost from '../../../roles/lab/modules/lab_host.ts';
import labNetwork from '../../../roles/lab/modules/lab_network.ts';

const plan = (state: { running: boolean; exists: boolean; reachable: boolean }, wanted: 'started' | 'absent') =>
  labHost.plan(state, { name: 'vm1', state: wanted } as never);

it('lab_host starts what does not answer, and removes whatever is left', () => {
  expect(plan({ running: true, exists: true, reachable: true }, 'started')).toEqual([]);
  expect(plan({ running: false, exists: false, reachable: false }, 'started')).toMatchObject([{ before: null }]);
  expect(plan({ running: true, exists: true, reachable: false }, 'started')).toMatchObject([{ before: 'silent' }]);
  expect(plan({ running: false, exists: true, reachable: false }, 'absent')).toMatchObject([{ after: null }]);
  expect(plan({ running: false, exists: false, reachable: false }, 'absent')).toEqual([]);
});

it('lab_network makes a bridge with its address, once', () => {
  const args = { bridge: 'b', address: '10.0.0.1/24', state: 'present' } as const;
  expect(labNetwork.plan({ exists: true, up: true, addresses: ['10.0.0.1/24'] }, args)).toEqual([]);
  expect(labNetwork.plan({ exists: true, up: false, addresses: ['10.0.0.1/24'] }, args)).toMatchObject([
    { key: 'address' },
  ]);
  expect(labNetwork.plan({ exists: false, up: false, addresses: [] }, args)).toMatchObject([{ key: 'bridge' }]);
  expect(labNetwork.plan({ exists: true, up: true, addresses: [] }, { ...args, state: 'absent' })).toMatchObject([
    { after: null },
  ]);
});

it('lab_base makes a base that is not whole', () => {
  const args = { path: '/b', suite: 'bookworm', packages: [] };
  expect(labBase.plan({ complete: true }, args)).toEqual([]);
  expect(labBase.plan({ complete: false }, args)).toEqual([{ key: 'base', before: null, after: '/b' }]);
});

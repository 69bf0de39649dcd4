import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import labBase from '../../../roles/lab/modules/lab_base.ts';
import labHost from '../../../roles/lab/modules/lab_host.ts';
import labNetwork from '../../../roles/lab/modules/lab_network.ts';
import labResolver from '../../../roles/lab/modules/lab_resolver.ts';
import { runModule, temporaryFolder } from '../../support/module.ts';

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

it('lab_base makes one base for two labs that want it at once', async () => {
  const folder = temporaryFolder();
  const log = join(folder, 'log');
  const program = `#!/bin/sh\necho made >>${log}\nfor new; do case $new in */base.new.*) mkdir -p "$new/etc" ;; esac; done\n`;
  writeFileSync(join(folder, 'debootstrap'), program, { mode: 0o755 });
  vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
  const args = { path: join(folder, 'base'), suite: 'bookworm', packages: ['one'], mirror: 'http://192.0.2.1' };
  const both = await Promise.all([runModule(labBase, args), runModule(labBase, args)]);
  vi.unstubAllEnvs();
  expect(both.flatMap(({ remaining }) => remaining)).toEqual([]);
  expect(readFileSync(log, 'utf8')).toBe('made\n');
});

it('lab_resolver starts what does not run, and ends what does', () => {
  const args = { folder: '/l', address: '192.0.2.1', records: {} };
  const planned = (running: boolean, state: 'started' | 'absent') => labResolver.plan({ running }, { ...args, state });
  expect([planned(true, 'started'), planned(false, 'absent')]).toEqual([[], []]);
  expect(planned(false, 'started')).toEqual([{ key: 'resolver', before: null, after: '192.0.2.1' }]);
  expect(planned(true, 'absent')).toEqual([{ key: 'resolver', before: '192.0.2.1', after: null }]);
});

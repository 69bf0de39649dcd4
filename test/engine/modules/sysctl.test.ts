import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import sysctl from '../../../engine/modules/sysctl.ts';
import { runModule, temporaryFolder } from '../../support/module.ts';

const folder = temporaryFolder();

it('sysctl keeps one line of a file, and other lines as they are', async () => {
  const file = join(folder, 'some.conf');
  writeFileSync(file, '# kept\nvm.swappiness = 10\nkernel.domainname=x\nvm.swappiness=20\n');
  const args = { name: 'vm.swappiness', value: '30', sysctl_file: file, reload: false };
  const { changes, remaining } = await runModule(sysctl, args);
  expect(changes).toEqual([{ key: file, before: '20', after: '30' }]);
  expect(remaining).toEqual([]);
  expect(readFileSync(file, 'utf8')).toBe('# kept\nkernel.domainname=x\nvm.swappiness=30\n');
  expect((await runModule(sysctl, args)).changed).toBe(false);
  expect((await runModule(sysctl, { name: 'vm.swappiness', state: 'absent', sysctl_file: file })).changed).toBe(true);
  expect(readFileSync(file, 'utf8')).toBe('# kept\nkernel.domainname=x\n');
});

it('sysctl says which setting the kernel does not take, unless errors are ignored', async () => {
  const args = { name: 'net.no_such_thing', value: '1', sysctl_file: join(folder, 'other.conf') };
  await expect(runModule(sysctl, args)).rejects.toThrow('the kernel does not take net.no_such_thing=1');
  expect((await runModule(sysctl, { ...args, value: '2', ignoreerrors: true })).remaining).toEqual([]);
});

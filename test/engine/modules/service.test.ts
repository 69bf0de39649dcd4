import { describe, expect, it } from 'vitest';
import { resolveArguments } from '../../../engine/arguments.ts';
import service from '../../../engine/modules/service.ts';
import type { UnitState, UnitWish } from '../../../engine/system/unit.ts';
import type { Mapping } from '../../../engine/value.ts';
import { FakeHost } from '../../support/fake.ts';
import { controllerFor } from '../../support/module.ts';
import { thrownBy } from '../../support/thrown.ts';

const STOPPED: UnitState = { found: true, active: 'inactive', enabled: 'disabled', reloadNeeded: true, properties: {} };

async function wish(given: Mapping): Promise<UnitWish> {
  const args = resolveArguments(service, given, undefined);
  return service.prepare?.(controllerFor({}), args as never) ?? Promise.reject(new Error('no wish'));
}

describe('service', () => {
  it('keeps a service of that name, of the system', async () => {
    expect(await wish({ name: 'ssh', state: 'started' })).toMatchObject({ unit: 'ssh.service', scope: 'system' });
  });

  it('enables and starts, and leaves systemd’s unit files alone', async () => {
    const changes = service.plan(STOPPED, await wish({ name: 'ssh', state: 'started', enabled: true }));
    expect(changes.map(({ key }) => key)).toEqual(['enabled', 'state']);
  });

  it('only looks where nothing but the name is given, as systemd does', async () => {
    expect(service.plan(STOPPED, await wish({ name: 'ssh' }))).toEqual([]);
  });

  it('takes what systemd takes', async () => {
    expect(await wish({ name: 'ssh', masked: true, 'daemon-reload': true, scope: 'user', no_block: true })).toEqual({
      unit: 'ssh.service',
      masked: true,
      daemonReload: true,
      daemonReexec: false,
      scope: 'user',
      noBlock: true,
      force: false,
      check: false,
    });
    const changes = service.plan(STOPPED, await wish({ daemon_reload: true }));
    expect(changes.map(({ key }) => key)).toEqual(['daemon_reload']);
  });

  it('needs a name for a state', async () => {
    const problem = await thrownBy(wish({ state: 'started', daemon_reload: true }));
    expect(problem.what).toBe('service needs "name" for state, enabled and masked');
  });

  it('says what it has no use for where systemd runs the services', async () => {
    const warned: string[] = [];
    const controller = { ...controllerFor({}), warn: (text: string) => void warned.push(text) };
    const args = resolveArguments(service, { name: 'ssh', state: 'restarted', sleep: 5, pattern: 'sshd' }, undefined);
    await service.prepare?.(controller, args as never);
    expect(warned).toEqual([
      'service ignores "pattern": systemd has no use for it',
      'service ignores "sleep": systemd has no use for it',
    ]);
  });

  it('does it with systemctl', async () => {
    const wanted = await wish({ name: 'ssh', enabled: true });
    const host = new FakeHost([{ script: /systemctl/, args: ['--system', 'ssh.service', 'enable', ''] }]);
    await service.apply(host, service.plan(STOPPED, wanted), wanted, controllerFor({}), STOPPED);
    host.done();
  });
});

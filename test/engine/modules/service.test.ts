import { describe, expect, it } from 'vitest';
import { resolveArguments } from '../../../engine/arguments.ts';
import service from '../../../engine/modules/service.ts';
import type { UnitState, UnitWish } from '../../../engine/system/unit.ts';
import type { Mapping } from '../../../engine/value.ts';
import { FakeHost } from '../../support/fake.ts';
import { controllerFor } from '../../support/module.ts';

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

  it('needs a state or enabled', () => {
    expect(() => resolveArguments(service, { name: 'ssh' }, undefined)).toThrow('state');
  });

  it('does it with systemctl', async () => {
    const wanted = await wish({ name: 'ssh', enabled: true });
    const host = new FakeHost([{ script: /systemctl/, args: ['--system', 'ssh.service', 'enable', ''] }]);
    await service.apply(host, service.plan(STOPPED, wanted), wanted, controllerFor({}), STOPPED);
    host.done();
  });
});

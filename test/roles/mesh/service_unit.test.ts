import { describe, expect, it } from 'vitest';
import { dropInOf, programUnitOf } from '../../../roles/mesh/lib/unit.ts';
import serviceUnit from '../../../roles/mesh/modules/service_unit.ts';
import { FakeHost } from '../../support/fake.ts';
import { controllerFor } from '../../support/module.ts';

const PLACED = {
  name: 'service1',
  user: 'service1',
  namespace: 'mesh-service1',
  endpoint_unit: 'mesh-endpoint-service1.service',
  sidecar_unit: 'mesh-sidecar-service1.service',
  sidecar: 'envoy',
} as const;

const ready = async (more: object = {}) =>
  (await serviceUnit.prepare?.(controllerFor({}), {
    name: 'service1.service',
    text: 'new',
    restart_for: [],
    ...more,
  })) as never;
const RUNNING = { text: 'new', enabled: true, active: true, stale: false };

describe('service_unit', () => {
  it('leaves alone what runs with what is there now', async () => {
    expect(serviceUnit.plan(RUNNING, await ready())).toEqual([]);
  });

  it('restarts a unit for a new text, and one that an earlier run left on old files', async () => {
    const running = async (state: object) =>
      serviceUnit.plan({ ...RUNNING, ...state }, await ready()).map(({ key, before }) => [key, before]);
    expect(await running({ text: 'old' })).toEqual([
      ['unit', 'old'],
      ['running', 'with what was there before'],
    ]);
    expect(await running({ stale: true })).toEqual([['running', 'with what was there before']]);
    expect(await running({ active: false, enabled: false })).toEqual([
      ['enabled', false],
      ['running', false],
    ]);
  });

  it('shows the last log lines of a unit that is not ready', async () => {
    const prepared = await ready({ ready: '/usr/bin/ask "it"' });
    const changes = serviceUnit.plan({ ...RUNNING, active: false }, prepared);
    const host = new FakeHost([
      { argv: ['systemctl', 'reset-failed', 'service1.service'] },
      { argv: ['systemctl', 'restart', 'service1.service'] },
      { script: /until/, args: ['service1.service', '/usr/bin/ask', 'it'], answer: { status: 1 } },
      {
        argv: ['journalctl', '-u', 'service1.service', '-n', '8', '-o', 'cat', '--no-pager'],
        answer: { stdout: 'the disk is gone\n' },
      },
    ]);
    const applied = serviceUnit.apply(host, changes, prepared, controllerFor({}), RUNNING);
    await expect(applied).rejects.toMatchObject({
      what: 'service1.service did not start on fake',
      details: ['its last log lines:', 'the disk is gone'],
    });
    host.done();
  });

  it('adds to a unit of the user’s without touching it', async () => {
    expect(await ready({ drop_in: '50-mesh.conf' })).toMatchObject({
      path: '/etc/systemd/system/service1.service.d/50-mesh.conf',
    });
  });
});

describe('the units of a service', () => {
  it('live and die with the namespace', () => {
    expect(dropInOf(PLACED).split('\n')).toEqual(
      expect.arrayContaining([
        'BindsTo=mesh-endpoint-service1.service',
        'After=mesh-endpoint-service1.service mesh-sidecar-service1.service',
        'NetworkNamespacePath=/run/netns/mesh-service1',
      ]),
    );
  });

  it('give a command its words as they are, whatever systemd would make of them', () => {
    expect(programUnitOf(PLACED, ['/bin/echo', 'a b', '"$HOME" 50%', 'c\\d'])).toContain(
      'ExecStart="/bin/echo" "a b" "\\"$$HOME\\" 50%%" "c\\\\d"',
    );
    expect(programUnitOf(PLACED, ['/bin/echo', 'a\nUser=root\tb'])).toContain(
      'ExecStart="/bin/echo" "a\\x0aUser=root\\x09b"\n',
    );
  });
});

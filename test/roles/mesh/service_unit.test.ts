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
const RUNNING = { text: 'new', enabled: true, active: true, stale: false, user: 'shop' };

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
        argv: ['journalctl', '-q', '-u', 'service1.service', '-n', '12', '-o', 'cat', '--no-pager'],
        answer: { stdout: 'the disk is gone\n' },
      },
    ]);
    const applied = serviceUnit.apply(host, changes, prepared, controllerFor({}), RUNNING);
    await expect(applied).rejects.toMatchObject({
      what: 'service1.service did not start on fake',
      details: ['its last log lines:', '  the disk is gone'],
    });
    host.done();
  });

  it('adds to a unit of the user’s without touching it', async () => {
    expect(await ready({ drop_in: '50-mesh.conf' })).toMatchObject({
      path: '/etc/systemd/system/service1.service.d/50-mesh.conf',
    });
  });
});

describe('a unit of the user’s', () => {
  const own = { drop_in: '50-mesh.conf', user: 'shop' };

  it.each([
    ['other', 'other'],
    ['', 'root'],
  ])('that runs as another user than its stanza says, "%s", is left as it is', async (user, said) => {
    const prepared = await ready(own);
    expect(() => serviceUnit.plan({ ...RUNNING, text: undefined, user }, prepared)).toThrow(
      expect.objectContaining({
        what: `service1.service runs as ${said}, and its stanza says shop`,
        mend: 'put "User=shop" under [Service] of the unit, or name its user in the stanza',
      }),
    );
  });

  it('is not judged before it is there, since what makes it may come later', async () => {
    expect(serviceUnit.plan({ ...RUNNING, user: undefined }, await ready(own))).toEqual([]);
  });

  it('tells by whom it is run', async () => {
    const host = new FakeHost([
      { readFile: '/etc/systemd/system/service1.service.d/50-mesh.conf', answer: { file: 'new' } },
      {
        script: /show/,
        args: ['service1.service', '/etc/systemd/system/service1.service.d/50-mesh.conf'],
        answer: { stdout: 'user shop\nenabled\nactive\n' },
      },
    ]);
    expect(await serviceUnit.probe(host, await ready(own))).toEqual(RUNNING);
    host.done();
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

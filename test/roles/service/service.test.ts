import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../../engine/problem.ts';
import { parseRecord, recordText } from '../../../roles/service/lib/record.ts';
import serviceGone from '../../../roles/service/modules/service_gone.ts';
import serviceNames from '../../../roles/service/modules/service_names.ts';
import serviceRecord from '../../../roles/service/modules/service_record.ts';
import { FakeHost } from '../../support/fake.ts';
import { controllerFor } from '../../support/module.ts';
import { thrownBy } from '../../support/thrown.ts';

const RECORD = { name: 'service1', unit: 'service1.service', made_unit: false, user: 'service1', made_user: true };

describe('service_record', () => {
  const args = { name: 'service1', unit: 'service1.service', made_unit: false, user: 'service1' };
  const planned = async (state: { record: typeof RECORD | undefined; userExists: boolean }) => {
    const ready = await serviceRecord.prepare?.(controllerFor({}), args);
    return serviceRecord.plan(state, ready as never).map(({ after }) => parseRecord('service1', String(after)));
  };

  it('remembers whether the user was there before', async () => {
    expect(await planned({ record: undefined, userExists: true })).toEqual([{ ...RECORD, made_user: false }]);
    expect(await planned({ record: undefined, userExists: false })).toEqual([RECORD]);
  });

  it('does not forget that it made the user, once it is there', async () => {
    expect(await planned({ record: RECORD, userExists: true })).toEqual([]);
  });
});

describe('service_gone', () => {
  const WORDS = ['service1', 'service1.service', 'false', 'service1', 'true'];
  const kept = (record: typeof RECORD, sidecar: 'envoy' | 'none' = 'envoy') => ({ ...record, sidecar });

  it('takes away what is remembered and no longer wanted, and what runs otherwise than it did', () => {
    const other = { ...RECORD, name: 'service2', unit: 'service2.service', user: 'service2' };
    const found = [RECORD, other].map((record) => ({ record, sidecar: true }));
    const gone = (keep: ReturnType<typeof kept>[]) =>
      serviceGone.plan(found, { keep, users: [] }).map(({ key }) => key);
    expect(gone([kept(RECORD), kept(other)])).toEqual([]);
    expect(gone([kept(RECORD)])).toEqual(['service2']);
    expect(gone([kept(RECORD), kept({ ...other, unit: 'another.service' })])).toEqual(['service2']);
  });

  it('leaves no sidecar to a service that goes on without one', () => {
    const gone = (sidecar: boolean, wanted: 'envoy' | 'none') =>
      serviceGone
        .plan([{ record: RECORD, sidecar }], { keep: [kept(RECORD, wanted)], users: [] })
        .map(({ key }) => key);
    expect(gone(true, 'none')).toEqual(['service1']);
    expect(gone(false, 'none')).toEqual([]);
    expect(gone(false, 'envoy')).toEqual([]);
  });

  it('is told of each service’s unit and user what was made and what was there', async () => {
    const host = new FakeHost([{ script: /^set -eu\nname=/, args: WORDS }]);
    const args = { keep: [], users: [] };
    const found = [{ record: RECORD, sidecar: true }];
    const changes = serviceGone.plan(found, args);
    await serviceGone.apply(host, changes, args, controllerFor({}), found);
    host.done();
  });

  it.each([
    ['a workload', { keep: [], users: ['service1'] }],
    ['another service', { keep: [{ ...RECORD, name: 'service2', sidecar: 'envoy' as const }], users: [] }],
    [
      'the same one, by another unit',
      { keep: [{ ...RECORD, unit: 'x.service', command: ['/x'], sidecar: 'envoy' as const }], users: [] },
    ],
  ])('leaves a user that it made to %s that has it now', async (_who, args) => {
    const [heir] = args.keep;
    const record = heir && {
      name: heir.name,
      unit: heir.unit,
      made_unit: heir.unit === 'x.service',
      user: 'service1',
      made_user: true,
    };
    const handed = record && [
      { argv: ['mkdir', '-p', '-m', '0755', '/etc/mesh', `/etc/mesh/${record.name}`] },
      { write: `/etc/mesh/${record.name}/service.json`, text: recordText(record) },
    ];
    const host = new FakeHost([
      { script: /^set -eu\nname=/, args: [...WORDS.slice(0, 4), 'false'] },
      ...(handed ?? []),
    ]);
    const found = [{ record: RECORD, sidecar: true }];
    await serviceGone.apply(host, serviceGone.plan(found, args), args, controllerFor({}), found);
    host.done();
  });

  it('takes nothing away from under a program that does not stop', async () => {
    const said = 'service1.service\nFailed to stop service1.service: Operation refused.\n';
    const host = new FakeHost([{ script: /^set -eu\nname=/, args: WORDS, answer: { status: 3, stdout: said } }]);
    const found = [{ record: RECORD, sidecar: true }];
    const changes = serviceGone.plan(found, { keep: [], users: [] });
    const thrown = await thrownBy(serviceGone.apply(host, changes, { keep: [], users: [] }, controllerFor({}), found));
    expect(formatProblem(thrown)).toBe(
      [
        'service1.service of service1 on fake does not stop',
        '    Failed to stop service1.service: Operation refused.',
        '  why:  nothing of the service is taken away from under what still runs',
        '  mend: stop it ("systemctl status service1.service" on the host tells why it goes on), and run this again',
      ].join('\n'),
    );
  });

  it('remembers a service whose endpoint the agent keeps, and says so', async () => {
    const said = 'given up at DELETE endpoint/container-id:mesh-service1: 000 no answer\n';
    const host = new FakeHost([{ script: /^set -eu\nname=/, args: WORDS, answer: { status: 4, stdout: said } }]);
    const found = [{ record: RECORD, sidecar: true }];
    const changes = serviceGone.plan(found, { keep: [], users: [] });
    const thrown = await thrownBy(serviceGone.apply(host, changes, { keep: [], users: [] }, controllerFor({}), found));
    expect(formatProblem(thrown)).toBe(
      [
        'the Cilium agent on fake does not give up the endpoint of service1',
        '    given up at DELETE endpoint/container-id:mesh-service1: 000 no answer',
        '  why:  service1 is stopped and its namespace is gone, but its address stays taken',
        '  mend: see the log of cilium.service there, and run this again',
      ].join('\n'),
    );
  });

  it('reads records back with their sidecars, and leaves alone what is none', async () => {
    const other = { ...RECORD, name: 'service2' };
    const line = (folder: string, sidecar: string, text: string): string =>
      `${folder} ${sidecar} ${Buffer.from(text).toString('base64')}\n`;
    const stdout =
      line('service1', 'envoy', recordText(RECORD)) +
      line('x', 'none', '{"name":"x"}') +
      line('service2', 'none', recordText(other));
    const host = new FakeHost([{ script: /service\.json/, args: [], answer: { stdout } }]);
    expect(await serviceGone.probe(host, { keep: [], users: [] })).toEqual([
      { record: RECORD, sidecar: true },
      { record: other, sidecar: false },
    ]);
  });
});

describe('a record', () => {
  it('that is no JSON is an error that says what to do, and is never taken for no service', () => {
    expect(() => parseRecord('service1', '{"name": "serv\n')).toThrowError(
      expect.objectContaining({
        code: 'broken-record',
        what: 'the record /etc/mesh/service1/service.json is no JSON: "{"name": "serv"',
        why: expect.stringMatching(/^it alone knows what was made for that service, and goes with it \(.*JSON.*\)$/),
        mend: 'write it anew as one line {"name":"service1","unit":"UNIT","made_unit":true,"user":"USER","made_user":true}; made_unit: the unit was made of "command"; made_user: the user was not there before, and may be removed',
      }),
    );
  });

  it('of something else is nobody’s', () => {
    expect(parseRecord('x', 'null')).toBeUndefined();
    expect(parseRecord('x', '{"name":"x"}')).toBeUndefined();
  });
});

describe('service_names', () => {
  const args = {
    namespace: 'mesh-service1',
    names: [{ address: '127.64.1.1', names: ['service2.mesh.internal', 'service2'] }],
    servers: ['192.0.2.1'],
    search: 'mesh.internal',
  };

  it('has only the names that the service may call', () => {
    const changes = serviceNames.plan({ hosts: undefined, 'resolv.conf': undefined }, args);
    expect(changes.map(({ key, after }) => [key, String(after).split('\n').slice(1)])).toEqual([
      ['hosts', ['127.0.0.1 localhost', '127.64.1.1 service2.mesh.internal service2', '']],
      ['resolv.conf', ['nameserver 192.0.2.1', 'search mesh.internal', '']],
    ]);
  });

  it('writes in place: a file that is bound into a running program must stay the same file', async () => {
    const [change] = serviceNames.plan({ hosts: undefined, 'resolv.conf': undefined }, args);
    const host = new FakeHost([
      { argv: ['mkdir', '-p', '-m', '0755', '/etc/netns', '/etc/netns/mesh-service1'] },
      { script: /cat >"\$1"/, args: ['/etc/netns/mesh-service1/hosts'], stdin: String(change?.after) },
    ]);
    await serviceNames.apply(host, change ? [change] : [], args, controllerFor({}), {
      hosts: undefined,
      'resolv.conf': undefined,
    });
    host.done();
  });
});

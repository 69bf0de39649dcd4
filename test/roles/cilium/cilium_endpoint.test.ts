import { describe, expect, it } from 'vitest';
import type { Mapping } from '../../../engine/value.ts';
import ciliumEndpoint from '../../../roles/cilium/modules/cilium_endpoint.ts';
import { type Call, FakeHost } from '../../support/fake.ts';
import { controllerFor } from '../../support/module.ts';
import { thrownBy } from '../../support/thrown.ts';

const NAMES = { name: 'web', address: '10.200.1.10', router: '10.200.1.1', spiffe_id: 'spiffe://td/web' };
const LABELS = ['k8s:io.kubernetes.pod.namespace=vm', 'unspec:spiffe.io/spiffeid=td_web'];
const UNIT = 'mesh-endpoint-web.service';

const ready = (given: Mapping = {}, check = false): Promise<never> =>
  ciliumEndpoint.prepare?.(controllerFor({}, check), {
    ...NAMES,
    state: 'present',
    ...given,
  } as never) as Promise<never>;

interface Actual {
  shown?: string;
  active?: boolean;
  bare?: boolean;
}

const answer = (status: Mapping = {}): string =>
  JSON.stringify({
    id: 7,
    status: {
      state: 'ready',
      identity: { id: 4711, labels: LABELS },
      networking: { addressing: [{ ipv4: '10.200.1.10' }] },
      ...status,
    },
  });
const shown = (status: Mapping = {}): string => `10.200.1.10\n200\n${answer(status)}\n`;

/** What is planned where unit and settings are as they should be, unless the host is bare. */
async function planned({ shown: text = shown(), active = true, bare = false }: Actual, given = {}, check = false) {
  const made = (await ready(given, check)) as { unit: string; settings: string };
  const file = (path: string, content: string): Call => ({
    readFile: path,
    ...(bare ? {} : { answer: { file: content } }),
  });
  const host = new FakeHost([
    file('/etc/systemd/system/mesh-endpoint-web.service', made.unit),
    file('/etc/mesh/web/endpoint', made.settings),
    { argv: ['systemctl', 'is-enabled', UNIT], answer: { stdout: bare ? '' : 'enabled\n', status: bare ? 1 : 0 } },
    { argv: ['systemctl', 'is-active', UNIT], answer: active && !bare ? { stdout: 'active\n' } : { status: 3 } },
    { script: /endpoint show/, args: ['web'], answer: { stdout: bare ? '' : text } },
  ]);
  const changes = ciliumEndpoint.plan(await ciliumEndpoint.probe(host, made as never), made as never);
  return changes.map(({ key, before, after }) => [key, before, after]);
}

const WANTED = 'ready at 10.200.1.10 as td_web';

describe('cilium_endpoint', () => {
  it('leaves an endpoint alone that is as it should be', async () => {
    expect(await planned({})).toEqual([]);
  });

  // Each change of a policy builds endpoints anew, and each start of the agent restores them.
  it.each(['waiting-to-regenerate', 'regenerating', 'restoring'])('leaves one alone that is %s', async (state) => {
    expect(await planned({ shown: shown({ state }) })).toEqual([]);
  });

  it.each<[string, Actual, string | null]>([
    ['the unit is down', { active: false }, WANTED],
    ['the namespace is gone', { shown: `none\n200\n${answer()}\n` }, `${WANTED}, without a namespace`],
    ['the agent lost it', { shown: '10.200.1.10\n404\n\n' }, 'a namespace with 10.200.1.10, without an endpoint'],
    ['both are gone', { shown: 'none\n404\n\n' }, null],
    ['it is not built', { shown: shown({ state: 'not-ready' }) }, 'not-ready at 10.200.1.10 as td_web'],
    ['it has another address', { shown: `10.200.1.11\n200\n${answer()}\n` }, WANTED],
    [
      'the agent knows another address',
      { shown: shown({ networking: { addressing: [{ ipv4: '10.200.1.12' }] } }) },
      'ready at 10.200.1.12 as td_web',
    ],
    ['the agent is down and the namespace gone', { shown: 'none\n000\ncurl: (7)\n' }, null],
  ])('makes it anew when %s', async (_when, actual, before) => {
    expect(await planned(actual)).toEqual([['endpoint', before, WANTED]]);
  });

  it.each<[string, Mapping, string]>([
    ['lost', { id: 5, labels: ['reserved:init'] }, 'ready at 10.200.1.10 as reserved:init'],
    [
      'of another service',
      { id: 4712, labels: [LABELS[0] as string, 'unspec:spiffe.io/spiffeid=td_api'] },
      'ready at 10.200.1.10 as td_api',
    ],
    [
      'more than its own',
      { id: 4713, labels: [...LABELS, 'unspec:admin='] },
      'ready at 10.200.1.10 as td_web, unspec:admin=',
    ],
    ['without that by which peers are selected', { id: 4714, labels: [LABELS[1] as string] }, WANTED],
  ])('gives it its labels back, without a restart, when they are %s', async (_which, identity, before) => {
    expect(await planned({ shown: shown({ identity }) })).toEqual([['labels', before, WANTED]]);
  });

  it('does not restart what it cannot see because the agent is down', async () => {
    const actual = { shown: '10.200.1.10\n000\ncurl: (7) Couldn’t connect\n' };
    const { what, why, mend } = await thrownBy(planned(actual));
    expect([what, why, mend]).toEqual([
      'the Cilium agent does not answer, so it cannot be seen whether web has its endpoint',
      'what runs is left alone: without an agent its policies go on, but nothing new can be made',
      'start cilium.service, and see its log',
    ]);
    expect(await planned(actual, {}, true)).toEqual([]);
  });

  it('plans all of it on a bare host', async () => {
    const changes = await planned({ bare: true }, {}, true);
    expect(changes.map(([key]) => key)).toEqual(['unit', 'settings', 'enabled', 'endpoint']);
  });

  it('takes all away that is left, and nothing where there is nothing', async () => {
    expect(await planned({}, { state: 'absent' })).toEqual([['endpoint', WANTED, null]]);
    expect(await planned({ bare: true }, { state: 'absent' })).toEqual([]);
  });

  it.each([
    [{ address: '$(reboot)' }, '"$(reboot)" is no IPv4 address'],
    [{ router: '10.0.0' }, '"10.0.0" is no IPv4 address'],
    [{ spiffe_id: 'web' }, '"web" is no SPIFFE ID'],
    [{ address: undefined }, 'cilium_endpoint needs "address", "router" and "spiffe_id", unless state is absent'],
  ])('refuses %j before it asks a host', async (given, wanted) => {
    expect((await thrownBy(ready(given as Mapping))).what).toBe(wanted);
  });
});

describe('cilium_endpoint that mends', () => {
  const applied = async (keys: string[], calls: Call[], given: Mapping = {}): Promise<unknown> => {
    const host = new FakeHost(calls);
    const changes = keys.map((key) => ({ key, before: null, after: null }));
    const made = await ready(given);
    const thrown = await ciliumEndpoint
      .apply(host, changes, made, controllerFor({}), {} as never)
      .catch((error: unknown) => error);
    host.done();
    return thrown;
  };
  const LABEL = ['/usr/local/lib/mesh/endpoint', 'label', 'web'];
  const RESTART = ['systemctl', 'restart', UNIT];

  it('labels without a restart', async () => {
    expect(await applied(['labels'], [{ argv: LABEL }])).toBeUndefined();
  });

  it('makes the endpoint anew when it does not take its labels', async () => {
    expect(await applied(['labels'], [{ argv: LABEL, answer: { status: 1 } }, { argv: RESTART }])).toBeUndefined();
  });

  it('says why a service stays down', async () => {
    const thrown = await applied(
      ['endpoint'],
      [
        { argv: RESTART, answer: { status: 1 } },
        {
          argv: ['journalctl', '-q', '-u', UNIT, '-n', '12', '-o', 'cat', '--no-pager'],
          answer: { stdout: 'the endpoint gets no identity: state ready, identity 5\n' },
        },
      ],
    );
    expect(thrown).toMatchObject({
      code: 'no-endpoint',
      what: 'web gets no endpoint on fake, so it stays down',
      details: ['its last log lines:', '  the endpoint gets no identity: state ready, identity 5'],
    });
  });

  const DISABLE: Call = { argv: ['systemctl', 'disable', '--quiet', '--now', UNIT] };
  const DOWN: Call = { script: /endpoint down/, args: ['web'] };

  it('forgets a service whose endpoint is gone', async () => {
    const files = ['/etc/systemd/system/mesh-endpoint-web.service', '/etc/mesh/web/endpoint'];
    const forget: Call[] = [{ argv: ['rm', '-f', '--', ...files] }, { argv: ['systemctl', 'daemon-reload'] }];
    expect(await applied(['endpoint'], [DISABLE, DOWN, ...forget], { state: 'absent' })).toBeUndefined();
  });

  it('remembers a service whose endpoint the agent keeps, and says so', async () => {
    const stderr = 'the agent does not take the endpoint away: 500 no\n';
    const calls = [DISABLE, { ...DOWN, answer: { status: 1, stderr } }];
    expect(await applied(['endpoint'], calls, { state: 'absent' })).toMatchObject({
      code: 'endpoint-kept',
      what: 'the Cilium agent on fake does not give up the endpoint of web',
      details: ['the agent does not take the endpoint away: 500 no'],
      why: 'web is stopped and its namespace is gone, but its address stays taken',
      mend: 'see the log of cilium.service there, and run this again',
    });
  });
});

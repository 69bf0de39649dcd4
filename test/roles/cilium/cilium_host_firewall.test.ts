import { describe, expect, it } from 'vitest';
import type { Mapping } from '../../../engine/value.ts';
import firewall from '../../../roles/cilium/modules/cilium_host_firewall.ts';
import { type Call, FakeHost } from '../../support/fake.ts';
import { controllerFor, runModule } from '../../support/module.ts';

type State = Awaited<ReturnType<typeof firewall.probe>>;
const OFF: State = { on: false, started: true, guard: 'none', covered: false };
const ARGS = { state: 'present', confirm: 60, folder: '/f' } as const;

async function ready(given: Mapping, warned: string[] = []) {
  const controller = { ...controllerFor({}), warn: (text: string) => warned.push(text) };
  const made = await firewall.prepare?.(controller, { ...ARGS, ...given } as never);
  return { controller, made: made as never };
}

async function changes(state: Partial<State>, given: Mapping = {}) {
  return firewall.plan({ ...OFF, ...state }, (await ready(given)).made);
}

async function applied(state: Partial<State>, given: Mapping, calls: Call[]): Promise<string[]> {
  const warned: string[] = [];
  const { controller, made } = await ready(given, warned);
  const host = new FakeHost(calls);
  const all = { ...OFF, ...state };
  await firewall.apply(host, firewall.plan(all, made), made, controller, all);
  host.done();
  return warned;
}

describe('cilium_host_firewall', () => {
  it('has nothing to take away where it is off', async () => {
    expect(await runModule(firewall, { state: 'absent' })).toMatchObject({ changed: false });
  });

  it('reads whether it is on, and whether an agent runs with it', async () => {
    const probed = (stdout: string, guard: string) => {
      const calls = [
        { script: /prepare-cilium unchanged/, answer: { stdout } },
        { script: /armed restored/, answer: { stdout: `${guard}\n` } },
      ];
      return firewall.probe(new FakeHost(calls), undefined as never);
    };
    const on = { on: true, started: true, covered: false };
    expect(await probed('on\nstarted\n', 'none')).toEqual({ ...on, guard: 'none' });
    expect(await probed('covered\n', 'armed')).toEqual({ on: false, started: false, covered: true, guard: 'armed' });
  });

  it('is turned on under a guard that stands before the agent could start with it', async () => {
    expect(await changes({})).toEqual([{ key: 'host firewall', before: 'off', after: 'on' }]);
    const warned = await applied({}, {}, [
      { script: /systemd-run/ },
      { write: '/etc/cilium/host-firewall', text: 'CILIUM_ENABLE_HOST_FIREWALL=true\n' },
    ]);
    expect(warned).toEqual([]);
  });

  it('guards a restart of an agent that has it, and leaves one alone that needs none', async () => {
    const restart = { key: 'restart of the agent', before: 'not guarded', after: 'guarded for 60 s' };
    expect(await changes({ on: true, started: false })).toEqual([restart]);
    expect(await changes({ on: true, started: false, guard: 'armed', covered: true })).toEqual([]);
    expect(await changes({ on: true })).toEqual([]);
    // A guard over policies alone leaves it on.
    expect(await changes({ on: true, started: false, guard: 'armed' })).toEqual([restart]);
    await applied({ on: true, started: false }, {}, [{ script: /systemd-run/ }]);
  });

  it('says once that the host has taken something back, whether there is more to do or not', async () => {
    const forgotten: Call = { argv: ['rm', '-rf', '--', '/var/lib/mesh-policies'] };
    const told = [
      'fake took back what an earlier run changed of its policies for hosts or its host firewall: nobody confirmed it over a new connection in time',
    ];
    const tried = [forgotten, { script: /systemd-run/ }, { write: '/etc/cilium/host-firewall' }];
    expect(await applied({ guard: 'restored' }, {}, tried)).toEqual(told);
    expect(await applied({ guard: 'restored', on: true, started: false }, {}, tried.slice(0, 2))).toEqual(told);
    expect(await applied({ guard: 'restored', on: true }, {}, [forgotten])).toEqual(told);
    expect(await changes({ guard: 'restored' }, { state: 'absent' })).toHaveLength(1);
    expect(await applied({ guard: 'restored' }, { state: 'absent' }, [forgotten])).toEqual(told);
  });

  it('is turned off without a guard', async () => {
    expect(await changes({ on: true }, { state: 'absent' })).toEqual([
      { key: 'host firewall', before: 'on', after: 'off' },
    ]);
    await applied({ on: true }, { state: 'absent' }, [{ argv: ['rm', '-f', '--', '/etc/cilium/host-firewall'] }]);
  });
});

import { hostname as nameOfThis } from 'node:os';
import { describe, expect, it } from 'vitest';
import hostname from '../../../engine/modules/hostname.ts';
import { FakeHost } from '../../support/fake.ts';
import { controllerFor, problemOf, runModule } from '../../support/module.ts';

const vm1 = { name: 'vm1' };

describe('hostname', () => {
  it('leaves a host that has the name, now and for the next boot', () => {
    expect(hostname.plan({ static: 'vm1', running: 'vm1' }, vm1)).toEqual([]);
  });

  it.each([
    ['changes a running name', { static: 'vm1', running: 'debian' }, 'debian'],
    ['changes a name that only the next boot would bring', { static: 'debian', running: 'vm1' }, 'debian'],
    ['gives a name to a host without one', { static: '', running: '(none)' }, '(none)'],
  ])('%s', (_title, state, before) => {
    expect(hostname.plan(state, vm1)).toEqual([{ key: 'hostname', before, after: 'vm1' }]);
  });

  it.each([
    ['reads both names', 'vm1\ndebian\n', { static: 'vm1', running: 'debian' }],
    ['does without the file', '\ndebian\n', { static: '', running: 'debian' }],
  ])('%s', async (_title, stdout, state) => {
    const host = new FakeHost([{ script: /\/etc\/hostname/, answer: { stdout } }]);
    expect(await hostname.probe(host, vm1)).toEqual(state);
  });

  it('sets the name once', async () => {
    const state = { static: 'a', running: 'a' };
    const host = new FakeHost([{ script: /hostnamectl/, args: ['vm1'] }]);
    await hostname.apply(host, hostname.plan(state, vm1), vm1, controllerFor({}), state);
    host.done();
  });

  it('reads the running name of this machine', async () => {
    const { changes } = await runModule(hostname, { name: 'other' }, { check: true });
    expect(changes).toEqual([{ key: 'hostname', before: nameOfThis(), after: 'other' }]);
  });

  it('refuses what can be no name', async () => {
    expect((await problemOf(hostname, { name: 'two words' })).what).toContain('two words');
  });
});

import { describe, expect, it } from 'vitest';
import confirmed from '../../../roles/cilium/modules/cilium_policy_confirmed.ts';
import { FakeHost } from '../../support/fake.ts';
import { controllerFor, runModule } from '../../support/module.ts';
import { thrownBy } from '../../support/thrown.ts';

const apply = (host: FakeHost): Promise<void> => confirmed.apply(host, [], {}, controllerFor({}), 'armed');

describe('cilium_policy_confirmed', () => {
  it('has nothing to do where nothing awaits confirmation', async () => {
    expect(await runModule(confirmed, {})).toMatchObject({ changed: false });
  });

  it('confirms what waits', async () => {
    expect(confirmed.plan('armed', {})).toEqual([
      { key: 'policies', before: 'awaiting confirmation', after: 'confirmed' },
    ]);
    const host = new FakeHost([{ script: /systemctl stop mesh-policies-restore/, args: ['new'] }]);
    await apply(host);
    host.done();
  });

  it('does not take the connection for a new one that the policies were written over', async () => {
    const { what, why, mend } = await thrownBy(apply(new FakeHost([{ script: /./, answer: { status: 3 } }])));
    expect([what, why, mend]).toEqual([
      'fake was asked over the connection that its policies were written over',
      'only a new one shows that the host can still be reached',
      'put "meta: reset_connection" before',
    ]);
  });

  it('fails where the host has taken its policies back', async () => {
    const host = new FakeHost([{ script: /restored/, answer: { stdout: 'restored\n' } }]);
    const { what, why } = await thrownBy(confirmed.probe(host, {}));
    expect(what).toBe('fake has its policies and its host firewall as they were before');
    expect(why).toBe(
      'nobody confirmed the new ones over a new connection in time: with them it could perhaps not be reached',
    );
  });
});

import { describe, expect, it } from 'vitest';
import meshClock from '../../../roles/mesh/modules/mesh_clock.ts';
import { FakeHost } from '../../support/fake.ts';
import { controllerFor, runModule } from '../../support/module.ts';

describe('mesh_clock', () => {
  it('reads a clock that is the controller’s own as no further off than the round trip', async () => {
    const { returns } = await runModule(meshClock, {});
    expect(Math.abs(returns['ahead'] as number)).toBeLessThanOrEqual(returns['within'] as number);
  });

  it('says when what date answers is no time', async () => {
    const host = new FakeHost([{ argv: ['date', '+%s.%N'], answer: { stdout: '1764106380.N\n' } }]);
    await expect(meshClock.ask(host, {}, controllerFor({}))).rejects.toThrow(
      'date answers "1764106380.N\\n", which is no time',
    );
  });
});

import { expect, it } from 'vitest';
import raw from '../../../engine/modules/raw.ts';
import { runModule } from '../../support/module.ts';

it('raw runs a line as it is', async () => {
  expect((await runModule(raw, { cmd: 'echo a && echo b' })).returns).toMatchObject({ rc: 0, stdout: 'a\nb\n' });
});

import { expect, it } from 'vitest';
import shell from '../../../engine/modules/shell.ts';
import { runModule } from '../../support/module.ts';

it('shell runs a line of sh, with its pipes and variables', async () => {
  const { returns } = await runModule(shell, { cmd: 'x=abc; echo $x | tr a-c A-C' });
  expect(returns).toMatchObject({ rc: 0, stdout: 'ABC', stdout_lines: ['ABC'] });
});

it('shell fails with the status of the last program', async () => {
  expect(await runModule(shell, { cmd: 'exit 4' })).toMatchObject({
    failed: 'non-zero return code',
    returns: { rc: 4 },
  });
});

import { describe, expect, it } from 'vitest';
import raw from '../../../engine/modules/raw.ts';
import { runModule } from '../../support/module.ts';

describe('raw', () => {
  it('runs the line in the shell of the connection', async () => {
    const { changed, returns } = await runModule(raw, { cmd: 'echo a | tr a b; echo err >&2' });
    expect(changed).toBe(true);
    expect(returns).toEqual({
      rc: 0,
      stdout: 'b\n',
      stderr: 'err\n',
      stdout_lines: ['b'],
      stderr_lines: ['err'],
    });
  });

  it('runs it in another shell', async () => {
    expect(
      (await runModule(raw, { cmd: '[[ abc == a* ]] && echo yes', executable: '/bin/bash' })).returns.stdout_lines,
    ).toEqual(['yes']);
  });

  it('fails with the status of the line', async () => {
    const { failed, returns } = await runModule(raw, { cmd: 'exit 5' });
    expect([failed, returns.rc]).toEqual(['non-zero return code', 5]);
  });
});

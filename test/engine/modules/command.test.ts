import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import command from '../../../engine/modules/command.ts';
import { runModule, temporaryFolder } from '../../support/module.ts';

const folder = temporaryFolder();

describe('command', () => {
  it('runs words as they are: no shell reads them', async () => {
    const { returns, changed } = await runModule(command, { cmd: `printf '%s|' "a b" '*' ; echo` });
    expect(returns).toMatchObject({ rc: 0, stdout: 'a b|*|;|echo|' });
    expect(changed).toBe(true);
  });

  it('fails with what the program said when its status is not zero', async () => {
    const { failed, returns } = await runModule(command, { argv: ['sh', '-c', 'echo no >&2; exit 3'] });
    expect(failed).toBe('non-zero return code');
    expect(returns).toMatchObject({ rc: 3, stderr: 'no' });
  });

  it('does nothing when what it creates is there', async () => {
    const mark = join(folder, 'mark');
    const args = { argv: ['touch', mark], creates: mark };
    expect((await runModule(command, args)).changed).toBe(true);
    expect((await runModule(command, args)).changed).toBe(false);
  });

  it('gives standard input, and runs in the folder it is told', async () => {
    expect((await runModule(command, { argv: ['cat'], stdin: 'in' })).returns['stdout']).toBe('in');
    expect((await runModule(command, { argv: ['pwd'], chdir: folder })).returns['stdout']).toBe(folder);
  });
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import shell from '../../../engine/modules/shell.ts';
import type { Mapping } from '../../../engine/value.ts';
import { problemOf, runModule, temporaryFolder } from '../../support/module.ts';

const folder = temporaryFolder();

describe('shell', () => {
  it.each<[string, Mapping, string]>([
    ['reads pipes and substitutions', { cmd: 'printf "b\\na\\n" | sort; echo $((1 + 2))' }, 'a\nb\n3'],
    ['takes several lines', { cmd: 'for n in 1 2\ndo echo "$n"\ndone' }, '1\n2'],
    ['keeps quotes as they are', { cmd: `echo "it's" 'a "b"' \\$HOME` }, `it's a "b" $HOME`],
    ['runs in another shell', { cmd: '[[ abc == a* ]] && echo yes', executable: '/bin/bash' }, 'yes'],
    ['runs in a folder', { cmd: 'pwd', chdir: folder }, folder],
    ['hands on standard input', { cmd: 'read -r line; echo "<$line>"', stdin: 'a b' }, '<a b>'],
  ])('%s', async (_title, given, stdout) => {
    expect((await runModule(shell, given)).returns.stdout).toBe(stdout);
  });

  it('fails with the status of the last command', async () => {
    const { failed, returns } = await runModule(shell, { cmd: 'true; exit 4' });
    expect([failed, returns.rc, returns.cmd]).toEqual(['non-zero return code', 4, 'true; exit 4']);
  });

  it('leaves nothing behind for the next', async () => {
    await runModule(shell, { cmd: 'cd /; MESH_PLAY=1; export MESH_PLAY; set -e; exec >/dev/null' });
    expect((await runModule(shell, { cmd: 'echo "<$MESH_PLAY>"' })).returns.stdout).toBe('<>');
  });

  it('does nothing when what it creates is there', async () => {
    writeFileSync(join(folder, 'made'), '');
    const { changed, returns } = await runModule(shell, { cmd: 'exit 1', creates: join(folder, 'made') });
    expect([changed, returns.msg]).toEqual([false, expect.stringContaining('exists')]);
  });

  it('needs a command line', async () => {
    expect((await problemOf(shell, {})).what).toContain('cmd');
  });
});

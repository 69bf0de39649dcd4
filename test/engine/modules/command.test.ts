import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import command from '../../../engine/modules/command.ts';
import type { Mapping } from '../../../engine/value.ts';
import { problemOf, runModule, temporaryFolder } from '../../support/module.ts';

const folder = temporaryFolder();

/** What the program printed. */
const printed = async (given: Mapping): Promise<unknown> => (await runModule(command, given)).returns.stdout;

describe('command', () => {
  it('answers what the program printed and how it ended', async () => {
    const { changed, failed, returns } = await runModule(command, { argv: ['printf', 'a\nb\n\n'] });
    expect([changed, failed]).toEqual([true, undefined]);
    expect(returns).toMatchObject({
      cmd: ['printf', 'a\nb\n\n'],
      rc: 0,
      stdout: 'a\nb',
      stdout_lines: ['a', 'b'],
      stderr: '',
    });
    expect(Object.keys(returns)).toEqual(expect.arrayContaining(['start', 'end', 'delta']));
  });

  it('fails with the status of the program and keeps what it printed', async () => {
    const { failed, returns } = await runModule(command, { argv: ['sh', '-c', 'echo out; echo err >&2; exit 3'] });
    expect(failed).toBe('non-zero return code');
    expect(returns).toMatchObject({ rc: 3, stdout: 'out', stderr: 'err', stderr_lines: ['err'] });
  });

  it.each<[string, Mapping, string, Mapping]>([
    ['no such program', { cmd: 'mesh-play-nosuch -x' }, 'there is no program "mesh-play-nosuch"', { rc: 2 }],
    ['no such path', { argv: ['/mesh play/nosuch'] }, 'there is no program "/mesh play/nosuch"', { rc: 2 }],
    ['a file that is no program', { cmd: '/etc/passwd' }, '"/etc/passwd" may not be run', { rc: 13 }],
    ['only a builtin of the shell of that name', { cmd: 'cd /' }, 'there is no program "cd"', { rc: 2 }],
    [
      'no such folder to run it in',
      { cmd: 'pwd', chdir: '/mesh-play-nosuch' },
      'the folder "/mesh-play-nosuch" to run it in cannot be entered',
      { rc: null, msg: 'Unable to change directory before execution.' },
    ],
  ])('runs nothing, and has changed nothing, where there is %s', async (_title, given, failed, returns) => {
    const ran = await runModule(command, given);
    expect(ran.failed).toBe(failed);
    const usual = { changed: false, msg: 'Error executing command.', stdout: '', stderr: '', stderr_lines: [] };
    expect(ran.returns).toMatchObject({ ...usual, ...returns });
  });

  it('takes the status of a program that ends like a shell that finds none', async () => {
    const { failed, returns } = await runModule(command, { argv: ['sh', '-c', 'exit 127'] });
    expect([failed, returns.rc]).toEqual(['non-zero return code', 127]);
  });

  it.each<[string, Mapping, string]>([
    ['splits words outside of quotes', { cmd: 'printf %s, a "b c" \'d e\'' }, 'a,b c,d e,'],
    ['reads no pipe, glob or substitution', { cmd: 'echo * | cat $(id) ;' }, '* | cat $(id) ;'],
    ['keeps words of a list whole', { argv: ['printf', '%s,', 'a b', "it's", ''] }, "a b,it's,,"],
    ['runs the program and not the shell’s own', { argv: ['env', 'echo', 'x'] }, 'x'],
    [
      'leaves variables that are not set',
      { cmd: 'echo $MESH_PLAY_UNSET ${MESH_PLAY_UNSET}' },
      '$MESH_PLAY_UNSET ${MESH_PLAY_UNSET}',
    ],
    ['leaves variables when told so', { cmd: 'echo $PATH', expand_argument_vars: false }, '$PATH'],
    ['runs in a folder', { cmd: 'pwd', chdir: folder }, folder],
    ['hands on standard input with a line end', { cmd: 'od -An -c', stdin: 'a' }, '   a  \\n'],
    ['hands on standard input as it is', { cmd: 'od -An -c', stdin: 'a', stdin_add_newline: false }, '   a'],
    ['keeps line ends at the end', { argv: ['printf', 'a\n\n'], strip_empty_ends: false }, 'a\n\n'],
  ])('%s', async (_title, given, stdout) => {
    expect(await printed(given)).toBe(stdout);
  });

  it('puts in variables of the host', async () => {
    expect(await printed({ cmd: 'echo "$PATH:${PATH}"' })).toMatch(/^(\/.*):\1$/);
  });

  it('needs a program', async () => {
    expect((await problemOf(command, { cmd: '  ' })).what).toContain('no program');
    expect((await problemOf(command, {})).what).toContain('cmd');
    expect((await problemOf(command, { cmd: 'a', argv: ['a'] })).what).toContain('argv');
  });
});

describe('command with creates or removes', () => {
  const made = join(folder, 'made');

  it('runs only while what it creates is not there', async () => {
    const first = await runModule(command, { argv: ['touch', made], creates: made });
    expect([first.changed, existsSync(made)]).toEqual([true, true]);
    const second = await runModule(command, { argv: ['touch', join(folder, 'again')], creates: made });
    expect([second.changed, second.returns.msg]).toEqual([false, `skipped, since ${made} exists`]);
    expect(existsSync(join(folder, 'again'))).toBe(false);
  });

  it('runs only while what it removes is there', async () => {
    const gone = join(folder, 'gone');
    writeFileSync(gone, '');
    const remove = { argv: ['rm', gone], removes: gone };
    expect((await runModule(command, remove)).changed).toBe(true);
    expect((await runModule(command, remove)).returns.msg).toBe(`skipped, since ${gone} does not exist`);
  });

  it('takes globs, from the folder it runs in', async () => {
    mkdirSync(join(folder, 'inner'));
    writeFileSync(join(folder, 'inner/a.done'), '');
    const inner = { cmd: 'true', chdir: join(folder, 'inner') };
    expect((await runModule(command, { ...inner, creates: '*.done' })).changed).toBe(false);
    expect((await runModule(command, { ...inner, creates: '*.other' })).changed).toBe(true);
  });

  it('knows a path with spaces', async () => {
    writeFileSync(join(folder, 'two words'), '');
    expect((await runModule(command, { cmd: 'true', creates: join(folder, 'two words') })).changed).toBe(false);
  });
});

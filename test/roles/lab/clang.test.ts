import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../support/module.ts';

/** Notes what it is asked; it compiles to upper case, and refuses "bad". */
const CLANG = `#!/bin/sh
for last; do case $last in *.c) file=$last ;; esac; done
case " $* " in
*' --version '*) echo version ;;
*' -E '*) sed s/NUMBER/$NUMBER/ "$file" ;;
*) echo "compiled $*" >>"$LOG"; ! grep -q bad "$file" || { echo 'it is bad' >&2; exit 3; }; sed s/NUMBER/$NUMBER/ "$file" | tr a-z A-Z ;;
esac
`;

function compiler() {
  const folder = temporaryFolder();
  const [kept, file, log] = ['kept', 'one.c', 'log'].map((name) => join(folder, name)) as [string, string, string];
  mkdirSync(kept);
  writeFileSync(join(folder, 'clang'), CLANG, { mode: 0o755 });
  writeFileSync(log, '');
  const env = { ...process.env, LAB_CLANG: join(folder, 'clang'), LAB_COMPILED: kept, LOG: log };
  const run = (words: string[], number = '1') => {
    const said = spawnSync('sh', ['roles/lab/files/clang', ...words], {
      env: { ...env, NUMBER: number },
      encoding: 'utf8',
    });
    return [said.status, said.stdout, said.stderr];
  };
  return {
    run,
    compile: (text: string, { number = '1', flag = '-O2' } = {}) => {
      writeFileSync(file, text);
      return run([flag, '-c', file, '-o', '-'], number);
    },
    compiled: () => readFileSync(log, 'utf8').split('\n').length - 1,
    kept: () => readdirSync(kept),
    env,
    folder,
  };
}

it('clang of a lab compiles a text once', () => {
  const { compile, compiled } = compiler();
  expect([compile('one NUMBER'), compile('one NUMBER')]).toEqual([
    [0, 'ONE 1', ''],
    [0, 'ONE 1', ''],
  ]);
  expect(compiled()).toBe(1);
});

it('clang of a lab compiles anew what is another text after it was preprocessed, and by other words', () => {
  const { compile, compiled } = compiler();
  const all = [compile('one NUMBER'), compile('one NUMBER', { number: '2' }), compile('one NUMBER', { flag: '-O1' })];
  expect(all.map(([, out]) => out)).toEqual(['ONE 1', 'ONE 2', 'ONE 1']);
  expect(compiled()).toBe(3);
});

it('clang of a lab compiles anew with another clang', () => {
  const { compile, compiled, env } = compiler();
  compile('one');
  execFileSync('touch', ['-d', '2001-01-01', env.LAB_CLANG]);
  expect(compile('one')).toEqual([0, 'ONE', '']);
  expect(compiled()).toBe(2);
});

it('clang of a lab says what clang says of what it refuses, each time, and keeps nothing', () => {
  const { compile, kept } = compiler();
  for (let i = 0; i < 2; i++) expect(compile('bad')).toEqual([3, '', 'it is bad\n']);
  expect(kept()).toEqual([]);
});

it('clang of a lab is clang for all else', () => {
  const { run, kept } = compiler();
  expect(run(['--version'])).toEqual([0, 'version\n', '']);
  expect(kept()).toEqual([]);
});

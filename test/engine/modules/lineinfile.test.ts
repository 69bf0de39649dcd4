import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import lineinfile from '../../../engine/modules/lineinfile.ts';
import type { Mapping } from '../../../engine/value.ts';
import { problemOf, runModule, settles, temporaryFolder } from '../../support/module.ts';

const path = join(temporaryFolder(), 'file');

/** The file after the module made it right. */
async function edited(before: string, args: Mapping): Promise<string> {
  writeFileSync(path, before);
  await settles(lineinfile, { path, ...args });
  return readFileSync(path, 'utf8');
}

it.each<[string, string, Mapping, string]>([
  ['adds at the end, after a line without its end', 'a\nb', { line: 'c' }, 'a\nb\nc\n'],
  ['leaves a line that is there', 'a\nb\n', { line: 'a' }, 'a\nb\n'],
  ['replaces the last match', 'x=1\nx=2\n', { line: 'x=3', regexp: '^x=' }, 'x=1\nx=3\n'],
  ['replaces the first match', 'x=1\nx=2\n', { line: 'x=3', regexp: '^x=', firstmatch: true }, 'x=3\nx=2\n'],
  ['adds none when regexp finds nothing but the line is there', 'b\na\n', { line: 'b', regexp: '^z' }, 'b\na\n'],
  ['replaces by search_string', 'a.b\naxb\n', { line: 'c', search_string: 'a.b' }, 'c\naxb\n'],
  ['inserts after the last match', 'a\nb\na\nc\n', { line: 'n', insertafter: '^a' }, 'a\nb\na\nn\nc\n'],
  ['inserts after the first match', 'a\nb\na\n', { line: 'n', insertafter: '^a', firstmatch: true }, 'a\nn\nb\na\n'],
  ['inserts before a match', 'a\nb\n', { line: 'n', insertbefore: '^b' }, 'a\nn\nb\n'],
  ['inserts at the beginning', 'a\n', { line: 'n', insertbefore: 'BOF' }, 'n\na\n'],
  ['adds at the end when no anchor matches', 'a\n', { line: 'n', insertbefore: '^z' }, 'a\nn\n'],
  ['fills groups', 'k = v\n', { line: '\\1 = w', regexp: '^(k) = (?!w)', backrefs: true }, 'k = w\n'],
  ['leaves the file without a match for backrefs', 'a\n', { line: '\\1', regexp: '^(z)', backrefs: true }, 'a\n'],
  ['keeps backslashes without backrefs', 'a\n', { line: '\\1', regexp: '^a|1' }, '\\1\n'],
  ['removes all that match', 'a1\nb\na2\n', { state: 'absent', regexp: '^a' }, 'b\n'],
  ['removes the whole line only', 'a\nab\n', { state: 'absent', line: 'a' }, 'ab\n'],
  ['removes by search_string', 'a\nab\nc\n', { state: 'absent', search_string: 'a' }, 'c\n'],
])('%s', async (_name, before, args, after) => {
  expect(await edited(before, args)).toBe(after);
});

it('makes a missing file with create only, and its mode', async () => {
  const missing = `${path}.new`;
  expect((await problemOf(lineinfile, { path: missing, line: 'a' })).code).toBe('missing-file');
  expect((await runModule(lineinfile, { path: missing, state: 'absent', line: 'a' })).changed).toBe(false);
  const { changes } = await settles(lineinfile, { path: missing, line: 'a', create: true, mode: '0600' });
  expect(changes.map(({ key }) => key)).toEqual(['content', 'mode']);
});

it('keeps a copy, and the old file when the new one is refused', async () => {
  writeFileSync(path, 'a\n');
  const { returns } = await settles(lineinfile, { path, line: 'b', backup: true });
  expect(existsSync(String(returns.backup))).toBe(true);
  const refused = await problemOf(lineinfile, { path, line: 'c', validate: 'grep -q nothing %s' });
  expect([refused.code, readFileSync(path, 'utf8')]).toEqual(['validation-failed', 'a\nb\n']);
});

it('refuses what makes no sense', async () => {
  expect((await problemOf(lineinfile, { path })).what).toContain('"line"');
  expect((await problemOf(lineinfile, { path, line: 'x', backrefs: true })).what).toContain('"regexp"');
});

it('answers how many lines it took away', async () => {
  writeFileSync(path, 'a1\nb\na2\n');
  const args = { path, state: 'absent', regexp: '^a' };
  expect((await settles(lineinfile, args)).returns).toMatchObject({ found: 2 });
  expect((await settles(lineinfile, args)).returns).toMatchObject({ found: 0 });
});

it('says what it did in the words of Ansible, which roles look for', async () => {
  const path = join(temporaryFolder(), 'f');
  writeFileSync(path, 'a=1\nb=2\nb=3');
  const said = async (given: Mapping): Promise<unknown[]> => {
    const { returns } = await runModule(lineinfile, { path, ...given });
    return [returns.msg, returns.found];
  };
  expect(await said({ line: 'c=4' })).toEqual(['line added', undefined]);
  expect(await said({ line: 'a=5', regexp: '^a=' })).toEqual(['line replaced', undefined]);
  expect(await said({ line: 'a=5', mode: '0600' })).toEqual([
    'ownership, perms or SE linux context changed',
    undefined,
  ]);
  expect(await said({ line: 'a=5' })).toEqual(['', undefined]);
  expect(await said({ regexp: '^b=', state: 'absent' })).toEqual(['2 line(s) removed', 2]);
  expect(await said({ regexp: '^b=', state: 'absent' })).toEqual(['', 0]);
});

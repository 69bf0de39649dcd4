import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import replace from '../../../engine/modules/replace.ts';
import type { Mapping } from '../../../engine/value.ts';
import { problemOf, runModule, settles, temporaryFolder } from '../../support/module.ts';

const path = join(temporaryFolder(), 'file');

/** The file after the module replaced in it. */
async function edited(before: string | Buffer, args: Mapping): Promise<string> {
  writeFileSync(path, before);
  await runModule(replace, { path, ...args });
  return readFileSync(path, 'latin1');
}

const BLOCKS = 'a 1\n<one>\na 2\n</one>\na 3\n<one>\na 4\n</one>\n';

// What ansible-core 2.19's module made of the same files.
it.each<[string, string, Mapping, string]>([
  ['replaces all matches', 'a.b\na.b a.b\n', { regexp: 'a\\.b', replace: 'c' }, 'c\nc c\n'],
  ['removes what matches without replace', 'a\nb\na\n', { regexp: '^a\\n' }, 'b\n'],
  [
    'fills groups by number and name',
    'k = v\n',
    { regexp: '^(?P<k>\\w+) = (\\w+)$', replace: '\\g<k>=\\2\\g<1>' },
    'k=vk\n',
  ],
  ['matches ^ and $ at each line', 'a\nb\n', { regexp: '^(.+)$', replace: '# \\1' }, '# a\n# b\n'],
  ['ends lines at line feeds only', 'a\r\nb\r\n', { regexp: '^(.+)$', replace: '[\\1]' }, '[a\r]\n[b\r]\n'],
  ['takes a carriage return for no line end', 'a\r\nb\rc\n', { regexp: 'a$|^c', replace: 'x' }, 'a\r\nb\rc\n'],
  ['matches no line end with a dot', 'a\nb\n', { regexp: 'a.b', replace: 'c' }, 'a\nb\n'],
  ['replaces empty matches too', 'abxd', { regexp: 'x*', replace: '-' }, '-a-b--d-'],
  ['writes escapes out', 'a b\n', { regexp: ' ', replace: '\\n\\t' }, 'a\n\tb\n'],
  [
    'replaces after a match',
    BLOCKS,
    { regexp: '^a', replace: 'A', after: '<one>' },
    'a 1\n<one>\nA 2\n</one>\nA 3\n<one>\nA 4\n</one>\n',
  ],
  [
    'replaces before the last match',
    BLOCKS,
    { regexp: '^a', replace: 'A', before: '<one>' },
    'A 1\n<one>\nA 2\n</one>\nA 3\n<one>\na 4\n</one>\n',
  ],
  [
    'replaces between the first matches',
    BLOCKS,
    { regexp: '^a', replace: 'A', after: '<one>', before: '</one>' },
    'a 1\n<one>\nA 2\n</one>\na 3\n<one>\na 4\n</one>\n',
  ],
  [
    'takes (?m) in after',
    BLOCKS,
    { regexp: '\\d', replace: 'x', after: '(?m)^<one>$', before: '</one>' },
    'a 1\n<one>\na x\n</one>\na 3\n<one>\na 4\n</one>\n',
  ],
  ['leaves the file where before and after match nothing', 'a\n', { regexp: 'a', replace: 'b', after: 'z' }, 'a\n'],
])('%s', async (_name, before, args, after) => {
  expect(await edited(before, args)).toBe(after);
});

it('keeps bytes that are no UTF-8, and reads the encoding it is told', async () => {
  const latin = Buffer.from('caf\xe9 a\n', 'latin1');
  expect(await edited(latin, { regexp: 'a$', replace: 'b' })).toBe('caf\xe9 b\n');
  expect(await edited(latin, { regexp: 'é', replace: 'e', encoding: 'latin-1' })).toBe('cafe a\n');
  const wide = await edited(Buffer.from('ab\n', 'utf16le'), { regexp: 'ab$', replace: 'é', encoding: 'UTF-16-LE' });
  expect(Buffer.from(wide, 'latin1').toString('utf16le')).toBe('é\n');
  expect((await problemOf(replace, { path, regexp: 'a', encoding: 'koi8-r' })).what).toBe(
    'replace cannot read a file that is written in "koi8-r"',
  );
});

it('changes each time where the expression matches what it put, without failing', async () => {
  writeFileSync(path, 'a\n');
  for (const after of ['aa\n', 'aaa\n']) {
    const { changed, remaining } = await runModule(replace, { path, regexp: '^a', replace: 'aa' });
    expect([changed, remaining, readFileSync(path, 'utf8')]).toEqual([true, [], after]);
  }
});

it('says what it did in the words of Ansible', async () => {
  writeFileSync(path, 'a\na\n');
  const said = async (given: Mapping): Promise<unknown> => (await settles(replace, { path, ...given })).returns;
  expect(await said({ regexp: 'a', replace: 'b', mode: '0600' })).toEqual({
    rc: 0,
    msg: '2 replacements made and ownership, perms or SE linux context changed',
  });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(await said({ regexp: 'a', replace: 'b' })).toEqual({ rc: 0, msg: '' });
  expect(await said({ regexp: 'b', mode: '0644' })).toEqual({
    rc: 0,
    msg: '2 replacements made and ownership, perms or SE linux context changed',
  });
  expect(await said({ regexp: 'a', after: 'x(' }).catch((thrown) => thrown.code)).toBe('bad-regular-expression');
});

it('leaves mode and owner alone where before and after match nothing', async () => {
  writeFileSync(path, 'a\n', { mode: 0o644 });
  const { changed, returns } = await runModule(replace, { path, regexp: 'a', after: 'x', before: 'y', mode: '0600' });
  expect(changed).toBe(false);
  expect(returns).toEqual({
    rc: 0,
    msg: 'Pattern for before/after params did not match the given file: x(?P<subsection>.*?)y',
  });
});

it('keeps a copy, and the old file when the new one is refused', async () => {
  writeFileSync(path, 'a\n');
  const { returns } = await settles(replace, { path, regexp: 'a', replace: 'b', backup: true });
  expect(existsSync(String(returns['backup_file']))).toBe(true);
  const refused = await problemOf(replace, { path, regexp: 'b', replace: 'c', validate: 'grep -q nothing %s' });
  expect([refused.code, readFileSync(path, 'utf8')]).toEqual(['validation-failed', 'b\n']);
});

it('changes nothing in check mode, and fails where no file is', async () => {
  writeFileSync(path, 'a\n');
  const { changes } = await runModule(replace, { path, regexp: 'a', replace: 'b' }, { check: true });
  expect(changes).toEqual([{ key: 'content', before: 'a\n', after: 'b\n', text: true, once: true }]);
  expect(readFileSync(path, 'utf8')).toBe('a\n');
  expect((await problemOf(replace, { path: `${path}.no`, regexp: 'a' })).what).toBe(`${path}.no is not there`);
  expect((await problemOf(replace, { path: temporaryFolder(), regexp: 'a' })).code).toBe('is-a-folder');
});

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import blockinfile from '../../../engine/modules/blockinfile.ts';
import type { Mapping } from '../../../engine/value.ts';
import { problemOf, runModule, settles, temporaryFolder } from '../../support/module.ts';

const path = join(temporaryFolder(), 'file');
const marker = '# {mark}';

async function edited(before: string, args: Mapping): Promise<string> {
  writeFileSync(path, before);
  await settles(blockinfile, { path, marker, ...args });
  return readFileSync(path, 'utf8');
}

const B = '# BEGIN\nx\n# END\n';

it.each<[string, string, Mapping, string]>([
  ['adds at the end, after a line without its end', 'a', { block: 'x' }, `a\n${B}`],
  ['leaves a block that is there', `a\n${B}b\n`, { block: 'x\n' }, `a\n${B}b\n`],
  ['replaces it where it is', 'a\n# BEGIN\ny\nz\n# END\nb\n', { content: 'x', insertbefore: 'BOF' }, `a\n${B}b\n`],
  ['replaces between markers in the wrong order', 'a\n# END\ny\n# BEGIN\nb\n', { block: 'x' }, `a\n${B}b\n`],
  ['adds when one marker is missing', '# BEGIN\na\n', { block: 'x' }, `# BEGIN\na\n${B}`],
  ['removes it', `a\n${B}b\n`, { state: 'absent' }, 'a\nb\n'],
  ['removes it when the block is empty', `a\n${B}b\n`, { block: '' }, 'a\nb\n'],
  ['inserts after the last match', 'a\na\nb\n', { block: 'x', insertafter: '^a' }, `a\na\n${B}b\n`],
  ['inserts before the last match', 'a\nb\n', { block: 'x', insertbefore: '^b' }, `a\n${B}b\n`],
  ['inserts at the beginning', 'a\n', { block: 'x', insertbefore: 'BOF' }, `${B}a\n`],
  ['goes to the end when nothing matches', 'a\n', { block: 'x', insertbefore: 'z' }, `a\n${B}`],
  ['finds an expression of two lines', 'a\nb\nc\n', { block: 'x', insertafter: '(?m)^a\\nb$' }, `a\nb\n${B}c\n`],
  [
    'keeps empty lines around',
    'a\nb\n',
    { block: 'x', insertafter: 'a', prepend_newline: true, append_newline: true },
    `a\n\n${B}\nb\n`,
  ],
  ['adds none at the ends of the file', '', { block: 'x', prepend_newline: true, append_newline: true }, B],
  ['takes other words', '', { block: 'x', marker_begin: 'FROM', marker_end: 'TO' }, '# FROM\nx\n# TO\n'],
])('%s', async (_name, before, args, after) => {
  expect(await edited(before, args)).toBe(after);
});

it('uses the markers of Ansible', async () => {
  writeFileSync(path, '');
  await settles(blockinfile, { path, block: 'x' });
  expect(readFileSync(path, 'utf8')).toBe('# BEGIN ANSIBLE MANAGED BLOCK\nx\n# END ANSIBLE MANAGED BLOCK\n');
});

it('makes a missing file with create only, and its mode', async () => {
  const missing = `${path}.new`;
  expect((await problemOf(blockinfile, { path: missing, block: 'x' })).code).toBe('missing-file');
  expect((await runModule(blockinfile, { path: missing, state: 'absent' })).changed).toBe(false);
  const { changes, returns } = await settles(blockinfile, { path: missing, block: 'x', create: true, mode: '0600' });
  expect([changes.map(({ key }) => key), returns.msg]).toEqual([['content', 'mode'], 'File created']);
});

it('keeps a copy, and the old file when the new one is refused', async () => {
  writeFileSync(path, 'a\n');
  const { returns } = await settles(blockinfile, { path, marker, block: 'x', backup: true });
  expect([returns.msg, readFileSync(String(returns.backup_file), 'utf8')]).toEqual(['Block inserted', 'a\n']);
  const refused = await problemOf(blockinfile, { path, marker, block: 'y', validate: 'grep -q nothing %s' });
  expect([refused.code, readFileSync(path, 'utf8')]).toEqual(['validation-failed', `a\n${B}`]);
});

it('changes nothing in check mode', async () => {
  const { changed } = await runModule(blockinfile, { path: `${path}.no`, block: 'x', create: true }, { check: true });
  expect([changed, existsSync(`${path}.no`)]).toEqual([true, false]);
});

it('refuses markers that are alike', async () => {
  expect((await problemOf(blockinfile, { path, block: 'x', marker: '# same' })).code).toBe('wrong-argument');
});

it('takes the block out of a file whose last line has no end, once', async () => {
  const path = join(temporaryFolder(), 'f');
  writeFileSync(path, 'a\n# BEGIN ANSIBLE MANAGED BLOCK\nb\n# END ANSIBLE MANAGED BLOCK\nlast');
  expect((await settles(blockinfile, { path, block: '' })).returns.msg).toBe('Block removed');
  expect(readFileSync(path, 'utf8')).toBe('a\nlast');
});

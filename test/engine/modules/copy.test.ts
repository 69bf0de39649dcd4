import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import copy from '../../../engine/modules/copy.ts';
import { problemOf, runModule, settles, temporaryFolder } from '../../support/module.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const text = (name: string): string => readFileSync(at(name), 'utf8');
const mode = (name: string): string => (statSync(at(name)).mode & 0o7777).toString(8);

it('puts a text, shows the lines, and keeps the old file with backup', async () => {
  const args = { content: 'one\n', dest: at('text'), mode: '0640' };
  expect((await settles(copy, args)).changes[0]).toMatchObject({ key: 'content', before: null, after: 'one\n' });
  const { returns } = await settles(copy, { ...args, content: 'two\n', backup: true });
  expect([text('text'), mode('text')]).toEqual(['two\n', '640']);
  expect(readFileSync(String(returns.backup_file), 'utf8')).toBe('one\n');
});

it('writes a dictionary as JSON, and no text into a folder', async () => {
  await settles(copy, { content: { a: 1 }, dest: at('json') });
  expect(JSON.parse(text('json'))).toEqual({ a: 1 });
  await settles(copy, { content: true, dest: at('truth') });
  expect(text('truth')).toBe('True');
  expect((await problemOf(copy, { content: 'x', dest: folder })).code).toBe('is-a-folder');
});

it('puts a file into a folder under its name, with its mode when that is preserved', async () => {
  writeFileSync(at('script'), 'x', { mode: 0o755 });
  mkdirSync(at('into'));
  const { returns } = await settles(copy, { src: at('script'), dest: at('into'), mode: 'preserve' });
  expect([returns.dest, mode('into/script')]).toEqual([at('into/script'), '755']);
  await settles(copy, { src: at('script'), dest: `${at('new/deep')}/`, directory_mode: '0700' });
  expect([text('new/deep/script'), mode('new')]).toEqual(['x', '700']);
  expect((await problemOf(copy, { src: at('script'), dest: at('missing/x') })).code).toBe('no-folder');
});

it('leaves a file that is there with force: false, and the link with follow', async () => {
  writeFileSync(at('kept'), 'mine');
  expect((await runModule(copy, { content: 'x', dest: at('kept'), force: false })).changed).toBe(false);
  symlinkSync(at('kept'), at('link'));
  await settles(copy, { content: 'through', dest: at('link'), follow: true });
  expect([text('kept'), lstatSync(at('link')).isSymbolicLink()]).toEqual(['through', true]);
  await settles(copy, { content: 'own', dest: at('link') });
  expect([text('kept'), lstatSync(at('link')).isSymbolicLink()]).toEqual(['through', false]);
});

it('does not put what the command refuses', async () => {
  const args = { content: 'bad', dest: at('checked'), validate: 'grep -q good %s' };
  expect((await problemOf(copy, args)).code).toBe('validation-failed');
  expect(existsSync(at('checked'))).toBe(false);
  expect((await problemOf(copy, { ...args, validate: 'true' })).code).toBe('wrong-argument');
});

it('puts a folder as a whole, or only what is in it after a slash', async () => {
  mkdirSync(at('src/sub/empty'), { recursive: true });
  writeFileSync(at('src/one'), '1');
  writeFileSync(at('src/sub/two'), '2', { mode: 0o755 });
  const args = { dest: at('dst'), directory_mode: '0750', mode: '0640' };
  await settles(copy, { ...args, src: at('src') });
  expect([text('dst/src/sub/two'), mode('dst/src/sub/two'), mode('dst/src/sub/empty')]).toEqual(['2', '640', '750']);
  await settles(copy, { ...args, src: `${at('src')}/`, mode: 'preserve' });
  expect([readdirSync(at('dst')).sort(), mode('dst/sub/two')]).toEqual([['one', 'src', 'sub'], '755']);
  writeFileSync(at('src/one'), 'changed');
  const { changes } = await settles(copy, { ...args, src: `${at('src')}/`, mode: 'preserve' });
  expect(changes.map(({ key }) => key)).toEqual(['one content']);
});

it('copies on the host with remote_src', async () => {
  await settles(copy, { src: at('script'), dest: at('remote'), remote_src: true, mode: 'preserve' });
  expect([text('remote'), mode('remote')]).toEqual(['x', '755']);
  await settles(copy, { src: at('src'), dest: at('far'), remote_src: true });
  await settles(copy, { src: `${at('src')}/`, dest: at('flat'), remote_src: true });
  expect([text('far/src/sub/two'), existsSync(at('flat/sub/empty'))]).toEqual(['2', true]);
  expect((await problemOf(copy, { src: at('none'), dest: at('x'), remote_src: true })).code).toBe('missing-file');
});

it('gives what it copies on the host the modes of its source, and mode to the folder itself', async () => {
  mkdirSync(at('from/shut'), { recursive: true });
  writeFileSync(at('from/shut/key'), 'k', { mode: 0o600 });
  writeFileSync(at('from/tool'), 't', { mode: 0o755 });
  chmodSync(at('from/shut'), 0o500);
  chmodSync(at('from'), 0o711);
  await settles(copy, { src: at('from'), dest: at('to'), remote_src: true });
  const modes = (top: string): string[] => [top, `${top}/shut`, `${top}/shut/key`, `${top}/tool`].map(mode);
  expect(modes('to/from')).toEqual(['711', '500', '600', '755']);
  await settles(copy, { src: `${at('from')}/`, dest: at('to/from'), remote_src: true, mode: '0750' });
  expect(modes('to/from')).toEqual(['750', '500', '600', '755']);
  // A file without a mode is a new file, as the umask has it.
  await settles(copy, { src: at('from/tool'), dest: at('plain'), remote_src: true });
  expect(mode('plain')).toBe('644');
});

it('owns all that it copied on the host, what was there before too', async () => {
  const foreign = process.getuid?.() === 0 ? 65534 : process.getuid?.();
  mkdirSync(at('a/b'), { recursive: true });
  writeFileSync(at('a/b/c'), '1');
  await settles(copy, { src: `${at('a')}/`, dest: at('owned'), remote_src: true });
  await settles(copy, { src: `${at('a')}/`, dest: at('owned'), remote_src: true, owner: String(foreign) });
  expect(['owned', 'owned/b', 'owned/b/c'].map((name) => statSync(at(name)).uid)).toEqual(Array(3).fill(foreign));
});

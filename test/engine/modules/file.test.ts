import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import file from '../../../engine/modules/file.ts';
import { problemOf, runModule, settles, temporaryFolder } from '../../support/module.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const mode = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

it('makes a folder and those above it, all with the mode', async () => {
  const { changes, returns } = await settles(file, { path: at('a/b/'), state: 'directory', mode: '0750' });
  expect(changes.map(({ key }) => key)).toEqual(['state', 'mode']);
  expect([mode(at('a')), mode(at('a/b'))]).toEqual(['750', '750']);
  expect(returns).toMatchObject({ path: at('a/b'), state: 'directory', mode: '0750' });
});

it('goes down a folder with recurse, through links too', async () => {
  mkdirSync(at('tree/sub'), { recursive: true });
  writeFileSync(at('tree/sub/x y'), '');
  writeFileSync(at('outside'), '', { mode: 0o644 });
  symlinkSync(at('outside'), at('tree/link'));
  await settles(file, { path: at('tree'), state: 'directory', recurse: true, mode: 'u=rwX,g=rX,o=' });
  expect([mode(at('tree/sub')), mode(at('tree/sub/x y')), mode(at('outside'))]).toEqual(['750', '640', '640']);
});

it('leaves what links lead to with follow: false', async () => {
  mkdirSync(at('tree2'));
  writeFileSync(at('outside2'), '', { mode: 0o644 });
  symlinkSync(at('outside2'), at('tree2/link'));
  await settles(file, { path: at('tree2'), state: 'directory', recurse: true, mode: '0700', follow: false });
  expect(mode(at('outside2'))).toBe('644');
});

it('touches: makes an empty file, then is changed each time unless times are preserved', async () => {
  const args = { path: at('touched'), state: 'touch', mode: '0600' };
  expect((await runModule(file, args)).changes[0]).toMatchObject({ key: 'state', after: 'file' });
  expect((await runModule(file, args)).changes).toMatchObject([{ once: true }, { once: true }]);
  const kept = { ...args, modification_time: 'preserve', access_time: 'preserve' };
  expect((await runModule(file, kept)).changed).toBe(false);
});

it('makes links, turns them, and wants force for one that leads nowhere', async () => {
  writeFileSync(at('one'), '', { mode: 0o644 });
  await settles(file, { src: 'one', dest: at('link'), state: 'link', mode: '0600' });
  expect([readlinkSync(at('link')), mode(at('one'))]).toEqual(['one', '600']);
  expect(await problemOf(file, { src: 'none', dest: at('link'), state: 'link' })).toMatchObject({
    code: 'wrong-state',
  });
  await settles(file, { src: at('none'), dest: at('link'), state: 'link', force: true });
  expect(readlinkSync(at('link'))).toBe(at('none'));
});

it('replaces a file or an empty folder by a link only with force', async () => {
  writeFileSync(at('plain'), '');
  mkdirSync(at('empty'));
  mkdirSync(at('full/x'), { recursive: true });
  const link = (dest: string, force: boolean) => ({ src: at('one'), dest: at(dest), state: 'link', force });
  expect((await problemOf(file, link('plain', false))).code).toBe('wrong-state');
  await settles(file, link('plain', true));
  await settles(file, link('empty', true));
  expect(lstatSync(at('empty')).isSymbolicLink()).toBe(true);
  expect((await problemOf(file, link('full', true))).what).toContain('with something in it');
});

it('makes a hard link', async () => {
  await settles(file, { src: at('one'), dest: at('hard'), state: 'hard' });
  expect(statSync(at('hard')).ino).toBe(statSync(at('one')).ino);
  writeFileSync(at('other'), '');
  expect((await problemOf(file, { src: at('other'), dest: at('hard'), state: 'hard' })).code).toBe('wrong-state');
});

it('removes folders with all in them, and a link without what it leads to', async () => {
  symlinkSync(at('tree'), at('to-tree'));
  await settles(file, { path: at('to-tree/'), state: 'absent' });
  expect(existsSync(at('tree/sub'))).toBe(true);
  const { returns } = await settles(file, { path: at('tree'), state: 'absent' });
  expect([existsSync(at('tree')), returns.state]).toEqual([false, 'absent']);
});

it('does not make a file, and refuses recurse and src where they mean nothing', async () => {
  expect((await problemOf(file, { path: at('no'), state: 'file' })).what).toContain('is not there');
  expect((await problemOf(file, { path: at('no') })).what).toContain('is not there');
  expect((await problemOf(file, { path: at('one'), recurse: true })).code).toBe('wrong-argument');
  expect((await problemOf(file, { path: at('one'), state: 'file', src: 'x' })).code).toBe('wrong-argument');
});

it('tells in check mode what it would do, and does nothing', async () => {
  const { changes } = await runModule(file, { path: at('checked'), state: 'directory' }, { check: true });
  expect([changes.length, existsSync(at('checked'))]).toEqual([1, false]);
});

it('takes the set-gid bit of a folder away, and of those below it', async () => {
  mkdirSync(at('shared/below'), { recursive: true });
  for (const name of ['shared', 'shared/below']) chmodSync(at(name), 0o2775);
  await settles(file, { path: at('shared'), state: 'directory', mode: '0755' });
  await settles(file, { path: at('shared'), state: 'directory', mode: 'u=rwx,g=rx,o=', recurse: true });
  expect([mode(at('shared')), mode(at('shared/below'))]).toEqual(['750', '750']);
  chmodSync(at('shared'), 0o2775);
  await settles(file, { path: at('shared/made'), state: 'directory', mode: '0755' });
  expect(mode(at('shared/made'))).toBe('755');
});

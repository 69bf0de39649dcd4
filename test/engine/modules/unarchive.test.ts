import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import unarchive from '../../../engine/modules/unarchive.ts';
import { problemOf, runModule, settles, temporaryFolder } from '../../support/module.ts';
import { webServer } from '../../support/web.ts';

const folder = temporaryFolder();
const at = (...names: string[]): string => join(folder, ...names);
const mode = (...names: string[]): string => (statSync(at(...names)).mode & 0o7777).toString(8);
const NAME = 'a "quoted" é [1] -> b';

mkdirSync(at('app/conf'), { recursive: true });
writeFileSync(at('app/run'), 'run\n', { mode: 0o755 });
writeFileSync(at('app/conf', NAME), 'odd\n');
writeFileSync(at('app/conf/plain'), 'plain\n', { mode: 0o600 });
symlinkSync('conf/plain', at('app/link'));
chmodSync(at('app/conf'), 0o2750);
const tar = (option: string, name: string): string => {
  execFileSync('tar', ['-c', option, '-f', at(name), '-C', folder, 'app']);
  return at(name);
};
const ARCHIVES = [
  tar('--format=gnu', 'app.tar'),
  tar('-z', 'app.tgz'),
  tar('-j', 'app.tar.bz2'),
  tar('-J', 'app.tar.xz'),
  tar('--zstd', 'app.tar.zst'),
  at('app.zip'),
];
execFileSync('zip', ['-qry', at('app.zip'), 'app'], { cwd: folder });

let dest = '';
let count = 0;
beforeEach(() => {
  dest = at(`dest${count++}`);
  mkdirSync(dest);
});

it.each([
  ...ARCHIVES.map((src) => ({ src, remote_src: false })),
  ...ARCHIVES.map((src) => ({ src, remote_src: true })),
])('unpacks $src once (on the host already: $remote_src), and again what was changed', async (args) => {
  const { changes, returns } = await settles(unarchive, { ...args, dest, list_files: true });
  expect(changes.map(({ key, before }) => [key, before])).toEqual([['content', '']]);
  expect([...(returns.files as string[])].sort()).toEqual(
    ['app/', 'app/conf/', `app/conf/${NAME}`, 'app/conf/plain', 'app/link', 'app/run'].sort(),
  );
  expect(readFileSync(join(dest, 'app/conf', NAME), 'utf8')).toBe('odd\n');
  expect(readlinkSync(join(dest, 'app/link'))).toBe('conf/plain');
  expect(statSync(join(dest, 'app/run')).mode & 0o777).toBe(0o755);
  expect(readdirSync(dest)).toEqual(['app']);

  writeFileSync(join(dest, 'app/run'), 'RUN\n');
  utimesSync(join(dest, 'app/run'), 5, 5);
  const check = await runModule(unarchive, { ...args, dest }, { check: true });
  expect(check.changes).toHaveLength(1);
  expect(readFileSync(join(dest, 'app/run'), 'utf8')).toBe('RUN\n');
  expect((await settles(unarchive, { ...args, dest })).changed).toBe(true);
  expect(readFileSync(join(dest, 'app/run'), 'utf8')).toBe('run\n');
});

it('shows what differs, a line for each file', async () => {
  await settles(unarchive, { src: at('app.tgz'), dest });
  chmodSync(join(dest, 'app/run'), 0o700);
  writeFileSync(join(dest, 'app/conf/plain'), 'longer than before\n');
  chmodSync(join(dest, 'app/conf'), 0o755);
  const { changes } = await runModule(unarchive, { src: at('app.tgz'), dest }, { check: true });
  const lines = (side: 'before' | 'after'): string[] => String(changes[0]?.[side]).trim().split('\n').sort();
  expect(lines('before')).toEqual(['app/conf/plain: size 19', 'app/conf: mode 0755', 'app/run: mode 0700']);
  expect(lines('after')).toEqual(['app/conf/plain: size 6', 'app/conf: mode 2750', 'app/run: mode 0755']);
});

it('gives owner and mode to all of it, and unpacks nothing for them alone', async () => {
  await settles(unarchive, { src: at('app.tgz'), dest });
  writeFileSync(join(dest, 'beside'), 'x', { mode: 0o644 });
  const stamp = statSync(join(dest, 'app/run')).ino;
  await settles(unarchive, { src: at('app.tgz'), dest, mode: 'u=rwX,go=', owner: '1234' });
  expect([mode(dest.slice(folder.length), 'app/run'), mode(dest.slice(folder.length), 'app/conf/plain')]).toEqual([
    '700',
    '600',
  ]);
  expect([statSync(join(dest, 'app/run')).uid, statSync(join(dest, 'app/run')).ino]).toEqual([1234, stamp]);
  expect(mode(dest.slice(folder.length), 'beside')).toBe('644');
});

it.each([at('app.tgz'), at('app.zip')])('takes a part of %s with include and exclude', async (src) => {
  await settles(unarchive, { src, dest, include: ['app/run'] });
  expect(readdirSync(join(dest, 'app'))).toEqual(['run']);
  await settles(unarchive, { src, dest, exclude: ['app/conf/?*'] });
  expect(readdirSync(join(dest, 'app')).sort()).toEqual(['conf', 'link', 'run']);
  expect(readdirSync(join(dest, 'app/conf'))).toEqual([]);
});

it('compares under the names that options of tar make', async () => {
  await settles(unarchive, {
    src: at('app.tgz'),
    dest,
    extra_opts: ['--strip-components=1', '--transform=s/run/start/'],
  });
  expect(readdirSync(dest).sort()).toEqual(['conf', 'link', 'start']);
});

it.each([at('app.tgz'), at('app.zip')])('keeps what is newer than in %s with keep_newer', async (src) => {
  mkdirSync(join(dest, 'app'));
  writeFileSync(join(dest, 'app/run'), 'newer\n');
  const later = Date.now() / 1000 + 1000;
  utimesSync(join(dest, 'app/run'), later, later);
  await settles(unarchive, { src, dest, keep_newer: true });
  expect(readFileSync(join(dest, 'app/run'), 'utf8')).toBe('newer\n');
  expect(existsSync(join(dest, 'app/conf/plain'))).toBe(true);
});

it('does not say that it was skipped when what creates names came out of the archive', async () => {
  const into = temporaryFolder();
  const given = { src: at('app.tgz'), dest: into, creates: join(into, 'app') };
  const [first, second] = [await runModule(unarchive, given), await runModule(unarchive, given)];
  expect([first.changed, first.returns.msg]).toEqual([true, undefined]);
  expect([second.changed, second.returns.msg]).toEqual([false, `skipped, since ${given.creates} exists`]);
});

it('does nothing where creates is there', async () => {
  const { changed, returns } = await runModule(unarchive, { src: at('app.tgz'), dest, creates: at('app') });
  expect([changed, returns.msg, readdirSync(dest)]).toEqual([false, `skipped, since ${at('app')} exists`, []]);
});

it('lets the host fetch an address; copy: false is remote_src: true', async () => {
  const base = await webServer((request, response) => response.end(readFileSync(at(String(request.url).slice(1)))));
  await settles(unarchive, { src: `${base}/app.tgz`, dest, remote_src: true });
  mkdirSync(join(dest, 'zip'));
  await settles(unarchive, { src: `${base}/app.zip`, dest: join(dest, 'zip'), copy: false });
  expect(readFileSync(join(dest, 'zip/app/run'), 'utf8')).toBe('run\n');
  expect((await problemOf(unarchive, { src: 'http://127.0.0.1:1/x', dest, remote_src: true })).what).toBe(
    'http://127.0.0.1:1/x could not be fetched',
  );
});

it('says what is wrong with an archive, and with the folder', async () => {
  const missing = await problemOf(unarchive, { src: at('app.tgz'), dest: at('none') });
  expect([missing.what, missing.mend]).toEqual([
    `the folder ${at('none')} does not exist`,
    `make it before, with file: path=${at('none')} state=directory`,
  ]);
  expect((await runModule(unarchive, { src: at('app.tgz'), dest: at('none') }, { check: true })).changed).toBe(true);
  expect((await problemOf(unarchive, { src: at('app.tgz'), dest: at('app/run') })).what).toBe(
    `${at('app/run')} is no folder, so nothing can be unpacked in it`,
  );
  writeFileSync(at('bad.tgz'), 'no archive at all');
  const bad = await problemOf(unarchive, { src: at('bad.tgz'), dest });
  expect([bad.what, bad.details[0]]).toEqual([
    `tar cannot read "${at('bad.tgz')}"`,
    'tar: This does not look like a tar archive',
  ]);
  expect((await problemOf(unarchive, { src: at('bad.tgz'), dest, remote_src: true })).what).toBe(bad.what);
  expect((await problemOf(unarchive, { src: '/none.tgz', dest, remote_src: true })).what).toBe(
    'there is no archive "/none.tgz" on the host',
  );
});

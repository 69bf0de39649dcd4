import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { resolveArguments } from '../../../engine/arguments.ts';
import find from '../../../engine/modules/find.ts';
import { Float } from '../../../engine/numeral.ts';
import type { Mapping } from '../../../engine/value.ts';
import { FakeHost } from '../../support/fake.ts';
import { controllerFor, problemOf, runModule, temporaryFolder } from '../../support/module.ts';

const root = temporaryFolder();
const at = (name: string): string => join(root, name);

beforeAll(() => {
  for (const folder of ['d1/d2/d3', 'sp ace', '.hid']) mkdirSync(at(folder), { recursive: true });
  const texts: Record<string, string> = {
    'a.txt': 'a b\nline two\n',
    'b.txt': 'one\nline two\nsecond',
    'b.log': 'x'.repeat(3000),
    'd1/apc.ini': 'extension=apc\r\nb\r\n',
    'd1/d2/x.txt': 'one\n two',
    'd1/d2/old.txt': '',
    'd1/d2/d3/older.log': '',
    '.hid/.h': 'b',
    'sp ace/n ew.txt': '',
  };
  for (const [name, text] of Object.entries(texts)) writeFileSync(at(name), text);
  const ago = (days: number): number => Date.now() / 1000 - days * 86_400;
  utimesSync(at('d1/d2/old.txt'), ago(3), ago(3));
  utimesSync(at('d1/d2/d3/older.log'), 1_700_000_000, 1_700_000_000);
  symlinkSync('d1', at('l'));
  symlinkSync('nowhere', at('broken'));
  symlinkSync('a.txt', at('la'));
  execFileSync('mkfifo', [at('ff')]);
  chmodSync(at('b.txt'), 0o600);
  chmodSync(at('b.log'), 0o4755);
});

async function found(given: Mapping): Promise<Mapping> {
  return (await runModule(find, { paths: root, ...given })).returns;
}

const FILES = [
  'a.txt',
  'b.log',
  'b.txt',
  'd1/apc.ini',
  'd1/d2/d3/older.log',
  'd1/d2/old.txt',
  'd1/d2/x.txt',
  'sp ace/n ew.txt',
];
const without = (...names: string[]): string[] => FILES.filter((name) => !names.includes(name));

// What ansible-core 2.19's module lists of the same tree, in the order of names.
it.each<[string, Mapping, string[]]>([
  ['files of the folder alone', { recurse: false }, ['a.txt', 'b.log', 'b.txt']],
  ['files below', {}, FILES],
  [
    'everything, hidden too',
    { file_type: 'any', hidden: true },
    [...FILES, '.hid', '.hid/.h', 'broken', 'd1', 'd1/d2', 'd1/d2/d3', 'ff', 'l', 'la', 'sp ace'].sort(),
  ],
  ['folders', { file_type: 'directory' }, ['d1', 'd1/d2', 'd1/d2/d3', 'sp ace']],
  ['links', { file_type: 'link' }, ['broken', 'l', 'la']],
  ['what links lead to', { follow: true, patterns: '*.ini' }, ['d1/apc.ini', 'l/apc.ini']],
  ['one level', { depth: 1 }, ['a.txt', 'b.log', 'b.txt']],
  ['two levels', { depth: 2, file_type: 'any', patterns: 'd*,*.ini' }, ['d1', 'd1/apc.ini', 'd1/d2']],
  ['names that match a pattern', { patterns: '*.txt,*.log' }, without('d1/apc.ini')],
  [
    'no names that are excluded',
    { patterns: ['*.t?t', '[ab]*'], excludes: 'b*' },
    without('b.log', 'b.txt', 'd1/d2/d3/older.log'),
  ],
  [
    'names by regular expressions',
    { use_regex: true, patterns: ['^.*\\.txt$', 'b.*'], excludes: ['(?i)B\\.LOG'] },
    without('b.log', 'd1/apc.ini', 'd1/d2/d3/older.log'),
  ],
  ['names that an expression begins', { use_regex: true, patterns: 'a' }, ['a.txt', 'd1/apc.ini']],
  ['files with a line that an expression begins', { contains: 'ext.*=(\\s+)?apc' }, ['d1/apc.ini']],
  ['files with such a line in the middle', { contains: 'line two' }, ['a.txt', 'b.txt']],
  ['files by the end of a line, a carriage return aside', { contains: 'b$', hidden: true }, ['.hid/.h', 'd1/apc.ini']],
  ['files with two lines', { contains: 'one\\n.*two', read_whole_file: true }, ['b.txt', 'd1/d2/x.txt']],
  ['no file that only a line of begins so', { contains: '^second', read_whole_file: true }, []],
  ['files by the beginning of any line', { contains: '(?m)^second', read_whole_file: true }, ['b.txt']],
  ['files by their end', { contains: 'two$', read_whole_file: true }, ['a.txt', 'd1/d2/x.txt']],
  ['what is older', { age: '1d' }, ['d1/d2/d3/older.log', 'd1/d2/old.txt']],
  ['what is younger', { age: '-1d' }, without('d1/d2/d3/older.log', 'd1/d2/old.txt')],
  ['what is larger', { size: '1k' }, ['b.log']],
  ['what is smaller', { size: '-10b', patterns: '*.txt' }, ['d1/d2/old.txt', 'd1/d2/x.txt', 'sp ace/n ew.txt']],
  ['what has a mode', { mode: '0600' }, ['b.txt']],
  ['what may be executed', { mode: '0111', exact_mode: false }, ['b.log']],
])('lists %s', async (_name, given, names) => {
  const { files, matched } = await found({ recurse: true, ...given });
  expect((files as Mapping[]).map(({ path }) => String(path).slice(root.length + 1)).sort()).toEqual(names);
  expect(matched).toBe(names.length);
});

it('answers what lstat knows, and the checksum', async () => {
  const { files } = await found({ recurse: true, patterns: 'older.log', get_checksum: true });
  const [file] = files as Mapping[];
  const empty = 'da39a3ee5e6b4b0d3255bfef95601890afd80709';
  expect(file).toMatchObject({ path: at('d1/d2/d3/older.log'), size: 0, isreg: true, islnk: false, checksum: empty });
  expect(file?.['mtime']).toEqual(new Float(1_700_000_000));
  const { files: others } = await found({ patterns: 'b.*', checksum_algorithm: 'md5', get_checksum: true });
  const modes = Object.fromEntries((others as Mapping[]).map((one) => [String(one['path']).at(-1), one]));
  expect(modes['g']).toMatchObject({
    mode: '4755',
    isuid: true,
    xoth: true,
    pw_name: 'root',
    gr_name: 'root',
    size: 3000,
  });
  expect(modes['t']).toMatchObject({ mode: '0600', woth: false, checksum: expect.stringMatching(/^[0-9a-f]{32}$/) });
});

it('counts what it looked at, and stops at a limit', async () => {
  expect(await found({ recurse: true, patterns: '*.ini' })).toMatchObject({
    examined: 18,
    matched: 1,
    msg: 'All paths examined',
    skipped_paths: {},
  });
  expect(await found({ recurse: true, depth: 1 })).toMatchObject({ examined: 14 });
  expect(await found({ recurse: true, limit: 2 })).toMatchObject({
    examined: 10,
    matched: 2,
    msg: 'Limit of matches reached',
  });
});

it('tells of a path that is no folder, and goes on', async () => {
  const file = at('a.txt');
  expect(await found({ paths: [file, at('d1')] })).toMatchObject({
    matched: 1,
    msg: 'Not all paths examined, check warnings for details',
    skipped_paths: { [file]: `'${file}' is not a directory` },
  });
});

it('tells of folders that the user may not look into, and of a grep without expressions', async () => {
  const ask = (host: FakeHost, given: Mapping) =>
    find.ask(host, resolveArguments(find, { paths: '/r', ...given }, undefined) as never, controllerFor({}));
  const record = 'f f 644 0 0 1 5 6 1 1.5 2.5 3.5 root 77 /r//x y\0';
  const listed = { stdout: `100.5\n/r\n${record}`, stderr: "find: '/r/d': Permission denied\n", status: 1 };
  const { returns } = await ask(new FakeHost([{ script: /find -L/, args: ['/r', '1', ''], answer: listed }]), {});
  expect(returns).toMatchObject({
    files: [{ path: '/r/x y', pw_name: 'root', gr_name: '77', mtime: 2.5, dev: 6 }],
    skipped_paths: { '/r/d': "[Errno 13] Permission denied: '/r/d'" },
    msg: 'All paths examined',
  });
  const grep = { script: /grep -laZsP/, args: ['', '^(?:a)'], stdin: '/r/x y\0', answer: { stderr: 'no -P here\n' } };
  const host = new FakeHost([{ script: /find -L/, answer: listed }, grep]);
  await expect(ask(host, { contains: 'a' })).rejects.toMatchObject({ details: ['no -P here'] });
});

it.each<[Mapping, string]>([
  [{ age: 'bogus' }, 'find: "age" is "bogus"'],
  [{ size: '1x' }, 'find: "size" is "1x"'],
  [{ contains: 'a', encoding: 'koi8-r' }, 'find cannot look into files that are written in "koi8-r"'],
  [{ contains: '(' }, '"(" is not a regular expression that can be used'],
])('refuses %j', async (given, what) => {
  expect((await problemOf(find, { paths: root, ...given })).what).toBe(what);
});

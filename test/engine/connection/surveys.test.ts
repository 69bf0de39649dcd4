import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveArguments } from '../../../engine/arguments.ts';
import { connect } from '../../../engine/connection/connect.ts';
import type { Reader, Survey } from '../../../engine/connection/connection.ts';
import type { Session } from '../../../engine/connection/session.ts';
import { land, type Spot } from '../../../engine/files/landing.ts';
import { holdsSomething } from '../../../engine/files/linking.ts';
import sysctl from '../../../engine/modules/sysctl.ts';
import user from '../../../engine/modules/user.ts';
import { entryOf } from '../../../engine/system/account.ts';
import type { AptWish } from '../../../engine/system/apt.ts';
import { probeApt } from '../../../engine/system/aptprobe.ts';
import { probeUnit } from '../../../engine/system/unit.ts';
import type { Mapping } from '../../../engine/value.ts';
import { HERE } from '../../support/here.ts';

/** Says with each answer how many were asked for in this run. */
const COUNT: Survey = {
  width: 2,
  script: 'n=$(($# / 2)); while [ $# -gt 0 ]; do printf "$n:$1$2"; answer; shift 2; done',
};

describe.each(['/bin/dash', '/bin/bash'])('surveys by %s', (shell) => {
  let session: Session;
  let folder: string;
  let reader: Reader;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mesh-play-surveys-'));
    session = await connect({ ...HERE, shell });
    reader = session.reader({});
  });

  afterAll(async () => {
    await session.close();
    rmSync(folder, { recursive: true });
  });

  const ask = async (survey: Survey, ...args: string[]): Promise<string> => (await reader.survey(survey, args)).stdout;

  /** Looking at a folder is itself a read of it, which its access time tells. */
  const withoutReads = (answer: unknown): unknown =>
    JSON.parse(JSON.stringify(answer, (key, value) => (key === 'atime' ? undefined : value)) ?? 'null');

  /** The same questions, each alone and all at once, must have the same answers. */
  async function asAlone<T, A>(questions: readonly T[], asked: (question: T) => Promise<A>): Promise<A[]> {
    const alone: A[] = [];
    for (const question of questions) alone.push(await asked(question));
    const joint = await Promise.all(questions.map(asked));
    expect(joint.map(withoutReads)).toEqual(alone.map(withoutReads));
    return alone;
  }

  it('answers what waits at the same time in one run, and each alone otherwise', async () => {
    expect(await Promise.all([ask(COUNT, 'a', '1'), ask(COUNT, 'b', '2'), ask(COUNT, "c'\n", '')])).toEqual([
      '3:a1',
      '3:b2',
      "3:c'\n",
    ]);
    expect(await ask(COUNT, 'a', '1')).toBe('1:a1');
  });

  it('asks once what is asked twice', async () => {
    expect(await Promise.all([ask(COUNT, 'a', '1'), ask(COUNT, 'a', '1'), ask(COUNT, 'b', '2')])).toEqual([
      '2:a1',
      '2:a1',
      '2:b2',
    ]);
    const file = join(folder, 'counted');
    const count = () => reader.script('echo x >>"$1"; wc -l <"$1"', [file]);
    const [one, two] = await Promise.all([count(), count()]);
    expect([one.stdout, two.stdout]).toEqual(['1\n', '1\n']);
  });

  it('keeps reads before and after a change apart, and those of another environment', async () => {
    const file = join(folder, 'changed');
    const read = () => reader.script('cat "$1" 2>/dev/null; :', [file]);
    const change = session.writer({}).runScript('echo new >"$1"', [file]);
    const [before, , after] = await Promise.all([read(), change, read()]);
    // The change was asked for first.
    expect([before.stdout, after.stdout]).toEqual(['new\n', 'new\n']);
    const other = session.reader({ environment: { A: 'b' } });
    const [plain, set] = await Promise.all([ask(COUNT, 'a', '1'), other.survey(COUNT, ['b', '2'])]);
    expect([plain, set.stdout]).toEqual(['1:a1', '1:b2']);
  });

  it('asks each alone where they cannot be answered together, and keeps its status and what it said', async () => {
    const survey: Survey = {
      width: 1,
      script: 'for k; do [ "$k" != bad ] || { echo no >&2; exit 7; }; printf "$#:$k"; answer 3; done',
    };
    const asked = await Promise.all(['a', 'bad', 'c'].map((key) => reader.survey(survey, [key], { ok: 'any' })));
    expect(asked.map(({ status, stdout, stderr }) => [status, stdout, stderr])).toEqual([
      [3, '3:a', ''],
      [7, '', 'no\n'],
      [3, '1:c', ''],
    ]);
  });

  it('finds places together as it finds them alone', async () => {
    const at = (name: string): string => join(folder, name);
    writeFileSync(at('empty'), '');
    writeFileSync(at('binary'), Buffer.from([0, 10, 255, 10]));
    writeFileSync(at("od'd\nname"), 'one\ntwo');
    mkdirSync(at('sub'));
    writeFileSync(at('sub/inner'), 'inner');
    symlinkSync('sub', at('to-sub'));
    symlinkSync(at('binary'), at('to-file'));
    symlinkSync('nowhere', at('broken'));
    const spots: Spot[] = [
      ...['empty', 'binary', "od'd\nname", 'sub', 'to-sub', 'to-file', 'broken', 'none', 'none/none'].flatMap(
        (name) => [
          { path: at(name), hash: 'always' as const, content: 100 },
          { path: at(name), follow: true, hash: 4, content: 4 },
        ],
      ),
      { path: at('sub'), into: 'inner', hash: 5, content: 10 },
      { path: `${at('none')}/`, into: 'x' },
      { path: at('binary'), hash: 'always', content: 10, unless: 'other' },
      { path: '~', follow: true },
      { path: '/' },
    ];
    const found = await asAlone(spots, (spot) => land(reader, spot));
    expect(found[3]?.bytes).toEqual(Buffer.from([0, 10, 255, 10]));
    expect([found[1]?.stat?.sha256, found[3]?.stat?.sha256]).toEqual([
      undefined,
      expect.stringMatching(/^[0-9a-f]{64}$/),
    ]);
    const emptied = await asAlone([at('sub'), at('empty'), at('none'), folder], (path) => holdsSomething(reader, path));
    expect(emptied).toEqual([true, false, false, true]);
  });

  it('finds places and targets whose names have more than one line', async () => {
    const [path, link] = [join(folder, 'two\nlines'), join(folder, 'link')];
    writeFileSync(path, 'content');
    symlinkSync('two\nlines', link);
    const found = await asAlone([path, link], (one) => land(reader, { path: one, hash: 'always', content: 10 }));
    expect(found.map((one) => [one.path, one.stat?.type, one.stat?.target, one.bytes?.toString()])).toEqual([
      [path, 'file', undefined, 'content'],
      [link, 'link', 'two\nlines', undefined],
    ]);
    expect(await reader.stat(link)).toMatchObject({ target: 'two\nlines' });
  });

  it.each([
    ['OpenSSL', '/usr/bin:/bin'],
    ['coreutils alone', ''],
  ])('hashes large files beside small ones with %s', async (_with, path) => {
    const [large, small] = [join(folder, 'large'), join(folder, 'small')];
    const bytes = Buffer.alloc(5 * 1024 * 1024, 'large');
    writeFileSync(large, bytes);
    writeFileSync(small, 'small');
    const programs = join(folder, 'coreutils');
    mkdirSync(programs, { recursive: true });
    for (const name of ['sha256sum', 'stat', 'cat'])
      if (!existsSync(join(programs, name))) symlinkSync(join('/usr/bin', name), join(programs, name));
    const host = session.reader({ environment: { PATH: path || programs } });
    const places = [small, large, small, large].map((one) => land(host, { path: one, hash: 'always' }));
    const sums = [Buffer.from('small'), bytes].map((one) => createHash('sha256').update(one).digest('hex'));
    expect((await Promise.all(places)).map(({ stat }) => stat?.sha256)).toEqual([...sums, ...sums]);
  });

  it('reads a file’s content together only where no sum says that it is known', async () => {
    const path = join(folder, 'known');
    writeFileSync(path, 'known');
    const [first] = await asAlone([{ path, hash: 'always' as const, content: 10 }], (spot) => land(reader, spot));
    const unless = first?.stat?.sha256 ?? '';
    const [same, other] = await asAlone([unless, 'another'], (sum) =>
      land(reader, { path, hash: 'always', content: 10, unless: sum }),
    );
    expect([same?.bytes, String(other?.bytes)]).toEqual([undefined, 'known']);
  });

  it('finds accounts together as it finds them alone, numbers and such that are not there too', async () => {
    const names = ['root', 'nosuch', 'daemon', '0', 'bin', '4711'];
    const groups = await asAlone(names, (name) => entryOf(reader, 'group', name));
    expect(groups.map((entry) => entry?.[0])).toEqual(['root', undefined, 'daemon', 'root', 'bin', undefined]);
    const argsOf = (given: Mapping) => resolveArguments(user, given, undefined) as never;
    const asked = ['root', 'nosuch', 'daemon', 'www-data', '0'].flatMap((name) => [
      argsOf({ name }),
      argsOf({ name, home: '/etc', password: '!' }),
    ]);
    const users = await asAlone(asked, (args) => user.probe(reader, args));
    expect(users.map(({ exists }) => exists)).toEqual([true, true, false, false, true, true, true, true, true, true]);
    expect(users[1]?.password).not.toBe(undefined);
  });

  it('finds packages together as it finds them alone', async () => {
    const wish: AptWish = {
      names: [],
      state: 'absent',
      updateCache: false,
      cacheValidTime: 0,
      autoremove: false,
      autoclean: false,
      clean: false,
      purge: false,
      lockTimeout: 0,
      flags: [],
    };
    const [dpkg, none, both] = await asAlone(
      [['dpkg'], ['no-such-package'], ['dpkg=1', 'bash', 'libc6:amd64']],
      (names) => probeApt(reader, { ...wish, names }),
    );
    expect([Object.keys(dpkg?.installed ?? {})[0], none?.installed]).toEqual(['dpkg', {}]);
    expect(Object.keys(both?.installed ?? {})).toEqual(expect.arrayContaining(['dpkg', 'bash']));
  });

  it('finds units together as it finds them alone', async () => {
    // A systemctl that answers in the way of the real one, which tests cannot rely on to run.
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(
      join(bin, 'systemctl'),
      `#!/bin/sh
verb=$2; while [ "$1" != -- ]; do shift; done; shift
for u; do
  if [ $verb = is-enabled ]; then [ $u = off.service ] && echo disabled || echo enabled; continue; fi
  [ -z "$more" ] || echo; more=1
  [ $u != bad.service ] || exit 4
  printf 'LoadState=loaded\\nActiveState=active\\nDescription=%s of %s\\nUnitFileState=static\\n' $u $#
done
`,
    );
    chmodSync(join(bin, 'systemctl'), 0o755);
    const faked = session.reader({ environment: { PATH: `${bin}:${process.env['PATH']}` } });
    const probe = (unit: string, enabled?: boolean) =>
      probeUnit(faked, {
        unit,
        ...(enabled === undefined ? {} : { enabled }),
        daemonReload: false,
        daemonReexec: false,
        scope: 'system',
        noBlock: false,
        force: false,
        check: false,
      });
    const [a, off, plain] = await Promise.all([
      probe('a.service', true),
      probe('off.service', true),
      probe('a.service'),
    ]);
    expect([a.enabled, off.enabled, plain.enabled]).toEqual(['enabled', 'disabled', 'static']);
    expect([a.properties['Description'], off.properties['Description']]).toEqual([
      'a.service of 3',
      'off.service of 3',
    ]);
    const [good, bad] = await Promise.allSettled([probe('a.service'), probe('bad.service')]);
    expect(good).toMatchObject({ value: { properties: { Description: 'a.service of 1' } } });
    expect(bad).toMatchObject({ reason: { code: 'no-systemd' } });
  });

  it('reads kernel settings together as it reads them alone, those that are not there too', async () => {
    const argsOf = (name: string) => resolveArguments(sysctl, { name, value: '1' }, undefined) as never;
    const names = ['kernel.ostype', 'kernel.hostname', 'vm.swappiness'];
    const read = (name: string) => sysctl.probe(reader, argsOf(name));
    expect((await asAlone(names, read)).map(({ running }) => running)).toEqual([
      'Linux',
      expect.any(String),
      expect.any(String),
    ]);
    expect((await asAlone([...names, 'no.such'], read)).at(-1)?.running).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import { resolveArguments } from '../../../engine/arguments.ts';
import apt from '../../../engine/modules/apt.ts';
import { type AptState, type AptWish, applyApt, planApt } from '../../../engine/system/apt.ts';
import { probeApt } from '../../../engine/system/aptprobe.ts';
import type { Mapping } from '../../../engine/value.ts';
import { type Call, FakeHost } from '../../support/fake.ts';
import { controllerFor } from '../../support/module.ts';
import { thrownBy } from '../../support/thrown.ts';

const NOTHING: AptState = {
  installed: {},
  candidates: {},
  provided: [],
  left: [],
  pending: [],
  old: [],
  cacheAge: 100,
};
const APT = ['apt-get', '-q', '-y', '-o', 'DPkg::Lock::Timeout=60'];
const KEEP = ['-o', 'Dpkg::Options::=--force-confdef', '-o', 'Dpkg::Options::=--force-confold'];

/** Arguments as the engine hands them to the system's half. */
async function wish(given: Mapping): Promise<AptWish> {
  const args = resolveArguments(apt, given, undefined);
  return apt.prepare?.(controllerFor({}), args as never) ?? Promise.reject(new Error('apt prepares nothing'));
}

/** What would be done to a host in that state, `key: before -> after`. */
async function planned(state: Partial<AptState>, given: Mapping): Promise<string[]> {
  const changes = planApt({ ...NOTHING, ...state }, await wish(given));
  return changes.map(({ key, before, after }) => `${key}: ${before ?? 'none'} -> ${after ?? 'none'}`);
}

/** Applies what is planned for that state to a host that expects these calls. */
async function applied(state: Partial<AptState>, given: Mapping, calls: Call[]): Promise<FakeHost> {
  const wanted = await wish(given);
  const host = new FakeHost(calls);
  await applyApt(host, planApt({ ...NOTHING, ...state }, wanted), wanted);
  host.done();
  return host;
}

describe('the plan of apt', () => {
  it.each<[string, Partial<AptState>, Mapping, string[]]>([
    ['installs what is not there', {}, { name: 'curl' }, ['curl: none -> installed']],
    ['leaves what is there', { installed: { curl: '7.88' } }, { name: 'curl' }, []],
    [
      'takes several names',
      { installed: { b: '1' } },
      { name: 'a,b,c' },
      ['a: none -> installed', 'c: none -> installed'],
    ],
    ['leaves what another package provides', { provided: ['awk'] }, { name: 'awk' }, []],
    ['removes what is there', { installed: { a: '1' } }, { name: ['a', 'b'], state: 'absent' }, ['a: 1 -> none']],
    ['pins a version', { installed: { a: '1.0' } }, { name: 'a=2.0' }, ['a: 1.0 -> 2.0']],
    ['takes a version that the pin’s pattern matches', { installed: { a: '7.88.1-10' } }, { name: 'a=7.88*' }, []],
    [
      'tells architectures apart',
      { installed: { a: '1', 'a:amd64': '1' } },
      { name: 'a:i386' },
      ['a:i386: none -> installed'],
    ],
    [
      'upgrades for latest',
      { installed: { a: '1' }, candidates: { a: '2' } },
      { name: 'a', state: 'latest' },
      ['a: 1 -> 2'],
    ],
    ['leaves the latest', { installed: { a: '2' }, candidates: { a: '2' } }, { name: 'a', state: 'latest' }, []],
    ['leaves a newer one for present', { installed: { a: '1' }, candidates: { a: '2' } }, { name: 'a' }, []],
    [
      'leaves what no archive has any more',
      { installed: { a: '1' }, candidates: { a: '(none)' } },
      { name: 'a', state: 'latest' },
      [],
    ],
    [
      'installs a .deb of another version',
      { deb: { name: 'a', version: '2' }, installed: { a: '1' } },
      { deb: '/a.deb' },
      ['a: 1 -> 2'],
    ],
    [
      'leaves a .deb that is installed',
      { deb: { name: 'a', version: '1' }, installed: { a: '1' } },
      { deb: '/a.deb' },
      [],
    ],
    ['names what an upgrade touches', { pending: ['a', 'b'] }, { upgrade: 'dist' }, ['dist-upgrade: none -> a,b']],
    ['names what an autoremove touches', { pending: ['a'] }, { autoremove: true }, ['autoremove: none -> a']],
    [
      'updates an old cache before it installs',
      {},
      { name: 'a', cache_valid_time: 60 },
      ['cache: none -> updated', 'a: none -> installed'],
    ],
    ['trusts a fresh cache', {}, { name: 'a', cache_valid_time: 3600 }, ['a: none -> installed']],
    [
      'leaves an old cache when nothing is to be installed',
      { installed: { a: '1' } },
      { name: 'a', update_cache: true },
      [],
    ],
    [
      'leaves an old cache when it only removes',
      { installed: { a: '1' } },
      { name: 'a', state: 'absent', update_cache: true },
      ['a: 1 -> none'],
    ],
    ['updates the cache alone when asked', {}, { update_cache: true }, ['cache: none -> updated']],
    [
      'purges what a removed package has left',
      { left: ['a'] },
      { name: ['a', 'b'], state: 'absent', purge: true },
      ['a: configuration -> none'],
    ],
    ['leaves what a removed package has left', { left: ['a'] }, { name: 'a', state: 'absent' }, []],
    ['names the archives that autoclean removes', { old: ['a 1'] }, { autoclean: true }, ['autoclean: a 1 -> none']],
    ['empties the archives each time', {}, { clean: true }, ['clean: none -> true']],
    ['does not count that beside packages', { installed: { a: '1' } }, { name: 'a', clean: true }, []],
    ['takes * for all that is installed', { pending: ['a'] }, { name: '*', state: 'latest' }, ['upgrade: none -> a']],
  ])('%s', async (_title, state, given, changes) => {
    expect(await planned(state, given)).toEqual(changes);
  });

  it('updates a cache that never was updated', () => {
    const { cacheAge: _never, ...state } = NOTHING;
    const wanted: AptWish = { ...PLAIN, updateCache: true, cacheValidTime: 86_400 };
    expect(planApt(state, wanted).map(({ key }) => key)).toEqual(['cache', 'a']);
  });

  it('refuses patterns of names', async () => {
    expect((await thrownBy(wish({ name: 'linux-*' }))).what).toContain('"linux-*"');
  });
});

const PLAIN: AptWish = {
  names: ['a'],
  state: 'present',
  updateCache: false,
  cacheValidTime: 0,
  autoremove: false,
  autoclean: false,
  clean: false,
  purge: false,
  flags: [],
  lockTimeout: 60,
};

describe('the probe of apt', () => {
  it('reads what dpkg and apt print', async () => {
    const stdout = [
      '@cache',
      '1700003600',
      '1700000000',
      '@installed',
      '@candidates',
      'libc6\t2.36-10',
      'nosuch\t',
      '@pending',
      'Reading package lists...',
      'Inst libc6 [2.36-9] (2.36-10 Debian:12 [amd64])',
      'Conf libc6 (2.36-10 Debian:12 [amd64])',
      'Remv old-thing [1]',
      '@deb',
      '',
    ].join('\n');
    const names = ['libc6', 'telnet', 'nosuch=1'];
    const libc = 'libc6\tamd64\t2.36-9\tinstalled\nlibc6\ti386\t2.36-9\tinstalled\n';
    const provided = 'installed\tawk, mail-transport-agent (= 1)\nconfig-files\ttelnet-client\n';
    const host = new FakeHost([
      { script: /dpkg-query/, args: ['libc6'], answer: { stdout: libc } },
      { script: /dpkg-query/, args: ['telnet'], answer: { stdout: 'telnet\tamd64\t0.17\tconfig-files\n' } },
      { script: /dpkg-query/, args: ['nosuch=1'] },
      { script: /apt-cache/, args: ['1', 'dist-upgrade', '', '', ...names], answer: { stdout } },
      { argv: ['dpkg-query', '-W', '-f', '${db:Status-Status}\\t${Provides}\\n'], answer: { stdout: provided } },
    ]);
    expect(await probeApt(host, { ...PLAIN, names, state: 'latest', upgrade: 'dist-upgrade' })).toEqual({
      installed: { libc6: '2.36-9', 'libc6:amd64': '2.36-9', 'libc6:i386': '2.36-9' },
      provided: ['awk', 'mail-transport-agent'],
      candidates: { libc6: '2.36-10', nosuch: '' },
      pending: ['libc6', 'old-thing'],
      left: ['telnet', 'telnet:amd64'],
      old: [],
      cacheAge: 3600,
    });
    host.done();
  });

  it('asks for no more than what is installed where no more is needed', async () => {
    const stdout = 'a\tamd64\t1\tinstalled\n';
    const host = new FakeHost([{ script: /dpkg-query/, args: ['a'], answer: { stdout } }]);
    expect((await probeApt(host, PLAIN)).installed).toEqual({ a: '1', 'a:amd64': '1' });
    host.done();
  });

  it('reads which archives are old', async () => {
    const stdout =
      '@cache\n@installed\n@candidates\n@pending\n@old\nReading package lists...\nDel bc 1.07-3 [100 kB]\n@deb\n';
    const host = new FakeHost([{ script: /autoclean/, args: ['', '', 'autoclean', ''], answer: { stdout } }]);
    expect((await probeApt(host, { ...PLAIN, names: [], autoclean: true })).old).toEqual(['bc 1.07-3']);
  });

  it('reads name and version of a .deb, and says when it is not there', async () => {
    const answer = (deb: string): Call => ({
      script: /dpkg-deb/,
      args: ['', '', '', '/a.deb'],
      answer: { stdout: `@cache\n1700003600\n@installed\n@candidates\n@pending\n@deb\n${deb}` },
    });
    const wanted = { ...PLAIN, names: [], deb: '/a.deb' };
    const found = await probeApt(new FakeHost([answer('Package: a\nVersion: 1:2.0-1\n')]), wanted);
    expect(found.deb).toEqual({ name: 'a', version: '1:2.0-1' });
    expect(found.cacheAge).toBeUndefined();
    const problem = await thrownBy(probeApt(new FakeHost([answer('')]), wanted));
    expect([problem.code, problem.what]).toEqual(['missing-file', expect.stringContaining('/a.deb')]);
  });
});

describe('the apply of apt', () => {
  it('installs all names in one transaction, with nobody asked', async () => {
    const { environments } = await applied({ installed: { b: '1' } }, { name: ['a=1*', 'b', 'c'] }, [
      { argv: [...APT, ...KEEP, 'install', '--', 'a=1*', 'c'] },
    ]);
    expect(environments).toEqual([{ DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' }]);
  });

  it('updates the cache first', async () => {
    await applied({}, { name: 'a', update_cache: true, lock_timeout: 7 }, [
      { script: /Could not get lock/, args: ['7', 'apt-get', '-q', 'update', '-o', 'APT::Update::Error-Mode=any'] },
      { argv: ['apt-get', '-q', '-y', '-o', 'DPkg::Lock::Timeout=7', ...KEEP, 'install', '--', 'a'] },
    ]);
  });

  it('looks again for the latest once the cache is updated', async () => {
    const state = { installed: { a: '1' }, candidates: { a: '1' } };
    await applied(state, { name: 'a', state: 'latest', update_cache: true }, [
      { script: /Could not get lock/ },
      { argv: [...APT, ...KEEP, 'install', '--', 'a'] },
    ]);
  });

  it('upgrades once the cache is updated, though the old cache knew of nothing', async () => {
    await applied({}, { upgrade: 'dist', update_cache: true }, [
      { script: /Could not get lock/ },
      { argv: [...APT, ...KEEP, 'dist-upgrade'] },
    ]);
  });

  it.each<[string, Partial<AptState>, Mapping, string[]]>([
    ['removes', { installed: { a: '1' } }, { name: 'a', state: 'absent' }, ['remove', '--', 'a']],
    [
      'purges',
      { installed: { a: '1' } },
      { name: 'a', state: 'absent', purge: true },
      ['remove', '--purge', '--', 'a'],
    ],
    [
      'removes with what nothing needs any more',
      { installed: { a: '1' } },
      { name: 'a', state: 'absent', autoremove: true },
      ['remove', '--auto-remove', '--', 'a'],
    ],
    ['upgrades', { pending: ['a'] }, { upgrade: 'safe' }, ['upgrade', '--with-new-pkgs']],
    [
      'upgrades all that is installed',
      { pending: ['a'] },
      { name: '*', state: 'latest' },
      ['upgrade', '--with-new-pkgs'],
    ],
    ['removes old archives', { old: ['a 1'] }, { autoclean: true }, ['autoclean']],
    ['removes archives', {}, { clean: true }, ['clean']],
    [
      'purges what a removed package has left',
      { left: ['a'] },
      { name: 'a', state: 'absent', purge: true },
      ['remove', '--purge', '--', 'a'],
    ],
    [
      'forces',
      {},
      { name: 'a', force: true, fail_on_autoremove: true },
      [
        '--allow-downgrades',
        '--allow-change-held-packages',
        '--allow-unauthenticated',
        '--allow-remove-essential',
        '--no-remove',
        'install',
        '--',
        'a',
      ],
    ],
    ['removes what nothing needs', { pending: ['a'] }, { autoremove: true, purge: true }, ['autoremove', '--purge']],
    ['installs a .deb', { deb: { name: 'a', version: '1' } }, { deb: 'a.deb' }, ['install', '--', './a.deb']],
    [
      'hands on how to install',
      {},
      { name: 'a', install_recommends: false, default_release: 'bookworm-backports', allow_downgrade: true },
      ['-o', 'APT::Install-Recommends=no', '-t', 'bookworm-backports', '--allow-downgrades', 'install', '--', 'a'],
    ],
  ])('%s', async (_title, state, given, words) => {
    await applied(state, given, [{ argv: [...APT, ...KEEP, ...words] }]);
  });

  it('lets policy-rc.d answer meanwhile', async () => {
    await applied({}, { name: 'a', policy_rc_d: 101 }, [
      { script: /policy-rc\.d/, args: ['101', ...APT, ...KEEP, 'install', '--', 'a'] },
    ]);
  });

  it('names the process that holds the lock', async () => {
    const stderr =
      'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 4711 (unattended-upgr)\nE: Unable to acquire the dpkg frontend lock';
    const held = [{ argv: [...APT, ...KEEP, 'install', '--', 'a'], answer: { status: 100, stderr } }];
    const problem = await thrownBy(applied({}, { name: 'a' }, held));
    expect(problem.code).toBe('apt-locked');
    expect(problem.what).toContain('/var/lib/dpkg/lock-frontend: process 4711 (unattended-upgr)');
  });

  it('says the same of the lock of the lists', async () => {
    const stderr = 'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 12 (apt-get)';
    const held = [{ script: /Could not get lock/, answer: { status: 100, stderr } }];
    expect((await thrownBy(applied({}, { update_cache: true }, held))).what).toContain('process 12 (apt-get)');
  });

  it.each(['E: Unable to locate package nosuch', "E: Package 'nosuch' has no installation candidate"])(
    'names the package of "%s"',
    async (stderr) => {
      const calls = [{ argv: [...APT, ...KEEP, 'install', '--', 'nosuch'], answer: { status: 100, stderr } }];
      const problem = await thrownBy(applied({}, { name: 'nosuch' }, calls));
      expect([problem.code, problem.what]).toEqual(['no-package', 'apt knows no package "nosuch"']);
    },
  );

  it('leaves other failures as they are', async () => {
    const calls = [
      { argv: [...APT, ...KEEP, 'install', '--', 'a'], answer: { status: 100, stderr: 'E: No space left' } },
    ];
    expect((await thrownBy(applied({}, { name: 'a' }, calls))).details).toEqual(['E: No space left']);
  });
});

it('apt refuses a lowest version, which it would take for a name', async () => {
  expect((await thrownBy(wish({ name: 'tree>=1.0' }))).message).toBe(
    'apt takes no lowest version yet, as in "tree>=1.0"',
  );
});

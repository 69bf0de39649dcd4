import { describe, expect, it } from 'vitest';
import { resolveArguments } from '../../../engine/arguments.ts';
import packageModule from '../../../engine/modules/package.ts';
import type { AptState, AptWish } from '../../../engine/system/apt.ts';
import type { Mapping } from '../../../engine/value.ts';
import { FakeHost } from '../../support/fake.ts';
import { controllerFor } from '../../support/module.ts';
import { thrownBy } from '../../support/thrown.ts';

const STATE: AptState = { installed: { a: '1' }, candidates: { a: '2' }, provided: [], left: [], pending: [], old: [] };

async function wish(given: Mapping, facts: Mapping = {}): Promise<AptWish> {
  const args = resolveArguments(packageModule, given, undefined);
  const ready = await packageModule.prepare?.(controllerFor({ facts }), args as never);
  if (!ready) throw new Error('package prepares nothing');
  return ready;
}

describe('package', () => {
  it.each<[string, Mapping, Mapping[]]>([
    ['leaves what is there', { name: 'a', state: 'present' }, []],
    ['installs what is not', { name: ['a', 'b'], state: 'present' }, [{ key: 'b', before: null, after: 'installed' }]],
    ['upgrades for latest', { name: 'a', state: 'latest' }, [{ key: 'a', before: '1', after: '2' }]],
    ['removes', { name: 'a,b', state: 'absent' }, [{ key: 'a', before: '1', after: null }]],
  ])('%s', async (_title, given, changes) => {
    expect(packageModule.plan(STATE, await wish(given))).toEqual(changes);
  });

  it('installs with apt-get, all names at once', async () => {
    const wanted = await wish({ name: ['b', 'c'], state: 'present' }, { pkg_mgr: 'apt' });
    const flags = ['-o', 'Dpkg::Options::=--force-confdef', '-o', 'Dpkg::Options::=--force-confold'];
    const words = ['-q', '-y', '-o', 'DPkg::Lock::Timeout=60', ...flags, 'install', '--', 'b', 'c'];
    const host = new FakeHost([{ argv: ['apt-get', ...words] }]);
    await packageModule.apply(host, packageModule.plan(STATE, wanted), wanted, controllerFor({}), STATE);
    host.done();
  });

  it('takes what apt takes, and no state is present', async () => {
    const wanted = await wish({ pkg: 'b', update_cache: true, purge: true, autoremove: true, cache_valid_time: 60 });
    expect(wanted).toMatchObject({
      names: ['b'],
      state: 'present',
      updateCache: true,
      cacheValidTime: 60,
      purge: true,
      autoremove: true,
    });
    expect((await wish({ update_cache: true })).names).toEqual([]);
  });

  it('refuses in the run what only dnf takes: tasks for others than Debian name it', async () => {
    const problem = await thrownBy(wish({ name: 'a', enablerepo: 'epel' }, { pkg_mgr: 'apt' }));
    expect([problem.code, problem.what]).toEqual(['unknown-argument', 'apt has no argument "enablerepo"']);
  });

  it('says which package manager it does not know', async () => {
    const problem = await thrownBy(wish({ name: 'a', state: 'present' }, { pkg_mgr: 'apk' }));
    expect([problem.code, problem.what]).toEqual(['no-package-manager', expect.stringContaining('apk')]);
  });
});

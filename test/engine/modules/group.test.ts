import { describe, expect, it } from 'vitest';
import { resolveArguments } from '../../../engine/arguments.ts';
import group from '../../../engine/modules/group.ts';
import type { Mapping } from '../../../engine/value.ts';
import { FakeHost } from '../../support/fake.ts';
import { controllerFor, runModule } from '../../support/module.ts';

const argsOf = (given: Mapping) => resolveArguments(group, { name: 'deploy', ...given }, undefined) as never;

describe('group', () => {
  it.each<[string, number | null, Mapping, Mapping[]]>([
    ['makes one that is not there', null, { gid: 2000 }, [{ key: 'group', before: null, after: 'deploy' }]],
    ['leaves one that is there', 2000, {}, []],
    ['leaves the number it has', 2000, { gid: 2000 }, []],
    ['changes the number', 1000, { gid: 2000 }, [{ key: 'gid', before: 1000, after: 2000 }]],
    ['removes one that is there', 2000, { state: 'absent' }, [{ key: 'group', before: 'deploy', after: null }]],
    ['leaves one that is gone', null, { state: 'absent' }, []],
  ])('%s', (_title, gid, given, changes) => {
    expect(group.plan({ gid }, argsOf(given))).toEqual(changes);
  });

  it.each<[string, number | null, Mapping, string[]]>([
    ['adds with its number', null, { gid: 2000 }, ['groupadd', '-g', '2000', '--', 'deploy']],
    ['adds one of the system', null, { system: true }, ['groupadd', '-r', '--', 'deploy']],
    [
      'adds with a number that another has',
      null,
      { gid: 0, non_unique: true },
      ['groupadd', '-g', '0', '-o', '--', 'deploy'],
    ],
    ['gives another number', 1000, { gid: 2000, system: true }, ['groupmod', '-g', '2000', '--', 'deploy']],
    ['takes away', 2000, { state: 'absent' }, ['groupdel', '--', 'deploy']],
  ])('%s', async (_title, gid, given, argv) => {
    const host = new FakeHost([{ argv }]);
    const args = argsOf(given);
    await group.apply(host, group.plan({ gid }, args), args, controllerFor({}), { gid });
    host.done();
  });

  it('reads the number of a group of this machine', async () => {
    const { changes, returns } = await runModule(group, { name: 'root', gid: 0 });
    expect([changes, returns]).toEqual([[], { name: 'root', state: 'present', system: false, gid: 0 }]);
    const missing = await runModule(group, { name: 'mesh-play-nobody', state: 'absent' });
    expect([missing.changed, missing.returns]).toEqual([
      false,
      { name: 'mesh-play-nobody', state: 'absent', system: false },
    ]);
  });
});

import { expect, it } from 'vitest';
import { resolveArguments } from '../../../engine/arguments.ts';
import group from '../../../engine/modules/group.ts';
import type { Mapping } from '../../../engine/value.ts';

const plan = (gid: number | null, args: Mapping) =>
  group.plan({ gid }, resolveArguments(group, args, undefined) as never);

it('group makes what is missing, changes a number only when one is given, and removes what is there', () => {
  expect(plan(null, { name: 'web' })).toEqual([{ key: 'group', before: null, after: 'web' }]);
  expect(plan(5, { name: 'web' })).toEqual([]);
  expect(plan(5, { name: 'web', gid: 6 })).toEqual([{ key: 'gid', before: 5, after: 6 }]);
  expect(plan(5, { name: 'web', state: 'absent' })).toEqual([{ key: 'group', before: 'web', after: null }]);
  expect(plan(null, { name: 'web', state: 'absent' })).toEqual([]);
});

import { expect, it } from 'vitest';
import hostname from '../../../engine/modules/hostname.ts';

it('hostname changes a name that is another now or after the next boot', () => {
  const plan = (fixed: string, running: string) => hostname.plan({ static: fixed, running }, { name: 'vm1' });
  expect(plan('vm1', 'vm1')).toEqual([]);
  expect(plan('vm1', 'old')).toEqual([{ key: 'hostname', before: 'old', after: 'vm1' }]);
  expect(plan('old', 'vm1')).toEqual([{ key: 'hostname', before: 'old', after: 'vm1' }]);
});

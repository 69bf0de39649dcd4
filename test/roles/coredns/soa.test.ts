import { expect, it } from 'vitest';
import { isAtLeast, serialIn, soaQuery } from '../../../roles/coredns/lib/soa.ts';

it('asks for the serial of a zone, and reads it', () => {
  expect(soaQuery('a.b').toString('hex')).toBe('00156d70000000010000000000000161016200' + '00060001');
  const name = '01610162' + '00';
  const answer = `00336d708580000100010000000001610162000006${'0001'}c00c000600010000003c0015036e7331c00c0168c00c0000002a00000001000000020000000300000004`;
  expect(name).toBe('0161016200');
  expect(serialIn(Buffer.from(answer, 'hex'))).toBe(42);
  expect(serialIn(Buffer.from('000c6d708585000100000000000000', 'hex'))).toBeNull();
  expect(serialIn(Buffer.alloc(0))).toBeNull();
});

it('counts serials round', () => {
  expect([isAtLeast(5, 5), isAtLeast(6, 5), isAtLeast(4, 5)]).toEqual([true, true, false]);
  expect([isAtLeast(1, 2 ** 32 - 1), isAtLeast(2 ** 32 - 1, 1)]).toEqual([true, false]);
});

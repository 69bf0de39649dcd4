import { describe, expect, it } from 'vitest';
import { isCidr, isWithin } from '../../../roles/mesh/lib/cidr.ts';

describe('a range of addresses', () => {
  it.each(['10.0.0.0/8', '0.0.0.0/0', '192.0.2.7/32', 'fd00::/8', '::/0', '::1/128'])('is %s', (text) => {
    expect(isCidr(text)).toBe(true);
  });

  it.each(['10.0.0.0', '10.0.0.0/', '10.0.0.0/33', '10.0.0.0/08', '10.0.0.0/8/8', '10.0.0/8', '::/129', '/8', ''])(
    'is not "%s"',
    (text) => {
      expect(isCidr(text)).toBe(false);
    },
  );

  it.each([
    ['10.1.2.3', '10.0.0.0/8', true],
    ['11.1.2.3', '10.0.0.0/8', false],
    ['192.0.2.7', '192.0.2.7/32', true],
    ['192.0.2.8', '0.0.0.0/0', true],
    ['fd00::7', 'fd00::/8', true],
    ['fe80::7', 'fd00::/8', false],
    ['fd00::7', '10.0.0.0/8', false],
    ['10.1.2.3', 'fd00::/8', false],
  ])('whether %s is in %s: %s', (address, range, is) => {
    expect(isWithin(address, range)).toBe(is);
  });
});

import { describe, expect, it } from 'vitest';
import { isIdKey, isSpiffeId, labelFault, labelOf, spiffeIdOf } from '../../../roles/cilium/lib/label.ts';

const HASH = /^sha256-[0-9a-f]{56}$/;
/** An ID of so many characters without its scheme. */
const idOf = (length: number): string => `spiffe://td/${'a'.repeat(length - 'td/'.length)}`;
const NO_VALUE =
  'is no value of a label: 63 letters, digits, "-", "_" and "." at most, a letter or digit first and last';

describe('a SPIFFE ID as a label', () => {
  it('keeps an ID that fits readable', () => {
    expect(labelOf('spiffe://internal.cluster.local/service1')).toBe('internal.cluster.local_service1');
    expect(labelOf('spiffe://td/ns/Web.v2/API')).toBe('td_ns_Web.v2_API');
  });

  it.each([
    ['has 64 characters', idOf(64)],
    ['has an underscore in its path', 'spiffe://td/a_b'],
    ['has an underscore in its trust domain', 'spiffe://t_d/a'],
    ['ends with a dot', 'spiffe://td/a.'],
    ['ends with a hyphen', 'spiffe://td/a-'],
    ['begins with a dot', 'spiffe://.td/a'],
  ])('hashes one that %s', (_what, id) => {
    expect(isSpiffeId(id)).toBe(true);
    expect(labelOf(id)).toMatch(HASH);
    expect(labelFault('any:spiffe.io/spiffeid', labelOf(id))).toBeUndefined();
  });

  it('keeps one of 63 characters, the most a label has', () => {
    expect(labelOf(idOf(63))).toHaveLength(63);
    expect(labelOf(idOf(63))).not.toMatch(HASH);
  });

  it.each([idOf(20), idOf(63), 'spiffe://td/Upper/case.v1', 'spiffe://td/sha256-0'])(
    'reads %s back by itself',
    (id) => {
      expect(spiffeIdOf(labelOf(id))).toBe(id);
    },
  );

  it('finds a hashed one among those that are known, and no other', () => {
    const known = ['spiffe://td/a', 'spiffe://td/a_b', idOf(90)];
    expect(spiffeIdOf(labelOf('spiffe://td/a_b'), known)).toBe('spiffe://td/a_b');
    expect(spiffeIdOf(labelOf(idOf(90)), known)).toBe(idOf(90));
    expect(spiffeIdOf(labelOf('spiffe://td/a_b'), [])).toBeUndefined();
    expect(spiffeIdOf(labelOf('spiffe://td/a_c'), known)).toBeUndefined();
  });

  it.each(['', 'plain', 'a_', '_a', 'TD_a', 'td__a', 'td_..'])('reads nothing out of the label "%s"', (label) => {
    expect(spiffeIdOf(label, ['spiffe://td/a'])).toBeUndefined();
  });

  it('gives IDs that look alike different labels', () => {
    const ids = ['spiffe://td/a/b', 'spiffe://td/a_b', 'spiffe://td_a/b', 'spiffe://td/A/b', 'spiffe://td/a/b.'];
    expect(new Set(ids.map(labelOf)).size).toBe(ids.length);
  });

  it.each([
    'https://td/a',
    'spiffe://td',
    'spiffe://td/',
    'spiffe://td/a/',
    'spiffe://td//a',
    'spiffe://TD/a',
    'spiffe://td/a/../b',
    'spiffe://td/./b',
    'spiffe://td/a b',
    'spiffe://td/a?b',
    'spiffe:///a',
  ])('takes %s for no SPIFFE ID', (id) => {
    expect(isSpiffeId(id)).toBe(false);
    expect(() => labelOf(id)).toThrow(`"${id}" is no SPIFFE ID`);
  });
});

describe('the labels of a selector', () => {
  it.each([
    ['any:spiffe.io/spiffeid', 'internal.cluster.local_service1'],
    ['spiffe.io/spiffeid', ''],
    ['k8s:io.kubernetes.pod.namespace', 'vm'],
    ['reserved:host', ''],
    ['any:app', 'A.b-c_1'],
    ['any:app', 'a'.repeat(63)],
    [`any:${'a'.repeat(59)}`, ''],
    [`any:td/${'a'.repeat(63)}`, ''],
  ])('may be %s: %s', (key, value) => {
    expect(labelFault(key, value)).toBeUndefined();
  });

  it.each(['spiffe://td/a', 'a'.repeat(64), '-a', 'a-', 'a.', '_a', 'a b', 'ä'])(
    'may not have the value "%s"',
    (value) => {
      expect(labelFault('any:app', value)).toBe(`"${value}" ${NO_VALUE}`);
    },
  );

  it.each([
    '',
    'any:',
    'any:a.',
    'a/b/c',
    'any:Upper/a',
    'any:/a',
    'any:a/',
    // With its source it has 64 characters.
    `any:${'a'.repeat(60)}`,
    `any:td/${'a'.repeat(64)}`,
    `any:${'a.'.repeat(126)}/a`,
  ])('may not have the key "%s"', (key) => {
    expect(labelFault(key, '')).toBe(`"${key}" is no key of a label`);
  });

  it('knows the key of SPIFFE IDs, whatever its source', () => {
    const keys = ['spiffe.io/spiffeid', 'any:spiffe.io/spiffeid', 'unspec:spiffe.io/spiffeid', 'any:spiffe.io/other'];
    expect(keys.map(isIdKey)).toEqual([true, true, true, false]);
  });
});

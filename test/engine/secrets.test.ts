import { expect, it } from 'vitest';
import { Secrets } from '../../engine/secrets.ts';

it('hides a secret of any size, and each of its lines', () => {
  const secrets = new Secrets();
  const archive = 'AbC+/1'.repeat(200_000);
  secrets.add(archive);
  secrets.add('-----BEGIN KEY-----\nMIGHAgEAMBMG\n-----END KEY-----');
  expect(secrets.hide(`a ${archive} b`)).toBe('a <hidden> b');
  expect(secrets.hide('said MIGHAgEAMBMG')).toBe('said <hidden>');
});

it('hides a secret in an address and in base64, alone or with more behind it', () => {
  const secrets = new Secrets();
  secrets.add('se cr3t/word');
  expect(secrets.hide(`?t=${encodeURIComponent('se cr3t/word')}`)).toBe('?t=<hidden>');
  expect(secrets.hide(`x ${Buffer.from('se cr3t/word').toString('base64')}`)).toBe('x <hidden>');
  expect(secrets.hide(Buffer.from('se cr3t/word:more').toString('base64'))).not.toContain('c2UgY3IzdC93b3Jk');
});

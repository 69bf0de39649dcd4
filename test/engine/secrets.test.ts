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

it.each(['', 'u', 'us', 'user:'])('hides a secret in base64 behind "%s"', (before) => {
  const secrets = new Secrets();
  secrets.add('Tr0ub4dor&3');
  const said = secrets.hide(Buffer.from(`${before}Tr0ub4dor&3 and more`).toString('base64'));
  // What is left says less than four letters of it.
  expect(Buffer.from(said.replace('<hidden>', ' '), 'base64').toString('latin1')).not.toMatch(/r0ub|b4do|dor&/);
  expect(said).toContain('<hidden>');
});

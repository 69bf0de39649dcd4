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

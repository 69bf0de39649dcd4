import { expect, it } from 'vitest';
import spireBundle from '../../../roles/spire/modules/spire_bundle.ts';
import { runModule } from '../../support/module.ts';

it('spire_bundle answers what the server prints', async () => {
  expect((await runModule(spireBundle, { program: '/bin/echo', socket: '/s' })).returns['pem']).toBe(
    'bundle show -socketPath /s\n',
  );
});

it('spire_bundle fails without a server, but not in a dry run, where an earlier task may make it', async () => {
  const args = { program: '/bin/false', socket: '/s' };
  await expect(runModule(spireBundle, args)).rejects.toThrow();
  expect((await runModule(spireBundle, args, { check: true })).returns['pem']).toBe('');
});

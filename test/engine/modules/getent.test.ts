import { describe, expect, it } from 'vitest';
import { resolveArguments } from '../../../engine/arguments.ts';
import getent from '../../../engine/modules/getent.ts';
import type { Outcome } from '../../../engine/result.ts';
import type { Mapping } from '../../../engine/value.ts';
import { FakeHost } from '../../support/fake.ts';
import { controllerFor, runModule } from '../../support/module.ts';

async function asked(given: Mapping, argv: string[], stdout: string, status = 0): Promise<Outcome> {
  const host = new FakeHost([{ argv: ['getent', ...argv], answer: { stdout, status } }]);
  const outcome = await getent.ask(host, resolveArguments(getent, given, undefined) as never, controllerFor({}));
  host.done();
  return outcome;
}

describe('getent', () => {
  it('gives the fields of an entry by its first', async () => {
    const root = 'root:x:0:0:root:/root:/bin/bash\n';
    const { facts } = await asked({ database: 'passwd', key: 'root' }, ['passwd', 'root'], root);
    expect(facts).toEqual({ getent_passwd: { root: ['x', '0', '0', 'root', '/root', '/bin/bash'] } });
  });

  it('splits at blanks, keeps several of one name, and asks one service', async () => {
    const printed = '127.0.0.1       localhost\n127.0.0.1       vm here\n::1  ip6\n';
    const { facts } = await asked({ database: 'hosts', service: 'files' }, ['hosts', '-s', 'files'], printed);
    expect(facts).toEqual({ getent_hosts: { '127.0.0.1': [['localhost'], ['vm', 'here']], '::1': ['ip6'] } });
  });

  it('fails for an entry that is not there, or gives none', async () => {
    const given = { database: 'group', key: 'none' };
    expect((await asked(given, ['group', 'none'], '', 2)).failed).toBe(
      'One or more supplied key could not be found in the database.',
    );
    const borne = await asked({ ...given, fail_key: false }, ['group', 'none'], '', 2);
    expect([borne.failed, borne.facts]).toEqual([undefined, { getent_group: { none: null } }]);
    expect((await asked({ database: 'x' }, ['x'], '', 1)).failed).toBe('Missing arguments, or database unknown.');
  });

  it('reads this machine', async () => {
    const { returns, changed } = await runModule(getent, { database: 'passwd', key: 'root' });
    expect(changed).toBe(false);
    expect(returns['ansible_facts']).toHaveProperty(['getent_passwd', 'root', 1], '0');
  });
});

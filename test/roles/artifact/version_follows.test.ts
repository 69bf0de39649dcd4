import { describe, expect, it } from 'vitest';
import { formatProblem, Problem } from '../../../engine/problem.ts';
import versionFollows from '../../../roles/artifact/modules/version_follows.ts';
import { FakeHost } from '../../support/fake.ts';
import { controllerFor } from '../../support/module.ts';

/** What becomes of an agent beside a server of that version. */
async function beside(has: string, version: string): Promise<unknown> {
  const argv = ['readlink', '--', '/opt/spire/current'];
  const host = new FakeHost([{ argv, answer: has === '' ? { status: 1 } : { stdout: `${has}\n` } }]);
  const args = { product: 'spire', path: '/opt/spire', version, server: 'control' };
  const thrown = await versionFollows.ask(host, args, controllerFor({ host: 'vm1' })).catch((error: unknown) => error);
  return thrown instanceof Problem ? formatProblem(thrown) : thrown;
}

describe('version_follows', () => {
  it('takes an agent as old as the server or older, and one of a server that is not there yet', async () => {
    for (const version of ['1.14.5', '1.14.4', '1.13.3'])
      expect(await beside('1.14.5', version)).toEqual({ returns: { version: '1.14.5' } });
    expect(await beside('', '1.14.5')).toEqual({ returns: { version: '' } });
  });

  it('refuses one that is newer, by a patch as well', async () => {
    expect(await beside('1.14.5', '1.15.3')).toBe(
      [
        'the agent of vm1 would be spire 1.15.3, newer than the server of control, 1.14.5',
        '  why:  an agent is never newer than a server, and this run leaves that one as it is',
        '  mend: name control in --limit as well, or bring it to 1.15.3 first',
      ].join('\n'),
    );
    expect(await beside('1.14.5', '1.14.10')).toContain('newer than the server of control');
  });
});

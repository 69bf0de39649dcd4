import { describe, expect, it } from 'vitest';
import { formatProblem, Problem } from '../../../engine/problem.ts';
import versionStep from '../../../roles/artifact/modules/version_step.ts';
import { FakeHost } from '../../support/fake.ts';
import { controllerFor } from '../../support/module.ts';

/** What becomes of a host that has one version and is to have another. */
async function step(product: string, has: string, version: string): Promise<unknown> {
  const argv = ['readlink', '--', `/opt/${product}/current`];
  const host = new FakeHost([{ argv, answer: has === '' ? { status: 1 } : { stdout: `${has}\n` } }]);
  const asked = versionStep.ask(host, { product, path: `/opt/${product}`, version }, controllerFor({}));
  const thrown = await asked.catch((error: unknown) => error);
  return thrown instanceof Problem ? formatProblem(thrown) : thrown;
}

describe('version_step', () => {
  it('takes a host that has none, the same, a patch or the next minor', async () => {
    expect(await step('spire', '', '1.15.3')).toEqual({ returns: { version: '' } });
    for (const version of ['1.13.2', '1.13.3', '1.13.9', '1.14.5'])
      expect(await step('spire', '1.13.3', version)).toEqual({ returns: { version: '1.13.3' } });
    expect(await step('coredns', '1.10.0', '1.14.7')).toEqual({ returns: { version: '1.10.0' } });
    expect(await step('cilium', '1.19.6', '1.18.9')).toEqual({ returns: { version: '1.19.6' } });
  });

  it('refuses a jump over a minor', async () => {
    expect(await step('spire', '1.13.3', '1.15.3')).toBe(
      [
        'here has spire 1.13.3, and 1.15.3 is more than one minor away',
        '  why:  each minor only knows the one before and the one after it',
        '  mend: go to 1.14 first: upgrade.yml -e product=spire -e version=1.14.X',
      ].join('\n'),
    );
    expect(await step('cilium', '1.19.6', '1.21.0')).toContain('here has cilium 1.19.6, and 1.21.0 is more than one');
  });

  it('refuses what only upgrade.yml does in the right order', async () => {
    expect(await step('spire', '1.14.5', '1.13.3')).toBe(
      [
        'here has spire 1.14.5, and spire_version is 1.13.3, a minor older',
        '  why:  agents go back before their server, and site.yml brings servers first',
        '  mend: set spire_version to 1.14.5, or go back by upgrade.yml -e product=spire -e version=1.13.3',
      ].join('\n'),
    );
  });
});

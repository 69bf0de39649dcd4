import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatProblem, Problem } from '../../../engine/problem.ts';
import etcdStep from '../../../roles/etcd/modules/etcd_step.ts';
import { FakeHost } from '../../support/fake.ts';
import { controllerFor, runModule, temporaryFolder } from '../../support/module.ts';

const PINNED = '/opt/etcd/current/etcd';
const DEBIAN = '/usr/bin/etcd';

/** What becomes of a member whose script prints these lines. */
async function step(printed: string[], source: string, version = '3.7.3'): Promise<unknown> {
  const args = { source, version, data: '/data', unit: '/unit' };
  const stdout = printed.map((line) => `${line}\n`).join('');
  const host = new FakeHost([{ script: /--version/, args: ['/data', '/unit', source], answer: { stdout } }]);
  const thrown = await etcdStep.ask(host, args, controllerFor({ host: 'vm1' })).catch((error: unknown) => error);
  return thrown instanceof Problem ? formatProblem(thrown) : thrown;
}

describe('etcd_step', () => {
  it('takes a host without data, the same version, a patch or the next minor', async () => {
    expect(await step([], 'release')).toEqual({ returns: { version: '' } });
    for (const version of ['3.6.1', '3.6.9', '3.7.3'])
      expect(await step([PINNED, '3.6.4'], 'release', version)).toEqual({ returns: { version: '3.6.4' } });
    expect(await step([DEBIAN, '3.4.23', '3.4.23'], 'debian')).toEqual({ returns: { version: '3.4.23' } });
    expect(await step([DEBIAN, '3.4.23'], 'release', '3.5.21')).toEqual({ returns: { version: '3.4.23' } });
    expect(await step([PINNED, '3.4.30', '3.4.23'], 'debian')).toEqual({ returns: { version: '3.4.30' } });
  });

  it('refuses to go from Debian’s over a minor', async () => {
    expect(await step([DEBIAN, '3.4.23'], 'release')).toBe(
      [
        'vm1 has etcd 3.4.23, and 3.7.3 is more than one minor away',
        '  why:  each minor only knows the one before and the one after it',
        '  mend: go to 3.5 first: site.yml with etcd_version: 3.5.X',
      ].join('\n'),
    );
  });

  it('refuses to go from a pinned one over a minor, or back', async () => {
    expect(await step([PINNED, '3.5.21'], 'release')).toContain(
      'mend: go to 3.6 first: upgrade.yml -e product=etcd -e version=3.6.X',
    );
    expect(await step([PINNED, '3.7.3'], 'release', '3.6.9')).toContain('its store does not go back to 3.6');
  });

  it('refuses to go from a pinned one to a Debian’s that does not open its data, or may not', async () => {
    expect(await step([PINNED, '3.7.3', '3.4.23'], 'debian')).toBe(
      [
        'vm1 has etcd 3.7.3, and its store does not go back to 3.4',
        '  why:  etcd raises its store to its own minor when all members run it',
        '  mend: keep the version, or go back to a backup of before: restore.yml',
      ].join('\n'),
    );
    expect(await step([PINNED, '3.7.3'], 'debian')).toBe(
      [
        'vm1 has etcd 3.7.3, and knows of no etcd-server of Debian’s to go to',
        '  why:  only a version next to it opens its data',
        '  mend: run apt-get update there, or set etcd_source to what it was',
      ].join('\n'),
    );
  });

  it('reads the version of the program that the unit runs, where there are data', async () => {
    const folder = temporaryFolder();
    const [data, unit, program] = [join(folder, 'data'), join(folder, 'etcd.service'), join(folder, 'etcd')];
    const given = { source: 'release', version: '3.7.3', data, unit };
    expect((await runModule(etcdStep, given)).returns).toEqual({ version: '' });
    mkdirSync(join(data, 'member'), { recursive: true });
    expect((await runModule(etcdStep, given)).returns).toEqual({ version: '' });
    writeFileSync(unit, `[Service]\nType=notify\nExecStart=${program} --name vm1 \\\n  --x\n`);
    writeFileSync(program, '#!/bin/sh\necho "etcd Version: 3.7.1"\necho "Git SHA: Not provided"\n');
    chmodSync(program, 0o755);
    expect((await runModule(etcdStep, given)).returns).toEqual({ version: '3.7.1' });
  });
});

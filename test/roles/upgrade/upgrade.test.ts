import { describe, expect, it } from 'vitest';
import { formatProblem, Problem } from '../../../engine/problem.ts';
import { compareVersions } from '../../../engine/system/version.ts';
import { direction, type Upgrade, type Use } from '../../../roles/upgrade/lib/version.ts';
import unitProgram from '../../../roles/upgrade/modules/unit_program.ts';
import upgradeCheck from '../../../roles/upgrade/modules/upgrade_check.ts';
import upgradeUsed from '../../../roles/upgrade/modules/upgrade_used.ts';
import { FakeHost } from '../../support/fake.ts';
import { controllerFor } from '../../support/module.ts';

const spire = (to: string, only: Upgrade['only'] = 'all'): Upgrade => ({ product: 'spire', to, only });
const server = (version: string): Use => ({ host: 'control', part: 'server', version });
const agent = (version: string, host = 'vm1'): Use => ({ host, part: 'agent', version });
const said = (doing: () => unknown): string => {
  try {
    return JSON.stringify(doing());
  } catch (thrown) {
    if (thrown instanceof Problem) return formatProblem(thrown);
    throw thrown;
  }
};

describe('the way to another version', () => {
  it('is up, down or none', () => {
    expect(compareVersions('1.9.3', '1.13.0')).toBeLessThan(0);
    expect(direction(spire('1.14.0'), [server('1.13.3'), agent('1.13.3')])).toBe('up');
    expect(direction(spire('1.13.2'), [server('1.13.3'), agent('1.13.3')])).toBe('down');
    expect(direction(spire('1.13.3'), [server('1.13.3')])).toBe('none');
  });

  it('goes on where it was interrupted', () => {
    expect(direction(spire('1.14.0'), [server('1.14.0'), agent('1.13.3'), agent('1.14.0', 'vm2')])).toBe('up');
    expect(direction(spire('1.13.3'), [server('1.14.0'), agent('1.13.3')])).toBe('down');
  });

  it('is refused where it jumps over a minor of SPIRE, and only there', () => {
    expect(said(() => direction(spire('1.15.3'), [server('1.13.3')]))).toBe(
      'control has spire 1.13.3, and 1.15.3 is more than one minor away\n  why:  each minor only knows the one before and the one after it\n  mend: go to 1.14 first: upgrade.yml -e product=spire -e version=1.14.X',
    );
    expect(said(() => direction(spire('1.11.0'), [agent('1.13.3')]))).toContain(
      'mend: go to 1.12 first: upgrade.yml -e product=spire -e version=1.12.X',
    );
    expect(direction({ product: 'coredns', to: '1.14.7', only: 'all' }, [server('1.10.0')])).toBe('up');
  });

  it('is refused where etcd would have to open a store of a later minor', () => {
    const etcd = (to: string): Upgrade => ({ product: 'etcd', to, only: 'all' });
    expect(said(() => direction(etcd('3.6.9'), [server('3.7.3')]))).toBe(
      'control has etcd 3.7.3, and its store does not go back to 3.6\n  why:  etcd raises its store to its own minor when all members run it\n  mend: keep the version, or go back to a backup of before: restore.yml',
    );
    expect(direction(etcd('3.7.2'), [server('3.7.3')])).toBe('down');
  });

  it('is refused where agents would be newer than servers', () => {
    expect(said(() => direction(spire('1.14.0', 'agents'), [server('1.13.3'), agent('1.13.3')]))).toBe(
      'the agent of vm1 would be spire 1.14.0, newer than the server of control, 1.13.3\n  why:  an agent is never newer than a server\n  mend: bring the servers to it first',
    );
    expect(said(() => direction(spire('1.13.3', 'servers'), [server('1.14.0'), agent('1.14.0')]))).toContain(
      'mend: bring the agents to it first',
    );
    expect(direction(spire('1.14.0', 'servers'), [server('1.13.3'), agent('1.13.3')])).toBe('up');
  });

  it('is refused where it lies between what hosts have, and where no host has any', () => {
    expect(said(() => direction(spire('1.13.3'), [server('1.14.0'), agent('1.13.2')]))).toBe(
      'spire 1.13.3 is older than what control has, and newer than what vm1 has\n  mend: first bring all hosts to one of the two: 1.14.0 or 1.13.2',
    );
    expect(said(() => direction(spire('1.13.3'), []))).toBe(
      'spire is on no host of the run\n  mend: the inventory says who has it: run site.yml first',
    );
  });
});

describe('upgrade_check', () => {
  const check = async (product: string, version: string): Promise<string> => {
    const args = { product, version, products: ['spire', 'coredns'], only: 'all' as const };
    const thrown = await upgradeCheck.evaluate(args, {} as never, controllerFor({})).catch((error: unknown) => error);
    return thrown instanceof Problem ? formatProblem(thrown) : JSON.stringify(thrown);
  };

  it('knows products and what a version is', async () => {
    expect(await check('spire', '1.14.0')).toBe('{"returns":{}}');
    expect(await check('spyre', '1.14.0')).toBe(
      '"spyre" is no product of the mesh\n  mend: did you mean "spire"? run with -e product=NAME -e version=X: spire, coredns',
    );
    expect(await check('', '')).toBe(
      'no product is named\n  mend: run with -e product=NAME -e version=X: spire, coredns',
    );
    expect(await check('spire', '1.14')).toBe(
      '"1.14" is no version of spire\n  mend: write it whole, such as -e version=1.14.1',
    );
  });
});

describe('what a host runs', () => {
  it('is told by the link', async () => {
    const argv = ['readlink', '--', '/opt/spire/current'];
    const ask = (answer: object) =>
      upgradeUsed.ask(new FakeHost([{ argv, answer }]), { path: '/opt/spire' }, controllerFor({}));
    expect(await ask({ stdout: '1.13.3\n' })).toEqual({ returns: { version: '1.13.3' } });
    expect(await ask({ status: 1 })).toEqual({ returns: { version: '' } });
  });

  it('is restarted when it was started from another folder', async () => {
    const args = { unit: 'spire-agent', path: '/opt/spire/1.14.0' };
    const probe = (stdout: string) =>
      unitProgram.probe(new FakeHost([{ script: /MainPID/, args: ['spire-agent'], answer: { stdout } }]), args);
    expect(unitProgram.plan(await probe('/opt/spire/1.14.0/spire-agent\n'), args)).toEqual([]);
    const old = await probe('/opt/spire/1.13.3/spire-agent\n');
    expect(unitProgram.plan(old, args)).toEqual([
      { key: 'spire-agent', before: '/opt/spire/1.13.3/spire-agent', after: '/opt/spire/1.14.0/' },
    ]);
    expect(unitProgram.plan(await probe('\nit broke\n'), args)).toMatchObject([{ before: 'stopped' }]);
    const host = new FakeHost([
      { argv: ['systemctl', 'restart', '--', 'spire-agent'], answer: { status: 1, stderr: 'failed' } },
      {
        argv: ['journalctl', '-q', '-u', 'spire-agent', '-n', '12', '-o', 'cat', '--no-pager'],
        answer: { stdout: 'bad flag\n' },
      },
    ]);
    const thrown = await unitProgram.apply(host, [], args, controllerFor({}), old).catch((error: unknown) => error);
    expect(formatProblem(thrown as Problem)).toBe(
      'spire-agent did not start\n    failed\n    its last log lines:\n      bad flag\n  mend: go back to the version before: run upgrade.yml with it',
    );
  });
});

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { connect } from '../../../engine/connection/connect.ts';
import { refusalOf, standingOf } from '../../../roles/cilium/lib/agent.ts';
import { HERE } from '../../support/here.ts';
import { temporaryFolder } from '../../support/module.ts';

const top = temporaryFolder();
const [bin, folder, told] = ['bin', 'policies', 'told'].map((name) => join(top, name)) as [string, string, string];
for (const path of [bin, folder, told]) mkdirSync(path);
const program = (name: string, text: string): void =>
  writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
program('systemctl', `case $1 in show) cat ${told}/invocation ;; esac`);
program('curl', `cat ${told}/policy`);
program('journalctl', 'case $* in *--show-cursor*) echo "-- cursor: s=1" ;; esac');
// Each look at the clock finds a minute gone.
program('date', `echo x >>${told}/clock; echo $(($(wc -l <${told}/clock) * 60))`);
process.env['PATH'] = `${bin}:${process.env['PATH']}`;
const session = connect(HERE);
afterAll(async () => (await session).close());

const POLICIES = ['web', 'api', 'old'];
const agentIs = (at: string, invocation: string, revision: number, names: readonly string[]): void => {
  mkdirSync(at, { recursive: true });
  const labels = names.map((name) => `{\\"key\\":\\"${name}\\",\\"value\\":\\"${name}.yaml\\"}`).join(',');
  writeFileSync(join(at, 'policy'), `{"policy":"[${labels}]","revision":${revision}}\n`);
  writeFileSync(join(at, 'invocation'), `${invocation}\n`);
};

async function refusal(revision: number, names: readonly string[], next = 'second'): Promise<string[] | undefined> {
  const host = (await session).reader({});
  for (const name of [...POLICIES, 'Passed_over']) writeFileSync(join(folder, `${name}.yaml`), '');
  agentIs(told, 'first', 12, [...POLICIES, 'bad']);
  const before = await standingOf(host);
  expect(before).toEqual({ revision: 12, cursor: 's=1', invocation: 'first' });
  agentIs(told, next, revision, names);
  return await refusalOf(host, before as NonNullable<typeof before>, { folder, there: ['web'], gone: ['bad'] });
}

describe('an agent that policies were written for', () => {
  it('has taken them in when its rules have grown by each file', async () => {
    expect(await refusal(13, POLICIES, 'first')).toBeUndefined();
    expect(await refusal(12, POLICIES, 'first')).toEqual(['it has not taken in all that was written']);
  });

  it('counts anew when it was dying as it was asked where it stands: the next one has read all when it knows each file', async () => {
    expect(await refusal(4, POLICIES)).toBeUndefined();
    expect(await refusal(3, ['web', 'api'])).toEqual(['it has not taken in old']);
    expect(await refusal(5, [...POLICIES, 'bad'])).toEqual(['it has not taken in bad']);
  });
});

import { expect, it } from 'vitest';
import serviceFacts from '../../../engine/modules/service_facts.ts';
import { FakeHost } from '../../support/fake.ts';
import { controllerFor } from '../../support/module.ts';

async function asked(stdout: string, status = 0) {
  const host = new FakeHost([{ script: /list-unit-files/, args: [], answer: { stdout, status, stderr: 'no bus\n' } }]);
  return serviceFacts.ask(host, {}, controllerFor({}));
}

/** Of a Debian 12 host, cut. */
const LISTED = ` [ + ]  ssh
 [ - ]  hwclock.sh
@units
  UNIT                 LOAD      ACTIVE   SUB     DESCRIPTION
apt-daily.service      loaded    inactive dead    Daily apt download activities
auditd.service         not-found inactive dead    auditd.service
exim4.service          masked    inactive dead    exim4.service
haproxy.service        loaded    failed   failed  HAProxy Load Balancer
ssh.service            loaded    active   running OpenBSD Secure Shell server
user@0.service         loaded    active   running masked

LOAD   = Reflects whether the unit definition was properly loaded.

6 loaded units listed.
@files
UNIT FILE           STATE    PRESET
apt-daily.service   static   -
autovt@.service     alias    -
exim4.service       masked   enabled
haproxy.service     enabled  enabled
nftables.service    disabled enabled
ssh.service         enabled  enabled
sshd.service        alias    -

7 unit files listed.
@states
nftables.service
sshd.service
@active
ActiveState=inactive

ActiveState=active
`;

// What ansible-core's module makes of the same lists.
it('reads scripts, loaded units and unit files', async () => {
  const { facts, returns } = await asked(LISTED);
  expect(returns).toEqual({ ansible_facts: facts });
  const lines = Object.values(facts?.['services'] as object).map(({ name, state, status, source }) =>
    [name, state, status ?? '-', source].join(' '),
  );
  expect(lines).toEqual([
    'ssh running - sysv',
    'hwclock.sh stopped - sysv',
    'apt-daily.service stopped static systemd',
    'auditd.service stopped not-found systemd',
    'exim4.service stopped masked systemd',
    'haproxy.service stopped failed systemd',
    'ssh.service running enabled systemd',
    'user@0.service running active systemd',
    'autovt@.service unknown alias systemd',
    'nftables.service inactive disabled systemd',
    'sshd.service active alias systemd',
  ]);
  expect(Object.keys(facts?.['services'] as object)).toContain('haproxy.service');
});

it('is skipped where there is nothing to list', async () => {
  expect(await asked('@units\n')).toEqual({ skipped: 'the host has no services that can be listed' });
});

it('fails where systemd does not answer', async () => {
  await expect(asked('', 1)).rejects.toMatchObject({ code: 'no-systemd', details: ['no bus'] });
});

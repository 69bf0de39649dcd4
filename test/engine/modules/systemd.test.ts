import { describe, expect, it } from 'vitest';
import { resolveArguments } from '../../../engine/arguments.ts';
import systemd from '../../../engine/modules/systemd.ts';
import {
  applyUnit,
  planUnit,
  probeUnit,
  returnsUnit,
  type UnitState,
  type UnitWish,
} from '../../../engine/system/unit.ts';
import type { Mapping } from '../../../engine/value.ts';
import { type Call, FakeHost } from '../../support/fake.ts';
import { controllerFor } from '../../support/module.ts';
import { thrownBy } from '../../support/thrown.ts';

const RUNNING: UnitState = { found: true, active: 'active', enabled: 'enabled', reloadNeeded: false, properties: {} };
const STOPPED: UnitState = { ...RUNNING, active: 'inactive', enabled: 'disabled' };
const MISSING: UnitState = { ...STOPPED, found: false, enabled: '' };

/** What systemctl show of systemd 252 prints, with is-enabled after it. */
const SHOWN = `Type=notify
MainPID=812
Result=success
ExecMainStatus=0
Description=OpenBSD Secure Shell server
LoadState=loaded
ActiveState=active
SubState=running
FragmentPath=/lib/systemd/system/ssh.service
UnitFileState=enabled
NeedDaemonReload=yes
Enabled=enabled
`;

async function wish(given: Mapping, check = false): Promise<UnitWish> {
  const args = resolveArguments(systemd, given, undefined);
  return systemd.prepare?.(controllerFor({}, check), args as never) ?? Promise.reject(new Error('no wish'));
}

const lines = (state: UnitState, wanted: UnitWish): string[] =>
  planUnit(state, wanted).map(({ key, before, after }) => `${key}: ${before} -> ${after}`);

describe('the plan of systemd', () => {
  it.each<[string, UnitState, Mapping, string[]]>([
    ['starts what is stopped', STOPPED, { state: 'started' }, ['state: inactive -> active']],
    ['starts what failed', { ...STOPPED, active: 'failed' }, { state: 'started' }, ['state: failed -> active']],
    ['leaves what runs', RUNNING, { state: 'started' }, []],
    ['leaves what is about to run', { ...RUNNING, active: 'activating' }, { state: 'started' }, []],
    ['stops what runs', RUNNING, { state: 'stopped' }, ['state: active -> inactive']],
    ['leaves what is stopped', STOPPED, { state: 'stopped' }, []],
    ['leaves what failed, for stopped', { ...STOPPED, active: 'failed' }, { state: 'stopped' }, []],
    ['restarts each time', RUNNING, { state: 'restarted' }, ['restart: active -> active']],
    ['reloads what runs', RUNNING, { state: 'reloaded' }, ['reload: active -> active']],
    ['starts what is to be reloaded and does not run', STOPPED, { state: 'reloaded' }, ['start: inactive -> active']],
    [
      'enables before it starts',
      STOPPED,
      { state: 'started', enabled: true },
      ['enabled: false -> true', 'state: inactive -> active'],
    ],
    ['disables', RUNNING, { enabled: false }, ['enabled: true -> false']],
    ['leaves a unit that cannot be enabled', { ...STOPPED, enabled: 'static' }, { enabled: true }, []],
    [
      'unmasks before it enables',
      { ...STOPPED, enabled: 'masked' },
      { masked: false, enabled: true },
      ['masked: true -> false', 'enabled: false -> true'],
    ],
    ['masks a unit that is not there', MISSING, { masked: true }, ['masked: false -> true']],
    ['leaves what is masked', { ...MISSING, enabled: 'masked-runtime' }, { masked: true }, []],
    ['takes a missing unit for stopped', MISSING, { state: 'stopped' }, []],
    [
      'reloads systemd first, when it has to',
      { ...RUNNING, reloadNeeded: true },
      { daemon_reload: true, state: 'restarted' },
      ['daemon_reload: null -> true', 'restart: active -> active'],
    ],
    ['does not reload systemd when nothing changed', RUNNING, { daemon_reload: true }, []],
    ['executes systemd again when asked', RUNNING, { daemon_reexec: true }, ['daemon_reexec: null -> true']],
  ])('%s', async (_title, state, given, changes) => {
    expect(lines(state, await wish({ name: 'ssh', ...given }))).toEqual(changes);
  });

  it('does actions once only, so a later look does not miss them', async () => {
    const changes = planUnit(
      { ...RUNNING, reloadNeeded: true },
      await wish({ name: 'ssh', daemon_reload: true, state: 'restarted' }),
    );
    expect(changes.map(({ once }) => once)).toEqual([true, true]);
  });

  it('refuses a unit that is not there, except in check mode, where an earlier task may bring it', async () => {
    const wanted = await wish({ name: 'nosuch', state: 'started' });
    expect(() => planUnit(MISSING, wanted)).toThrow('there is no unit "nosuch.service"');
    expect(lines(MISSING, { ...wanted, check: true })).toEqual(['state: inactive -> active']);
  });

  it('refuses a state without a unit', async () => {
    expect((await thrownBy(wish({ daemon_reload: true, state: 'started' }))).code).toBe('missing-argument');
  });

  it('takes a name without suffix for a service', async () => {
    expect((await wish({ name: 'a.b', state: 'started' })).unit).toBe('a.b.service');
    expect((await wish({ name: 'backup.timer', state: 'started' })).unit).toBe('backup.timer');
  });
});

describe('the probe of systemd', () => {
  const asks = async (given: Mapping, stdout: string, args: string[], status = 0): Promise<UnitState> => {
    const host = new FakeHost([
      { script: /systemctl/, args, answer: { stdout, stderr: 'System has not been booted', status } },
    ]);
    const state = await probeUnit(host, await wish(given));
    host.done();
    return state;
  };

  it('reads what systemctl prints', async () => {
    const state = await asks({ name: 'ssh', enabled: true }, SHOWN, ['ssh.service', 'enabled']);
    expect(state).toMatchObject({ found: true, active: 'active', enabled: 'enabled', reloadNeeded: true });
    expect(state.properties).toMatchObject({ MainPID: '812', Description: 'OpenBSD Secure Shell server' });
    expect(state.properties).not.toHaveProperty('Enabled');
  });

  it.each<[string, string, boolean, string]>([
    ['a unit that is not there', 'LoadState=not-found\nActiveState=inactive\nUnitFileState=\nEnabled=', false, ''],
    ['a masked unit', 'LoadState=masked\nActiveState=inactive\nUnitFileState=masked\nEnabled=masked', true, 'masked'],
    [
      'a unit of an init script',
      'LoadState=loaded\nActiveState=active\nUnitFileState=generated\nEnabled=',
      true,
      'generated',
    ],
  ])('knows %s', async (_title, stdout, found, enabled) => {
    expect(await asks({ name: 'a' }, `${stdout}\n`, ['a.service', ''])).toMatchObject({ found, enabled });
  });

  it('asks a user’s own systemd', async () => {
    expect((await asks({ name: 'a', scope: 'user' }, SHOWN, ['--user', 'a.service'])).found).toBe(true);
  });

  it('reads only links for the units of all users, which run in no systemd of the host', async () => {
    const asked = ['--global', 'a.service'];
    expect(await asks({ name: 'a', scope: 'global' }, 'Enabled=disabled\n', asked)).toMatchObject({
      found: true,
      enabled: 'disabled',
    });
    expect((await asks({ name: 'a', scope: 'global' }, 'Enabled=', asked)).found).toBe(false);
    expect((await asks({ name: 'a', scope: 'global' }, 'Enabled=not-found\n', asked)).found).toBe(false);
  });

  it('sees without a unit whether any unit file is new', async () => {
    const needed = 'NeedDaemonReload=no\nNeedDaemonReload=yes\n';
    expect((await asks({ daemon_reload: true }, needed, ['--system', ''])).reloadNeeded).toBe(true);
    expect((await asks({ daemon_reload: true }, 'NeedDaemonReload=no\n', ['--system', ''])).reloadNeeded).toBe(false);
  });

  it('says when systemd does not answer', async () => {
    const problem = await thrownBy(asks({ name: 'a' }, '', ['a.service', ''], 1));
    expect([problem.code, problem.details]).toEqual(['no-systemd', ['System has not been booted']]);
  });
});

describe('the apply of systemd', () => {
  const act = (...args: string[]): Call => ({ script: /journalctl/, args });
  const applied = async (state: UnitState, given: Mapping, calls: Call[]): Promise<void> => {
    const wanted = await wish({ name: 'ssh', ...given });
    const host = new FakeHost(calls);
    await applyUnit(host, planUnit(state, wanted), wanted);
    host.done();
  };

  it('works in the order of the plan', async () => {
    const masked = { ...STOPPED, enabled: 'masked', reloadNeeded: true };
    await applied(masked, { daemon_reload: true, masked: false, enabled: true, state: 'started' }, [
      { argv: ['systemctl', 'daemon-reload'] },
      act('--system', 'ssh.service', 'unmask', ''),
      act('--system', 'ssh.service', 'enable', ''),
      act('--system', 'ssh.service', 'start', ''),
    ]);
  });

  it.each<[string, UnitState, Mapping, string]>([
    ['stops', RUNNING, { state: 'stopped' }, 'stop'],
    ['disables', RUNNING, { enabled: false }, 'disable'],
    ['masks', RUNNING, { masked: true }, 'mask'],
    ['restarts', RUNNING, { state: 'restarted' }, 'restart'],
    ['reloads', RUNNING, { state: 'reloaded' }, 'reload'],
    ['starts instead of a reload', STOPPED, { state: 'reloaded' }, 'start'],
  ])('%s', async (_title, state, given, verb) => {
    await applied(state, given, [act('--system', 'ssh.service', verb, '')]);
  });

  it('replaces links that are in the way of a unit by force', async () => {
    await applied(STOPPED, { enabled: true, state: 'started', force: true }, [
      act('--system', 'ssh.service', 'enable', '--force'),
      act('--system', 'ssh.service', 'start', ''),
    ]);
  });

  it('does not wait for a start when told so, but for an enable', async () => {
    await applied(STOPPED, { enabled: true, state: 'started', no_block: true }, [
      act('--system', 'ssh.service', 'enable', ''),
      act('--system', 'ssh.service', 'start', '--no-block'),
    ]);
  });

  it('reloads a user’s own systemd', async () => {
    await applied({ ...RUNNING, reloadNeeded: true }, { scope: 'user', daemon_reload: true }, [
      { argv: ['systemctl', '--user', 'daemon-reload'] },
    ]);
  });

  it('shows the last lines of the log of a unit that does not start', async () => {
    const stdout = `Job for ssh.service failed because the control process exited with error code.
See "systemctl status ssh.service" and "journalctl -xeu ssh.service" for details.
@log
/etc/ssh/sshd_config: line 3: Bad configuration option: Prot
ssh.service: Main process exited, code=exited, status=255/EXCEPTION
`;
    const failing = { ...act('--system', 'ssh.service', 'start', ''), answer: { status: 1, stdout } };
    const problem = await thrownBy(applied(STOPPED, { state: 'started' }, [failing]));
    expect([problem.code, problem.what]).toEqual(['unit-failed', 'ssh.service did not start']);
    expect(problem.why).toBe('Job for ssh.service failed because the control process exited with error code.');
    expect(problem.details.join('\n')).toContain('line 3: Bad configuration option: Prot');
  });

  it('says so when a unit starts and fails at once', async () => {
    const failing = {
      ...act('--system', 'ssh.service', 'restart', ''),
      answer: { status: 1, stdout: '\n@log\ngone\n' },
    };
    const problem = await thrownBy(applied(RUNNING, { state: 'restarted' }, [failing]));
    expect(problem.why).toContain('at once after systemctl restart');
  });
});

it('systemd returns what Ansible’s does', async () => {
  const wanted = await wish({ name: 'ssh', state: 'restarted', enabled: true });
  const properties = { ActiveState: 'active' };
  expect(returnsUnit({ ...RUNNING, properties }, wanted)).toEqual({
    name: 'ssh',
    enabled: true,
    state: 'started',
    status: properties,
  });
});

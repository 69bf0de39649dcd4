import { describe, expect, it } from 'vitest';
import { resolveArguments } from '../../../engine/arguments.ts';
import user from '../../../engine/modules/user.ts';
import type { Mapping } from '../../../engine/value.ts';
import { type Call, FakeHost } from '../../support/fake.ts';
import { controllerFor, problemOf, runModule } from '../../support/module.ts';

type State = Parameters<typeof user.plan>[0];

const ANN: State = {
  exists: true,
  uid: 1000,
  group: 'ann',
  gid: 1000,
  groups: ['adm', 'sudo'],
  comment: 'Ann',
  home: '/home/ann',
  shell: '/bin/bash',
  password: '$6$old',
  expires: -1,
  homeExists: true,
  age: {},
};
const NOBODY: State = { ...ANN, exists: false, homeExists: false };

const KEY = { file: '/home/ann/.ssh/id_rsa', fingerprint: '2048 SHA256:x', public: 'ssh-rsa AAAA' };

const argsOf = (given: Mapping) => resolveArguments(user, { name: 'ann', ...given }, undefined) as never;
const planned = (state: State, given: Mapping): string[] =>
  user.plan(state, argsOf(given)).map(({ key, before, after }) => `${key}: ${before} -> ${after}`);

async function applied(state: State, given: Mapping, calls: Call[]): Promise<void> {
  const host = new FakeHost(calls);
  const args = argsOf(given);
  await user.apply(host, user.plan(state, args), args, controllerFor({}), state);
  host.done();
}

describe('the plan of user', () => {
  it.each<[string, State, Mapping, string[]]>([
    ['makes who is not there', NOBODY, { uid: 7, shell: '/bin/sh' }, ['user: null -> ann']],
    ['leaves who is there', ANN, {}, []],
    ['leaves who is gone', NOBODY, { state: 'absent' }, []],
    ['removes who is there', ANN, { state: 'absent' }, ['user: ann -> null']],
    [
      'changes what differs only',
      ANN,
      { uid: 1001, comment: 'Ann', shell: '/bin/sh' },
      ['uid: 1000 -> 1001', 'shell: /bin/bash -> /bin/sh'],
    ],
    ['takes the primary group by name or number', ANN, { group: '1000' }, []],
    ['changes the primary group', ANN, { group: 'staff' }, ['group: ann -> staff']],
    ['adds and drops groups', ANN, { groups: ['sudo', 'docker'] }, ['groups: adm,sudo -> sudo,docker']],
    [
      'only adds groups with append',
      ANN,
      { groups: ['docker'], append: true },
      ['groups: adm,sudo -> adm,sudo,docker'],
    ],
    ['leaves groups in another order', ANN, { groups: ['sudo', 'adm'] }, []],
    ['takes the primary group for one of the groups', ANN, { groups: ['ann', 'adm', 'sudo'] }, []],
    ['drops all groups for an empty list', ANN, { groups: [] }, ['groups: adm,sudo -> ']],
    [
      'changes how old the password may get',
      { ...ANN, age: { password_expire_min: 0, password_expire_max: 99_999, password_expire_warn: 7 } },
      { password_expire_min: 1, password_expire_max: 90, password_expire_warn: 7 },
      ['password_expire_min: 0 -> 1', 'password_expire_max: 99999 -> 90'],
    ],
    [
      'gives who is not there an age of the password and a key',
      { ...NOBODY, key: { file: '/home/ann/.ssh/id_rsa' } },
      { password_expire_max: 90, generate_ssh_key: true },
      ['user: null -> ann', 'password_expire_max: null -> 90', 'ssh key: null -> /home/ann/.ssh/id_rsa'],
    ],
    ['leaves a key that is there', { ...ANN, key: KEY }, { generate_ssh_key: true }, []],
    [
      'replaces it by force',
      { ...ANN, key: KEY },
      { generate_ssh_key: true, force: true },
      ['ssh key: 2048 SHA256:x -> /home/ann/.ssh/id_rsa'],
    ],
    ['makes a home that is missing', { ...ANN, homeExists: false }, {}, ['home folder: null -> /home/ann']],
    ['makes no home when told so', { ...ANN, homeExists: false }, { create_home: false }, []],
    [
      'makes the new home when it changes',
      { ...ANN, homeExists: false },
      { home: '/srv/ann' },
      ['home: /home/ann -> /srv/ann', 'home folder: null -> /srv/ann'],
    ],
    ['leaves a new home that is there', ANN, { home: '/srv/ann' }, ['home: /home/ann -> /srv/ann']],
    [
      'moves the old home instead of making one',
      { ...ANN, homeExists: false },
      { home: '/srv/ann', move_home: true },
      ['home: /home/ann -> /srv/ann'],
    ],
    ['leaves the password that is set', ANN, { password: '$6$old' }, []],
    ['leaves the password of a locked account', { ...ANN, password: '!$6$old' }, { password: '$6$old' }, []],
    ['leaves any password for on_create', ANN, { password: '$6$new', update_password: 'on_create' }, []],
    ['locks', ANN, { password_lock: true }, ['password_lock: false -> true']],
    ['unlocks', { ...ANN, password: '!$6$old' }, { password_lock: false }, ['password_lock: true -> false']],
    ['sets an end in whole days', ANN, { expires: 1_700_000_000 }, ['expires: -1 -> 19675']],
    ['leaves an end on the same day', { ...ANN, expires: 19_675 }, { expires: 1_700_000_000 }, []],
    ['takes an end away', { ...ANN, expires: 19_675 }, { expires: -1 }, ['expires: 19675 -> -1']],
  ])('%s', (_title, state, given, changes) => {
    expect(planned(state, given)).toEqual(changes);
  });

  it('marks a password as never to be shown', () => {
    const change = { key: 'password', after: '$6$new', secret: true };
    expect(user.plan(ANN, argsOf({ password: '$6$new' }))).toEqual([{ ...change, before: '$6$old' }]);
    expect(user.plan(NOBODY, argsOf({ password: '$6$new' }))).toContainEqual({ ...change, before: null });
  });
});

describe('the probe of user', () => {
  const probed = (stdout: string, given: Mapping = {}): Promise<State> => {
    const args = [
      'ann',
      String(given.home ?? ''),
      (given.password ?? given.password_expire_max) === undefined ? '' : 'shadow',
    ];
    return user.probe(new FakeHost([{ script: /passwd/, args, answer: { stdout } }]), argsOf(given));
  };

  it('reads what the databases hold', async () => {
    const passwd = 'ann:x:1000:1000:Ann:/home/ann:/bin/bash';
    const shadow = 'ann:$6$old:19000:0:99999:7:::';
    const stdout = `${passwd}\nann adm sudo\n${shadow}\nhome\n`;
    expect(await probed(stdout, { password: '$6$new' })).toEqual(ANN);
  });

  it('reads the day an account ends, and a home that is missing', async () => {
    const state = await probed('ann:x:1000:100::/home/ann:\nusers\nann:!:19000:0:99999:7::19675:\n');
    expect(state).toMatchObject({ expires: 19_675, homeExists: false, groups: [], group: 'users', password: '!' });
  });

  it('reads how old the password may get, where that is asked for', async () => {
    const stdout = 'ann:x:1000:100::/home/ann:\nusers\nann:!:19000:0:99999:7:::\n';
    expect((await probed(stdout, { password_expire_max: 90 })).age).toEqual({
      password_expire_min: 0,
      password_expire_max: 99_999,
      password_expire_warn: 7,
      password_expire_account_disable: -1,
    });
  });

  it('does without the shadow file', async () => {
    const state = await probed('ann:x:1000:1000::/home/ann:/bin/sh\nann\n\nhome\n');
    expect(state).toMatchObject({ exists: true, homeExists: true, expires: -1 });
    expect(state).not.toHaveProperty('password');
  });

  it('knows who is not there', async () => {
    expect((await probed('')).exists).toBe(false);
  });

  it('asks for the home that is wanted', async () => {
    expect((await probed('', { home: '/srv/ann' })).exists).toBe(false);
  });
});

describe('the apply of user', () => {
  it('makes a user with everything that is given', async () => {
    const given = {
      uid: 7,
      non_unique: true,
      group: 'staff',
      groups: 'a,b',
      comment: 'A B',
      home: '/srv/a',
      shell: '/bin/sh',
      system: true,
    };
    const words = [
      '-r',
      '-m',
      '-u',
      '7',
      '-o',
      '-g',
      'staff',
      '-c',
      'A B',
      '-d',
      '/srv/a',
      '-s',
      '/bin/sh',
      '-G',
      'a,b',
    ];
    await applied(NOBODY, given, [{ argv: ['useradd', ...words, '--', 'ann'] }]);
  });

  it('copies a skeleton, under a umask', async () => {
    await applied(NOBODY, { skeleton: '/srv/skel', umask: '022' }, [
      { argv: ['useradd', '-m', '-k', '/srv/skel', '-K', 'UMASK=022', '--', 'ann'] },
    ]);
    await applied({ ...ANN, homeExists: false }, { skeleton: '/srv/skel', umask: '022' }, [
      { script: /cp -aT/, args: ['ann', '/home/ann', '/srv/skel', '022'] },
    ]);
  });

  it('sets the age of the password after the account is there, and makes the key last', async () => {
    const given = { password_expire_min: 1, password_expire_account_disable: 5, generate_ssh_key: true };
    await applied({ ...NOBODY, key: { file: '/home/ann/.ssh/id_rsa' } }, given, [
      { argv: ['useradd', '-m', '--', 'ann'] },
      { argv: ['chage', '-m', '1', '-I', '5', '--', 'ann'] },
      { script: /ssh-keygen/, args: ['ann', '.ssh/id_rsa', 'rsa', '', '', ''] },
    ]);
  });

  it('hands the passphrase of a key on standard input only', async () => {
    const given = { generate_ssh_key: true, ssh_key_type: 'ed25519', ssh_key_comment: 'c', ssh_key_passphrase: 'hush' };
    await applied({ ...ANN, key: { file: '/home/ann/.ssh/id_ed25519' } }, { ...given, ssh_key_bits: 256 }, [
      {
        script: /ssh-keygen/,
        args: ['ann', '.ssh/id_ed25519', 'ed25519', '256', 'c', 'secret'],
        stdin: 'hush\n',
      },
    ]);
  });

  it('hands a password on standard input only, and locks a new account afterwards', async () => {
    await applied(NOBODY, { password: '$6$new', password_lock: true, create_home: false }, [
      { argv: ['useradd', '-M', '--', 'ann'] },
      { argv: ['chpasswd', '-e'], stdin: 'ann:$6$new\n' },
      { argv: ['usermod', '-L', '--', 'ann'] },
    ]);
  });

  it('changes a password and nothing else', async () => {
    await applied(ANN, { password: '$6$new' }, [{ argv: ['chpasswd', '-e'], stdin: 'ann:$6$new\n' }]);
  });

  it('keeps a locked account locked when its password changes', async () => {
    await applied({ ...ANN, password: '!$6$old' }, { password: '$6$new', password_lock: true }, [
      { argv: ['chpasswd', '-e'], stdin: 'ann:$6$new\n' },
      { argv: ['usermod', '-L', '--', 'ann'] },
    ]);
  });

  it.each<[string, State, Mapping, string[][]]>([
    [
      'changes only what differs, in one call',
      ANN,
      { uid: 1001, comment: 'Ann', shell: '/bin/sh', groups: ['docker'] },
      [['usermod', '-u', '1001', '-s', '/bin/sh', '-G', 'docker', '--', 'ann']],
    ],
    [
      'keeps other groups with append',
      ANN,
      { groups: ['docker'], append: true },
      [['usermod', '-G', 'adm,sudo,docker', '--', 'ann']],
    ],
    ['drops all groups', ANN, { groups: [] }, [['usermod', '-G', '', '--', 'ann']]],
    ['moves the home', ANN, { home: '/srv/ann', move_home: true }, [['usermod', '-d', '/srv/ann', '-m', '--', 'ann']]],
    ['sets the end as a date', ANN, { expires: 1_700_000_000 }, [['usermod', '-e', '2023-11-14', '--', 'ann']]],
    ['takes the end away', { ...ANN, expires: 1 }, { expires: -1 }, [['usermod', '-e', '', '--', 'ann']]],
    ['unlocks', { ...ANN, password: '!x' }, { password_lock: false }, [['usermod', '-U', '--', 'ann']]],
    ['removes', ANN, { state: 'absent' }, [['userdel', '--', 'ann']]],
    [
      'removes with the home, by force',
      ANN,
      { state: 'absent', remove: true, force: true },
      [['userdel', '-r', '-f', '--', 'ann']],
    ],
  ])('%s', async (_title, state, given, calls) => {
    await applied(
      state,
      given,
      calls.map((argv) => ({ argv })),
    );
  });

  it('makes the new home after the account knows of it', async () => {
    await applied({ ...ANN, homeExists: false }, { home: '/srv/ann' }, [
      { argv: ['usermod', '-d', '/srv/ann', '--', 'ann'] },
      { script: /cp -aT/, args: ['ann', '/srv/ann', '/etc/skel', '077'] },
    ]);
  });
});

describe('user on this machine', () => {
  it('finds root as it is', async () => {
    const { changes, returns } = await runModule(user, { name: 'root', uid: 0, group: 'root', home: '/root' });
    expect([changes, returns]).toEqual([
      [],
      expect.objectContaining({ uid: 0, group: 0, home: '/root', append: false }),
    ]);
  });

  it('would make who is not there', async () => {
    const { changes } = await runModule(user, { name: 'mesh-play-nobody' }, { check: true });
    expect(changes).toEqual([{ key: 'user', before: null, after: 'mesh-play-nobody' }]);
  });

  it('refuses a number that is none', async () => {
    expect((await problemOf(user, { name: 'ann', uid: -1 })).what).toContain('uid');
  });
});

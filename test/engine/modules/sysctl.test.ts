import { describe, expect, it } from 'vitest';
import { resolveArguments } from '../../../engine/arguments.ts';
import sysctl from '../../../engine/modules/sysctl.ts';
import type { Mapping } from '../../../engine/value.ts';
import { type Call, FakeHost } from '../../support/fake.ts';
import { controllerFor, problemOf } from '../../support/module.ts';
import { thrownBy } from '../../support/thrown.ts';

type State = Parameters<typeof sysctl.plan>[0];

const FILE = '/etc/sysctl.conf';
const NAME = 'net.ipv4.ip_forward';
const UNSET: State = { text: '', inFile: null, running: '0' };
const SET: State = { text: `${NAME}=1\n`, inFile: '1', running: '1' };

const argsOf = (given: Mapping) => resolveArguments(sysctl, { name: NAME, ...given }, undefined) as never;

async function applied(state: State, given: Mapping, calls: Call[]): Promise<void> {
  const host = new FakeHost(calls);
  const args = argsOf(given);
  await sysctl.apply(host, sysctl.plan(state, args), args, controllerFor({}), state);
  host.done();
}

describe('the plan of sysctl', () => {
  it.each<[string, State, Mapping, Mapping[]]>([
    ['sets what the file lacks', UNSET, { value: '1' }, [{ key: FILE, before: null, after: '1' }]],
    ['leaves what the file has', SET, { value: 1 }, []],
    ['leaves the running value unless told', { ...SET, running: '0' }, { value: '1' }, []],
    [
      'changes the running value when told',
      { ...SET, running: '0' },
      { value: '1', sysctl_set: true },
      [{ key: NAME, before: '0', after: '1' }],
    ],
    ['leaves a setting that the kernel has not', { ...SET, running: null }, { value: '1', sysctl_set: true }, []],
    [
      'sees no difference in white space',
      { ...SET, inFile: '4096 87380', running: '4096 87380' },
      { value: '4096\t 87380', sysctl_set: true },
      [],
    ],
    ['removes from the file', SET, { state: 'absent' }, [{ key: FILE, before: `${NAME}=1`, after: null }]],
    ['leaves a file without it', UNSET, { state: 'absent' }, []],
  ])('%s', (_title, state, given, changes) => {
    expect(sysctl.plan(state, argsOf(given))).toEqual(changes);
  });

  it('needs a value, unless it removes', async () => {
    expect((await problemOf(sysctl, { name: NAME })).code).toBe('missing-argument');
  });
});

describe('the probe of sysctl', () => {
  it.each<[string, string, string, string, string | null]>([
    [
      'takes the last line for the setting',
      NAME,
      '/proc/sys/net/ipv4/ip_forward',
      `# ${NAME}=9\n${NAME} = 0\n${NAME}=1\n`,
      '1',
    ],
    ['takes slashes for dots', 'net/ipv4/ip_forward', '/proc/sys/net/ipv4/ip_forward', 'net.ipv4.ip_forward=1\n', '1'],
    ['knows the line that may fail', NAME, '/proc/sys/net/ipv4/ip_forward', `-${NAME} = 1\n`, '1'],
    ['leaves comments', NAME, '/proc/sys/net/ipv4/ip_forward', `;${NAME}=1\n#${NAME}=1\n`, null],
    [
      'finds an interface with a dot in its name',
      'net.ipv4.conf.eth0/100.forwarding',
      '/proc/sys/net/ipv4/conf/eth0.100/forwarding',
      '',
      null,
    ],
  ])('%s', async (_title, name, path, file, inFile) => {
    const host = new FakeHost([
      { readFile: FILE, answer: { file } },
      { script: /cat/, args: [path], answer: { stdout: '4096\t87380\n' } },
    ]);
    expect(await sysctl.probe(host, argsOf({ name }))).toEqual({ text: file, inFile, running: '4096 87380' });
    host.done();
  });

  it('does without the file and without the setting', async () => {
    const host = new FakeHost([
      { readFile: FILE },
      { script: /cat/, args: ['/proc/sys/net/ipv4/ip_forward'], answer: { status: 1 } },
    ]);
    expect(await sysctl.probe(host, argsOf({}))).toEqual({ text: '', inFile: null, running: null });
  });
});

describe('the apply of sysctl', () => {
  const live = (status = 0): Call => ({
    script: /printf/,
    args: ['/proc/sys/net/ipv4/ip_forward', '1'],
    answer: { status, stderr: 'sh: cannot create: Read-only file system' },
  });

  it('keeps other lines, drops older ones of the setting and sets the kernel’s value', async () => {
    const text = `# mine\n${NAME} = 0\nvm.swappiness=10\n\n`;
    await applied({ ...UNSET, text, inFile: '0' }, { value: '1' }, [
      { write: FILE, text: `# mine\nvm.swappiness=10\n${NAME}=1\n` },
      live(),
    ]);
  });

  it('leaves the kernel’s value without reload', async () => {
    await applied(UNSET, { value: '1', reload: false }, [{ write: FILE, text: `${NAME}=1\n` }]);
  });

  it('sets only the kernel’s value when the file is right', async () => {
    await applied({ ...SET, running: '0' }, { value: '1', sysctl_set: true }, [live()]);
  });

  it('removes only its line', async () => {
    const text = `a.b=1\n${NAME}=1\n`;
    await applied({ ...SET, text }, { state: 'absent' }, [{ write: FILE, text: 'a.b=1\n' }]);
  });

  it('says what the kernel refuses, unless it is to go on', async () => {
    const write = { write: FILE, text: `${NAME}=1\n` };
    const problem = await thrownBy(applied(UNSET, { value: '1' }, [write, live(2)]));
    expect(problem.code).toBe('sysctl-refused');
    expect(problem.details.join()).toContain('Read-only');
    await applied(UNSET, { value: '1', ignoreerrors: true }, [write, live(2)]);
  });
});

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import ciliumEndpoint from '../../../roles/cilium/modules/cilium_endpoint.ts';
import { type Agent, type Mood, startAgent } from '../../support/agent.ts';
import { controllerFor } from '../../support/module.ts';

const PROGRAM = join(import.meta.dirname, '../../../roles/cilium/files/endpoint');
const LABELS = ['unspec:spiffe.io/spiffeid=td_web', 'k8s:io.kubernetes.pod.namespace=vm'];

/** Keeps namespaces and links as folders. */
const IP = `#!/bin/sh
case $* in
"$REFUSED") echo "RTNETLINK answers: Operation not permitted" >&2; exit 2 ;;
"netns add "*) mkdir "$FOLDER/netns/$3" ;;
"netns del "*) rmdir "$FOLDER/netns/$3" ;;
"netns list") for one in "$FOLDER"/netns/*; do [ ! -e "$one" ] || echo "\${one##*/} (id: 0)"; done ;;
"link add "*) mkdir "$FOLDER/links/$3" ;;
"link del "*) rmdir "$FOLDER/links/$3" ;;
"-n "*"addr show"*) echo '2: eth0    inet 10.200.1.10/32 scope global eth0' ;;
*"link show"*) echo '7: eth0@if8: <UP> mtu 1500 qdisc noqueue\\    link/ether 0a:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff' ;;
esac
`;
/** Time passes fast. */
const SLEEP = '#!/bin/sh\nexec /usr/bin/sleep 0.01\n';
/** Keeps what limits were set, and which process watches the last one. */
const TIMEOUT = `#!/bin/sh
echo "$3" >>"$FOLDER/limits"
echo $$ >"$FOLDER/watch"
exec /usr/bin/timeout "$@"
`;
/** Says of the system what $SYSTEM is, of a unit what the test wrote down, and keeps what is started. */
const SYSTEMCTL = `#!/bin/sh
case $* in
is-system-running) echo "$SYSTEM" ;;
"show -p "*) cat "$FOLDER/$3" ;;
"-q is-enabled "*) grep -qx "$3" "$FOLDER/enabled" ;;
"--no-block start "*) echo "$3" >>"$FOLDER/started" ;;
esac
`;

// Each runs dozens of small programs, and other tests run beside it.
vi.setConfig({ testTimeout: 30_000 });

let folder: string;
let agent: Agent;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mesh-play-endpoint-'));
  for (const name of ['bin', 'netns', 'links']) mkdirSync(join(folder, name));
  const programs = { ip: IP, sleep: SLEEP, timeout: TIMEOUT, systemctl: SYSTEMCTL };
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(folder, 'bin', name), text);
    chmodSync(join(folder, 'bin', name), 0o755);
  }
  agent = await startAgent(folder);
  // The limit is over as soon as there is nothing left but to wait for it: what ends what is late, ends it so.
  agent.hung = () => process.kill(Number(readFileSync(join(folder, 'watch'), 'utf8')), 'SIGTERM');
});

afterEach(async () => {
  await agent.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  status: number | null;
  out: string;
  err: string;
}

function started(verb: string, more: Record<string, string> = {}): { child: ChildProcess; ended: Promise<Ended> } {
  const settings = {
    ADDRESS: '10.200.1.10',
    ROUTER: '10.200.1.1',
    LABELS: '"spiffe.io/spiffeid=td_web","k8s:io.kubernetes.pod.namespace=vm"',
  };
  const around = { FOLDER: folder, CILIUM_SOCK: agent.socket, SYSTEM: 'running', REFUSED: '', ...more };
  const env = { PATH: `${folder}/bin:${process.env['PATH']}`, ...settings, ...around };
  const child = spawn('sh', [PROGRAM, verb, 'web'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  return { child, ended: once(child, 'close').then(([status]) => ({ status: status as number | null, out, err })) };
}
const run = (verb: string, more: Record<string, string> = {}): Promise<Ended> => started(verb, more).ended;
const moody = (question: string, mood: Mood): void => {
  agent.moods[question] = mood;
};

/** What there is of a service: namespaces, links, and what the agent keeps for it. */
const there = (): object => ({
  namespaces: readdirSync(join(folder, 'netns')),
  links: readdirSync(join(folder, 'links')).length,
  labels: agent.endpoint?.labels,
  address: agent.address,
});
const NOTHING = { namespaces: [], links: 0, labels: undefined, address: undefined };
const WHOLE = { namespaces: ['mesh-web'], links: 1, labels: LABELS, address: '10.200.1.10' };
/** How often it was asked. */
const times = (question: string): number => agent.asked.filter((one) => one === question).length;

describe('endpoint up', () => {
  it('makes a namespace with a labelled endpoint', async () => {
    expect(await run('up')).toEqual({ status: 0, out: '', err: '' });
    expect(there()).toEqual(WHOLE);
  });

  it('makes anew what is there already', async () => {
    await run('up');
    expect(await run('up')).toEqual({ status: 0, out: '', err: '' });
    expect(there()).toEqual(WHOLE);
    expect(times('PUT endpoint')).toBe(2);
  });

  it.each(['GET config', 'POST ipam', 'PUT endpoint', 'DELETE endpoint', 'GET endpoint'])(
    'asks again where the agent is busy: %s',
    async (question) => {
      moody(question, { first: [503, 429, 500] });
      expect(await run('up')).toEqual({ status: 0, out: '', err: '' });
      expect(there()).toEqual(WHOLE);
      expect(times(question)).toBeGreaterThanOrEqual(4);
    },
  );

  it.each<[string, Mood, string, number]>([
    ['POST ipam', { rest: 500 }, 'the agent does not give out 10.200.1.10: 500 {"message":"no"}\n', 31],
    ['PUT endpoint', { rest: 429 }, 'the agent does not make the endpoint: 429 {"message":"no"}\n', 31],
    ['PUT endpoint', { rest: 503 }, 'the agent does not make the endpoint: 503 {"message":"no"}\n', 31],
    // The agent did not understand, so it is not asked again.
    ['PUT endpoint', { rest: 422 }, 'the agent does not make the endpoint: 422 {"message":"no"}\n', 1],
  ])('leaves nothing, and says why, where the agent goes on with %s: %j', async (question, mood, err, tries) => {
    moody(question, mood);
    expect(await run('up')).toEqual({ status: 1, out: '', err });
    expect(there()).toEqual(NOTHING);
    expect(times(question)).toBe(tries);
  });

  it('leaves no endpoint that never gets out of reserved:init', async () => {
    agent.unlabelled = true;
    const err = 'the endpoint gets no identity: 200 state ready, identity 5, labels "reserved:init"\n';
    expect(await run('up')).toEqual({ status: 1, out: '', err });
    expect(there()).toEqual(NOTHING);
  });

  it('leaves nothing where the namespace cannot be made', async () => {
    const REFUSED = '-n mesh-web route add 10.200.1.1/32 dev eth0 scope link';
    const { status, err } = await run('up', { REFUSED });
    expect([status, err]).toEqual([
      1,
      expect.stringContaining('Operation not permitted\nthe namespace cannot be made'),
    ]);
    expect(there()).toEqual(NOTHING);
    expect(times('PUT endpoint')).toBe(0);
  });

  it.each(['GET config', 'POST ipam', 'PUT endpoint', 'GET endpoint'])(
    'gives up, and leaves nothing, where the agent does not answer: %s',
    async (question) => {
      moody(question, { rest: 'hang' });
      const { status, err } = await run('up');
      expect(status).toBe(1);
      expect(err).toMatch(new RegExp(`^given up at ${question}\\S*: 000 no answer$`, 'm'));
      expect(there()).toEqual(NOTHING);
    },
  );

  it('leaves nothing where systemd ends it while it waits', async () => {
    moody('PUT endpoint', { rest: 'hang' });
    agent.hung = () => undefined;
    const { child, ended } = started('up');
    await vi.waitFor(() => expect(agent.asked).toContain('PUT endpoint'), 5000);
    for (const pid of [child.pid as number, ...descendants(child.pid as number)]) terminate(pid);
    expect(await ended).toMatchObject({
      status: 1,
      err: expect.stringContaining('given up at PUT endpoint/0: 000 no answer\n'),
    });
    expect(there()).toEqual(NOTHING);
  });
});

describe('endpoint down', () => {
  beforeEach(async () => {
    expect((await run('up')).status).toBe(0);
    agent.asked.length = 0;
  });

  it('takes all away', async () => {
    expect(await run('down')).toEqual({ status: 0, out: '', err: '' });
    expect(there()).toEqual(NOTHING);
    expect(await run('down')).toEqual({ status: 0, out: '', err: '' });
  });

  it('asks again where the agent is busy', async () => {
    moody('DELETE endpoint', { first: [429, 503, 500] });
    expect(await run('down')).toEqual({ status: 0, out: '', err: '' });
    expect(there()).toEqual(NOTHING);
  });

  const CUT_OFF = { namespaces: [], links: 0, labels: LABELS, address: '10.200.1.10' };

  it.each<[Mood, string]>([
    [{ rest: 500 }, 'the agent does not take the endpoint away: 500 {"message":"no"}\n'],
    [{ rest: 422 }, 'the agent does not take the endpoint away: 422 {"message":"no"}\n'],
    [{ rest: 'hang' }, 'given up at DELETE endpoint/container-id:mesh-web: 000 no answer\n'],
  ])('says so where the agent keeps the endpoint (%j), and cuts it off all the same', async (mood, err) => {
    moody('DELETE endpoint', mood);
    expect(await run('down')).toEqual({ status: 1, out: '', err: expect.stringContaining(err) });
    expect(there()).toEqual(CUT_OFF);
  });

  it('does not ask an agent that ends with its host', async () => {
    moody('DELETE endpoint', { rest: 'hang' });
    expect(await run('down', { SYSTEM: 'stopping' })).toEqual({ status: 0, out: '', err: '' });
    expect(there()).toEqual(CUT_OFF);
    expect(agent.asked).toEqual([]);
  });

  it('needs no agent that does not run', async () => {
    const gone = join(folder, 'gone.sock');
    expect(await run('down', { CILIUM_SOCK: gone })).toEqual({ status: 0, out: '', err: '' });
    expect(there()).toEqual(CUT_OFF);
  });

  it('needs no agent that left its socket behind when it died', async () => {
    const left = join(folder, 'left.sock');
    const words = ['-c', `import socket; socket.socket(socket.AF_UNIX).bind("${left}")`];
    await once(spawn('python3', words, { stdio: 'inherit' }), 'close');
    expect(existsSync(left)).toBe(true);
    expect(await run('down', { CILIUM_SOCK: left })).toEqual({ status: 0, out: '', err: '' });
    expect(there()).toEqual(CUT_OFF);
  });
});

describe('endpoint label', () => {
  beforeEach(async () => {
    expect((await run('up')).status).toBe(0);
    agent.endpoint = { labels: ['reserved:init'], identity: 5, state: 'ready' };
  });

  it('gives an endpoint its labels back', async () => {
    moody('PATCH endpoint', { first: [500, 429] });
    expect(await run('label')).toEqual({ status: 0, out: '', err: '' });
    expect(there()).toEqual(WHOLE);
  });

  it.each<[Mood, string]>([
    [{ rest: 422 }, 'the endpoint does not take its labels: 422 {"message":"no"}\n'],
    [{ rest: 503 }, 'the endpoint does not take its labels: 503 {"message":"no"}\n'],
    [{ rest: 'hang' }, 'given up at PATCH endpoint/container-id:mesh-web: 000 no answer\n'],
  ])('says so where the agent does not take them: %j', async (mood, err) => {
    moody('PATCH endpoint', mood);
    expect(await run('label')).toEqual({ status: 1, out: '', err: expect.stringContaining(err) });
  });
});

describe('endpoint show', () => {
  it('tells what there is', async () => {
    await run('up');
    const { status, out } = await run('show');
    expect(status).toBe(0);
    expect(out).toMatch(/^10\.200\.1\.10\n200\n\{"id":7,.*"state":"ready"\}\}\n$/);
  });

  it('tells that an agent does not answer, and does not wait for it', async () => {
    moody('GET endpoint', { rest: 'hang' });
    expect(await run('show')).toEqual({ status: 0, out: '10.200.1.10\n000\n\n', err: '' });
  });
});

describe('endpoint wake', () => {
  const started = async (restarts: number): Promise<string> => {
    const files = {
      NRestarts: `${restarts}\n`,
      BoundBy: 'mesh-sidecar-web.service mesh-program-web.service other.service\n',
      enabled: 'mesh-sidecar-web.service\nmesh-program-web.service\n',
      started: '',
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    expect(await run('wake')).toEqual({ status: 0, out: '', err: '' });
    return readFileSync(join(folder, 'started'), 'utf8');
  };

  it('starts what could not start while the endpoint failed, and is enabled', async () => {
    expect(await started(3)).toBe('mesh-sidecar-web.service\nmesh-program-web.service\n');
  });

  it('starts nothing where the endpoint came up at once: whoever stopped a program wants it so', async () => {
    expect(await started(0)).toBe('');
  });
});

describe('the unit of an endpoint', () => {
  it('lets the program come to its own end', async () => {
    const given = { name: 'web', address: '10.200.1.10', router: '10.200.1.1', spiffe_id: 'spiffe://td/web' };
    const ready = await ciliumEndpoint.prepare?.(controllerFor({}), { ...given, state: 'present' });
    const { unit } = ready as unknown as { unit: string };
    const allowed = (key: string): number => Number(new RegExp(`^${key}=(\\d+)$`, 'm').exec(unit)?.[1]);
    const limits = (): number => {
      const read = readFileSync(join(folder, 'limits'), 'utf8').trim().split('\n').map(Number);
      rmSync(join(folder, 'limits'));
      // Each may be late by the seconds until what does not end is killed.
      return read.reduce((sum, seconds) => sum + seconds + 5, 0);
    };
    moody('PUT endpoint', { rest: 422 });
    await run('up');
    expect(limits()).toBeLessThan(allowed('TimeoutStartSec'));
    await run('down');
    expect(limits()).toBeLessThan(allowed('TimeoutStopSec'));
  });
});

/** As systemd ends all processes of a unit: one that ended by itself meanwhile, as its parent did, is no mistake. */
function terminate(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Processes that a process has started, and those that they have. */
function descendants(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

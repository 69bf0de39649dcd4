import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'mesh-play');

/** A lab of the tests, by its number. Two checkouts may run their tests at once as well, by other names in the environment. */
const labOf = (number: number): { name: string; network: string } => ({
  name: `${process.env['MESH_PLAY_TEST_LAB'] ?? 'test'}${number}`,
  network: (process.env['MESH_PLAY_TEST_LAB_NETWORK'] ?? '10.89.0').replace(/\d+$/, (third) =>
    String(Number(third) + number - 1),
  ),
});

const OWN = labOf(Number(process.env['MESH_PLAY_TEST_LAB_NUMBER'] ?? 1));
/** The lab's network, without its last part. */
export const NETWORK = OWN.network;

/** Where the lab of the tests keeps its files. */
export const LAB = folderOf(OWN.name);

function folderOf(name: string): string {
  return join(CACHE, 'lab', name);
}

/** What a command said, and how it ended. */
export interface Said {
  status: number;
  out: string;
  err: string;
}

export const MESH_PLAY = join(ROOT, 'bin/mesh-play.js');

/** Where and with what a program sees the lab of the tests. */
export const labEnvironment = () => ({
  cwd: ROOT,
  env: { ...process.env, MESH_PLAY_LAB: OWN.name, MESH_PLAY_LAB_NETWORK: NETWORK, NO_COLOR: '1' },
  stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'],
});

/** Runs mesh-play as a person does, against the lab of the tests. */
export const meshPlay = (...words: string[]): Promise<Said> => saidBy(process.execPath, [MESH_PLAY, ...words]);

function saidBy(program: string, words: string[]): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, labEnvironment());
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status: status ?? -1, out, err }));
  });
}

/** What a lab is made or taken away by. */
const labWords = (state: string, { name, network }: typeof OWN, more: object = {}): string[] => [
  'playbooks/lab.yml',
  '-e',
  JSON.stringify({ ...more, lab_name: name, lab_network: network, lab_state: state }),
];

/** Makes the lab; `more` are variables of the role lab. To compile Cilium's programs would be a fifth of all that is done. */
export const labUp = (more: object = {}): Promise<Said> =>
  meshPlay(...labWords('started', OWN, { lab_compiled: join(CACHE, 'lab/compiled'), ...more }));
export const labGone = (number?: number): Promise<Said> =>
  meshPlay(...labWords('absent', number === undefined ? OWN : labOf(number)));

/** Takes away what an interrupted run of the tests left, in a process that is about to end and waits for nothing. */
export function labGoneAtOnce(number: number): void {
  const one = labOf(number);
  if (!existsSync(folderOf(one.name))) return;
  execFileSync(process.execPath, [MESH_PLAY, ...labWords('absent', one)], { ...labEnvironment(), stdio: 'inherit' });
}

const playWords = (playbook: string, words: string[]): string[] => [
  `playbooks/${playbook}.yml`,
  '-i',
  'inventories/lab',
  ...words,
];

/** Runs a playbook of this project against the lab. */
export const play = (playbook: string, ...words: string[]): Promise<Said> => meshPlay(...playWords(playbook, words));

/** Brings the programs of the mesh into the cache. Who comes second waits, and finds them there. */
export const programsCached = (): Promise<Said> => {
  mkdirSync(CACHE, { recursive: true });
  const words = playWords('site', ['--limit', 'localhost']);
  return saidBy('flock', [join(CACHE, 'tests.lock'), process.execPath, MESH_PLAY, ...words]);
};

/** Why this machine cannot hold a lab, or undefined when it can. */
export function whyNoLab(): string | undefined {
  if (process.getuid?.() !== 0) return 'a lab needs root';
  if (!readFileSync('/proc/filesystems', 'utf8').includes('overlay')) return 'the kernel has no overlay file system';
  if (!existsSync('/usr/bin/apt-get')) return 'a lab is made on Debian';
  // Tests of two checkouts may ask at once.
  const bridge = `mp-try${process.pid}`;
  try {
    execFileSync('ip', ['link', 'add', bridge, 'type', 'bridge'], { stdio: 'ignore' });
    execFileSync('ip', ['link', 'del', bridge], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'no bridge can be made here';
  }
}

/** The recap's counts by host. */
export function recapOf({ out }: Said): Record<string, Record<string, number>> {
  const lines = out.slice(out.lastIndexOf('PLAY RECAP')).matchAll(/^(\S+)\s+: (.*)$/gm);
  return Object.fromEntries(
    [...lines].map(([, host = '', counts = '']) => [
      host,
      Object.fromEntries([...counts.matchAll(/(\w+)=(\d+)/g)].map(([, key = '', value]) => [key, Number(value)])),
    ]),
  );
}

/** How many tasks changed each host of the lab. */
export const changedOn = (said: Said): (number | undefined)[] => HOSTS.map((host) => recapOf(said)[host]?.['changed']);

/** Every file of a host that a run could change: path, size, mode, owner and time of change. */
export function filesOf(host: string): string[] {
  const folders = ['etc', 'opt', 'usr/local', 'home', 'root', 'var/lib/spire'].map((name) =>
    join(LAB, host, 'root', name),
  );
  return execFileSync('find', [...folders.filter((path) => existsSync(path)), '-printf', '%p %s %m %U %G %T@\n'], {
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  })
    .split('\n')
    .filter(Boolean);
}

/** The hosts of the lab, in the order of their addresses. */
export const HOSTS = ['control', 'vm1', 'vm2'];

/** One connection for many commands. A host that goes away without a word is given up after a while. */
const SHARED = [
  'ControlMaster=auto',
  `ControlPath=${join(LAB, 'ssh-%C')}`,
  'ControlPersist=30',
  'ServerAliveInterval=15',
];
/** A connection of its own, for a host that may be on its way down or up: what waits on a shared one waits for all. */
const ALONE = ['ControlPath=none', 'ServerAliveInterval=2'];

function ssh(host: string, command: string, options: string[]): Promise<Said> {
  const all = [`UserKnownHostsFile=${join(LAB, 'known_hosts')}`, 'BatchMode=yes', 'ConnectTimeout=5', ...options];
  const words = ['-i', join(LAB, 'id_ed25519'), ...all.flatMap((option) => ['-o', option])];
  return new Promise((resolve) => {
    const to = `root@${NETWORK}.${10 + HOSTS.indexOf(host)}`;
    execFile('ssh', [...words, to, command], { maxBuffer: 64 * 1024 * 1024 }, (error, out, err) =>
      resolve({ status: error ? Number(error.code ?? -1) : 0, out, err }),
    );
  });
}

/** Runs a command on a host of the lab as root, by OpenSSH. */
export const onHost = (host: string, command: string): Promise<Said> => ssh(host, command, SHARED);

/** Runs a command on a host over a connection of its own, as one who was not there before. */
export const onHostAnew = (host: string, command: string): Promise<Said> => ssh(host, command, ALONE);

/** When the first process of a host was started: a host of the lab shares its kernel's boot with the others. */
async function startOf(host: string): Promise<string | undefined> {
  const { out } = await ssh(host, 'cat /proc/1/stat', ALONE);
  return out.split(') ')[1]?.split(' ')[19];
}

/** Reboots all hosts at once, without a controller, and waits until all of them answer again. */
export async function rebootAll(): Promise<void> {
  const starts = (): Promise<(string | undefined)[]> => Promise.all(HOSTS.map(startOf));
  const before = await starts();
  await Promise.all(HOSTS.map((host) => ssh(host, 'systemctl reboot', ALONE)));
  await eventually(starts, (now) => now.every((start, index) => start !== undefined && start !== before[index]), 120);
}

/** Asks again until the answer is as wanted; fails with the last one. */
export async function eventually<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean, seconds = 60): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    if (Date.now() > end) throw new Error(`after ${seconds} s it is still ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** The run's output when it did not end as it should, so that a failure tells more than a number. */
export const ended = ({ status, out, err }: Said, wanted = 0): string =>
  status === wanted ? 'as it should' : `${status}\n${out}\n${err}`;

/** Takes one host of the lab away with all that was on it; `labUp` makes an empty one in its place. */
export async function hostGone(host: string): Promise<void> {
  const folder = join(LAB, host);
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
  process.kill(pid);
  await eventually(
    async () => existsSync(`/proc/${pid}`),
    (running) => !running,
  );
  execFileSync('umount', [join(folder, 'root')]);
  rmSync(folder, { recursive: true, force: true });
}

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { eventually, labEnvironment, MESH_PLAY, onHost } from '../support/lab.ts';
import { leavingHosts } from '../support/onlab.ts';

const folder = mkdtempSync(join(tmpdir(), 'mesh-play-interrupt-'));
/** Seconds that nothing else sleeps, so that the processes are found by their words. */
const SECONDS = 70_000 + (process.pid % 10_000);
const HOSTS = ['control', 'vm1', 'vm2'];

/** How many processes of the play a host has; the brackets keep the question itself out. */
const running = async (): Promise<number> => {
  const counts = await Promise.all(HOSTS.map((host) => onHost(host, `pgrep -fc '[s]leep ${SECONDS}' || true`)));
  return counts.reduce((sum, { out }) => sum + Number(out), 0);
};

leavingHosts('a run that is interrupted', () => {
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['SIGINT', 'ssh'],
    ['SIGTERM', 'ssh'],
    ['SIGINT', 'openssh'],
  ] as const)('by %s ends what runs on every host within two seconds (%s)', async (signal, transport) => {
    const file = join(folder, 'site.yml');
    // A child of the shell, and one that does not listen to TERM.
    const work = `sleep ${SECONDS} & trap '' TERM; sleep ${SECONDS}; sleep ${SECONDS}`;
    writeFileSync(
      file,
      `- hosts: mesh
  gather_facts: false
  tasks:
    - command: id
      notify: later
    - shell: ${JSON.stringify(work)}
    - name: never
      command: id
  handlers:
    - name: later
      command: id
`,
    );
    const child = spawn(
      process.execPath,
      [MESH_PLAY, file, '-i', 'inventories/lab', '-c', transport],
      labEnvironment(),
    );
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    const status = new Promise((resolve) => child.on('close', resolve));
    await eventually(running, (count) => count >= 6);
    const before = performance.now();
    child.kill(signal);
    await eventually(running, (count) => count === 0, 10);
    const took = performance.now() - before;
    expect(await status, out).toBe(99);
    // One second for what does not listen to TERM; the rest is for asking whether it is gone.
    expect(took).toBeLessThan(4000);
    for (const host of HOSTS) expect(out).toContain(`failed: [${host}]`);
    expect(out.match(/was ended on \w+, since the run was interrupted/g)).toHaveLength(3);
    expect(out).toContain('interrupted: no new task is started');
    expect(out).toContain('PLAY RECAP');
    expect(out).not.toContain('TASK [never]');
    const pending = HOSTS.map((host) => `pending handler: [${host}] later`);
    expect(out.split('\n').filter((line) => line.startsWith('pending handler'))).toEqual(pending);
  });
});

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'mesh-play-interrupt-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Seconds that no other process sleeps, so that the one of this test is found by its words. */
const SECONDS = String(90_000 + process.pid);

it('Ctrl-C ends what runs on hosts, starts no further task, names pending handlers and exits with 99', async () => {
  const tasks = `  - command: id\n    notify: later\n  - command: sleep ${SECONDS}\n  - name: never\n    command: id\n`;
  const handlers = '  - name: later\n    command: id\n';
  const file = join(folder, 'site.yml');
  writeFileSync(file, `- hosts: localhost\n  gather_facts: false\n  tasks:\n${tasks}  handlers:\n${handlers}`);
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../../bin/mesh-play.js'), file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let interrupted = false;
  child.stdout.on('data', (chunk) => {
    out += chunk;
    // Once: a second Ctrl-C would end mesh-play itself at once.
    if (!interrupted && out.split('TASK [command]').length === 3) interrupted = child.kill('SIGINT');
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  expect(status, out).toBe(99);
  expect(out).toContain('PLAY RECAP');
  expect(out).toContain('pending handler: [localhost] later');
  expect(out).not.toContain('TASK [never]');
  expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(`sleep ${SECONDS}`);
});

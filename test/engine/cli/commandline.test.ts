import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { vaulted } from '../../support/vaulted.ts';

const BIN = join(import.meta.dirname, '../../../bin/mesh-play.js');
const folder = mkdtempSync(join(tmpdir(), 'mesh-play-command-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PASSWORD = 'open sesame';
const SECRET = 'it is "quoted" & <kept>';

const FILES: Record<string, [text: string, mode?: number]> = {
  'hosts.yml': ['all: {vars: {ansible_connection: local}, hosts: {a1: {}, a2: {}}}\n'],
  'site.yml': [
    '- hosts: all\n  gather_facts: false\n  tasks:\n    - debug: {msg: on its way}\n      tags: [b, a]\n    - debug:\n      tags: never\n',
  ],
  'other.yml': ['- hosts: a1:nobody\n  gather_facts: false\n  tasks: []\n'],
  'secret.yml': [
    `- hosts: a1
  gather_facts: false
  vars_files: [vars.yml]
  tasks:
    - debug: {msg: "{{ word }} and {{ pin }}"}
    - debug: {msg: "{{ [word] | to_json }}"}
    - command: sh -c 'cat; exit 3'
      args: {stdin: "{{ word }}"}
      ignore_errors: true
    - copy: {src: blob, dest: "{{ playbook_dir }}/out"}
`,
  ],
  'vars.yml': [vaulted(`word: '${SECRET}'\npin: 123456789\n`, PASSWORD)],
  blob: [vaulted(Buffer.from([0, 255, 128, 10]), PASSWORD)],
  password: [`${PASSWORD}\n`],
  program: [`#!/bin/sh\necho '${PASSWORD}'\n`, 0o755],
  'keys-client': [`#!/bin/sh\n[ "$1 $2" = "--vault-id dev" ] && echo '${PASSWORD}'\n`, 0o755],
  broken: ['#!/bin/sh\nexit 7\n', 0o755],
};
for (const [name, [text, mode]] of Object.entries(FILES)) {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text, { mode: mode ?? 0o644 });
}

function meshPlay(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, '-i', 'hosts.yml', ...words], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('--limit', () => {
  it('that leaves no host is bad use', () => {
    expect(meshPlay('site.yml', '-l', 'a1,!a1')).toEqual({
      status: 5,
      stdout: '',
      stderr:
        '--limit "a1,!a1" leaves no host of the inventory\n  mend: mesh-play inventory --graph shows the hosts and groups\n',
    });
  });
});

describe('bad use', () => {
  it.each([
    [
      ['site.yml', '-e', 'novalue'],
      '-e "novalue" is no set of variables\n  mend: use key=value, {"key": "value"}, or @file\n',
    ],
    [['init'], 'mesh-play: name what to start, as in: mesh-play init role my-product\n'],
    [
      ['site.yml', '-f', '0'],
      "mesh-play: option '-f, --forks <number>' argument '0' is invalid. it must be a whole number above 0; see mesh-play --help\n",
    ],
    [
      ['site.yml', '--report', 'junit=none/x.xml'],
      '--report junit=none/x.xml cannot be written: its folder is not there\n',
    ],
  ])('%j is told in a line, and nothing is run', (words, stderr) => {
    const {
      status,
      stdout,
      stderr: said,
    } = spawnSync(process.execPath, [BIN, ...words], { cwd: folder, encoding: 'utf8' });
    expect({ status, stdout, said }).toEqual({ status: 5, stdout: '', said: stderr });
  });
});

describe('lists', () => {
  it('of hosts go on where a pattern names nobody, with a warning as in a run', () => {
    const { status, stdout, stderr } = meshPlay('other.yml', '--list-hosts');
    expect(stdout).toContain('    hosts (1):\n      a1\n');
    expect(stderr).toBe(`warning: other.yml:1:3: "nobody" is no host and no group of the inventory
     1 | - hosts: a1:nobody
       |   ^
  mend: add it to the inventory, or name another with -i
`);
    expect(status).toBe(0);
  });

  it('name tags in order, and those of tasks that never run unasked', () => {
    expect(meshPlay('site.yml', '--list-tags').stdout).toContain('TASK TAGS: [a, b, never]\n');
    const { stdout } = meshPlay('site.yml', '--list-tasks');
    expect(stdout).toContain('debug\tTAGS: [a, b]\n');
    expect(stdout).not.toContain('never');
  });
});

describe('a vault', () => {
  const shown = (...words: string[]): string => {
    const { status, stdout, stderr } = meshPlay('secret.yml', ...words);
    expect([status, stderr]).toEqual([0, '']);
    return stdout;
  };

  it.each(['lines', 'json'])('opens vars and files, and shows nothing of them in %s', (report) => {
    const text = shown('--vault-password-file', 'password', '-vvvv', '--diff', '--report', report);
    for (const part of ['quoted', 'kept', '123456789']) expect(text).not.toContain(part);
    if (report === 'json') expect(JSON.parse(text).plays[0].tasks[0].hosts.a1.msg).toBe('<hidden> and <hidden>');
    expect(readFileSync(join(folder, 'out'))).toEqual(Buffer.from([0, 255, 128, 10]));
  });

  it('shows nothing of it in junit', () => {
    shown('--vault-password-file', 'password', '--report', 'junit=report.xml');
    const text = readFileSync(join(folder, 'report.xml'), 'utf8');
    for (const part of ['quoted', 'kept', '123456789']) expect(text).not.toContain(part);
  });

  it.each([
    ['--vault-id', 'password'],
    ['--vault-id', 'dev@password'],
    ['--vault-password-file', 'program'],
    ['--vault-id', 'dev@keys-client'],
  ])('is opened by %s %s', (...words) => {
    expect(shown(...words)).toContain('<hidden> and <hidden>');
  });

  it('tells which program gave no password', () => {
    expect(meshPlay('secret.yml', '--vault-password-file', 'broken')).toEqual({
      status: 5,
      stdout: '',
      stderr:
        'the vault password program "broken" failed with status 7\n  mend: a file that is no program must not be executable\n',
    });
  });
});

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { eventually } from '../../support/lab.ts';
import { temporaryFolder } from '../../support/module.ts';
import { type Played, play, playbook } from '../../support/playbook.ts';
import { type Sshd, sshd } from '../../support/sshd.ts';

const folder = temporaryFolder();
const large = join(folder, 'large');
writeFileSync(large, Buffer.alloc(3_000_000, 'x'));

const on = ({ inventory, files }: Sshd, tasks: string): Promise<Played> =>
  playbook({ files: { ...files, 'hosts.yml': inventory, 'site.yml': play(tasks) } });

/** What is said of the task, times and random names taken out. */
const told = ({ text }: Played, below = folder): string =>
  text
    .slice(text.indexOf('TASK'), text.indexOf('\nPLAY RECAP'))
    .replaceAll(/^\[far\] .* MiB of .*\n/gm, '')
    .replaceAll(below, '')
    .replaceAll(folder, '')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:22022')
    .replaceAll(/mesh-play-[0-9a-f]{12}/g, 'mesh-play-0a1b2c')
    .trim();

it('cut in a transfer: the host is unreachable, the old file is as it was, nothing is left beside it', async () => {
  const below = temporaryFolder();
  writeFileSync(join(below, 'file'), 'old');
  const server = await sshd({ cutAfter: 1_000_000 });
  const played = await on(server, `- copy: {src: ${large}, dest: ${below}/file}\n- command: id\n`);
  await eventually(
    async () => readdirSync(below),
    (names) => names.length === 1,
    5,
  );
  expect(readFileSync(join(below, 'file'), 'utf8').slice(0, 10)).toBe('old');
  expect(told(played, below)).toMatchInlineSnapshot(`
    "TASK [copy]
    unreachable: [far]
        site.yml:4:7: the connection to far was lost in the middle of the transfer of /file: the host closed it
             4 |     - copy: {src: /large, dest: /file}
               |       ^
          why:  the old file, if there was one, is as it was; the host removes /.file.mesh-play-0a1b2c, where the new one was to be
          mend: run the play again"
  `);
  expect(played.recap.get('far')).toMatchObject({ unreachable: 1, ok: 0 });
  expect(server.logins()).toBe(1);
});

/** A task that tells when its command is at work on the host, and goes on until it is ended. */
function atWork(below: string): { task: string; started: Promise<string>; runs: () => number } {
  execFileSync('mkfifo', [join(below, 'started')]);
  return {
    task: `- shell: cd ${below}; echo run >>runs; echo $$ >started; exec sleep 1000\n`,
    started: readFile(join(below, 'started'), 'utf8'),
    runs: () => readFileSync(join(below, 'runs'), 'utf8').trim().split('\n').length,
  };
}

async function lostAtWork(how: 'cut' | 'halfClose'): Promise<string> {
  const below = temporaryFolder();
  const server = await sshd();
  const { task, started, runs } = atWork(below);
  const played = on(server, `- command: id\n${task}`);
  const group = Number(await started);
  server[how]();
  const text = told(await played, below);
  process.kill(group);
  expect([runs(), server.logins()]).toEqual([1, 1]);
  return text.slice(text.indexOf('TASK [shell]'));
}

it('cut during a command: its fate is unknown, and it is not run twice', async () => {
  expect(await lostAtWork('cut')).toMatchInlineSnapshot(`
    "TASK [shell]
    unreachable: [far]
        site.yml:5:7: the connection to far was lost while "cd ; echo run >>runs; echo $$ >s…" was running: the host closed it
             5 |     - shell: cd ; echo run >>runs; echo $$ >started; exec sleep 1000
               |       ^
          why:  whether it finished is unknown, and it was not run again
          mend: look at the host, then run the play again"
  `);
});

it('closed by the host’s half during a command: the same', async () => {
  expect(await lostAtWork('halfClose')).toMatchInlineSnapshot(`
    "TASK [shell]
    unreachable: [far]
        site.yml:5:7: the connection to far was lost while "cd ; echo run >>runs; echo $$ >s…" was running: the host closed it
             5 |     - shell: cd ; echo run >>runs; echo $$ >started; exec sleep 1000
               |       ^
          why:  whether it finished is unknown, and it was not run again
          mend: look at the host, then run the play again"
  `);
});

it('cut before the login is done: it cannot be reached', async () => {
  const played = await on(await sshd({ cutAfter: 100 }), '- command: id\n');
  expect(told(played)).toMatchInlineSnapshot(`
    "TASK [command]
    unreachable: [far]
        site.yml:4:7: far cannot be reached as root@127.0.0.1:22022
             4 |     - command: id
               |       ^
          why:  it closed the connection before the login was done"
  `);
});

it('loses no secret of no_log when it is cut', async () => {
  const below = temporaryFolder();
  const server = await sshd();
  const { task, started } = atWork(below);
  const played = on(server, `- command: id\n${task}  no_log: true\n`);
  const group = Number(await started);
  server.cut();
  const text = told(await played, below);
  process.kill(group);
  expect(text.slice(text.indexOf('TASK [shell]'))).toMatchInlineSnapshot(`
    "TASK [shell]
    unreachable: [far]
        site.yml:5:7: the connection was lost while the command, hidden by no_log, was running
          why:  whether it finished is unknown, and it was not run again"
  `);
});

it('says nothing at all: the time runs out', async () => {
  const server = await sshd({ silent: true });
  const task = '- command: id\n  vars: {ansible_ssh_timeout: 0.2}\n';
  expect(told(await on(server, task))).toMatchInlineSnapshot(`
    "TASK [command]
    unreachable: [far]
        site.yml:4:7: far cannot be reached as root@127.0.0.1:22022
             4 |     - command: id
               |       ^
          why:  no answer within 0.2 s"
  `);
});

it('answers late: all is done as it should, a large file too', async () => {
  const below = temporaryFolder();
  const server = await sshd({ delay: 20 });
  const played = await on(
    server,
    `- copy: {src: ${large}, dest: ${below}/file}\n- command: cmp ${large} ${below}/file\n`,
  );
  expect(played.recap.get('far')).toMatchObject({ ok: 2, changed: 2, failed: 0, unreachable: 0 });
});

it('ends a command that takes too long also where no second shell can be had to end it with', async () => {
  const server = await sshd({ shells: 1 });
  const below = temporaryFolder();
  const { task, started } = atWork(below);
  const played = on(server, `${task}  timeout: 1\n`);
  const group = Number(await started);
  expect(told(await played, below).split('\n')[2]).toBe(
    '    site.yml:4:7: "cd ; echo run >>runs; echo $$ >s…" took longer than 1 s and was ended',
  );
  process.kill(group);
});

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { connect } from '../../../engine/connection/connect.ts';
import type { Session } from '../../../engine/connection/session.ts';
import { Shell } from '../../../engine/connection/shell.ts';
import { Shells } from '../../../engine/connection/shells.ts';
import { HERE } from '../../support/here.ts';
import { eventually } from '../../support/lab.ts';
import { temporaryFolder } from '../../support/module.ts';
import { play, playbook } from '../../support/playbook.ts';
import { sshd } from '../../support/sshd.ts';

/** What waits for `go`, says a word on both of its outputs, and notes that it could. */
const talker = (below: string): string =>
  `(read -r x <${below}/go; echo garbage; echo garbage >&2; touch ${below}/said) & echo $! >${below}/pid; echo started`;

/** Starts it, has it speak, and answers what a command then says in whose middle that is. */
const tasks = (below: string): string => `- shell: ${JSON.stringify(talker(below))}
- shell: ${JSON.stringify(`echo go >${below}/go; until [ -e ${below}/said ]; do :; done; echo own; echo own >&2`)}
  register: r
- debug: {msg: "{{ r.stdout }} {{ r.stderr }}"}
`;

function below(): string {
  const folder = temporaryFolder();
  execFileSync('mkfifo', [join(folder, 'go')]);
  return folder;
}

it('keeps what a program says that a command left running out of what the next one said', async () => {
  const { said } = await playbook({ files: { 'site.yml': play(tasks(below())) }, limit: 'a1' });
  expect(said).toEqual(['a1: own own']);
});

it('does so by SSH too, over the same connection', async () => {
  const server = await sshd();
  const site = play(tasks(below()));
  const played = await playbook({ files: { ...server.files, 'hosts.yml': server.inventory, 'site.yml': site } });
  expect(played.said).toEqual(['far: own own']);
  expect(server.logins()).toBe(1);
});

/** A shell whose far end the test plays: `words` are what ends the answers of its requests. */
function played() {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  let release = (): void => undefined;
  const closed = new Promise<{ status: undefined; reason: string }>((resolve) => {
    release = () => resolve({ status: undefined, reason: 'the channel was closed' });
  });
  const channel = { stdin, stdout, stderr, closed, release, destroy: release };
  const shells = new Shells(1, async () => new Shell(channel, 'far'), release);
  const words: string[] = [];
  stdin.on('data', (text: Buffer) =>
    words.push(...[...text.toString().matchAll(/; printf '\\n(mp\S+ \d+) %s/g)].map(([, word]) => word as string)),
  );
  const asked = (count: number): Promise<string[]> =>
    eventually(
      async () => words,
      ({ length }) => length === count,
      5,
    );
  return { shells, stdout, stderr, closed, asked };
}

it('waits for both halves of the answer of a command that left something, before the shell ends', async () => {
  const { shells, stdout, stderr, closed, asked } = played();
  const answer = shells.use({}, 'changes', (shell) => shell.run({ script: 'server &', args: [] }, 'changes'));
  const [first, second] = await asked(2);
  stdout.write(`\n${first} 0\n\n${second} 0 held\n`);
  stderr.write(`\n${first}\n`);
  await setImmediate();
  stderr.write(`some\n${second}\n`);
  await expect(answer).resolves.toMatchObject({ status: 0, stderr: 'some' });
  await expect(closed).resolves.toBeDefined();
});

it('waits for the answers of what was asked behind it as well', async () => {
  const { shells, stdout, stderr, closed, asked } = played();
  const ask = (effect: 'reads' | 'changes', script: string) =>
    shells.use({}, effect, (shell) => shell.run({ script, args: [] }, effect));
  const [left, behind] = [ask('changes', 'server &'), ask('reads', 'id')];
  const [first, second, third] = await asked(3);
  stdout.write(`\n${first} 0\n\n${second} 0 held\n`);
  stderr.write(`\n${first}\n\n${second}\n`);
  await left;
  await setImmediate();
  stdout.write(`me\n${third} 0\n`);
  stderr.write(`\n${third}\n`);
  await expect(behind).resolves.toMatchObject({ status: 0, stdout: 'me' });
  await expect(closed).resolves.toBeDefined();
});

describe.each(['/bin/dash', '/bin/bash'])('a shell that is %s', (shell) => {
  let session: Session;
  afterEach(() => session.close());

  const pid = async (): Promise<string> => (await session.reader({}).script('echo $PPID $$')).stdout;

  it.each([
    ['nothing', 'true', true],
    ['what holds its output', 'read -r x <"$1/go" &', false],
    ['what holds its errors alone', 'read -r x <"$1/go" >/dev/null &', false],
    ['what has a session of its own', 'setsid sh -c "read -r x <$1/go" &', false],
  ])('serves on only where a command left nothing that may speak: %s', async (_what, script, same) => {
    session = await connect({ ...HERE, shell });
    const folder = below();
    const before = await pid();
    // Its redirections are made when it waits.
    await session.writer({}).runScript(`${script}\nexit 0`, [folder]);
    expect((await pid()) === before).toBe(same);
    // Who waits may go.
    if (!same) execFileSync('sh', ['-c', 'echo go >"$1/go"', 'sh', folder]);
  });
});

it('does not wait at its end for what a command left running', async () => {
  const folder = below();
  await playbook({ files: { 'site.yml': play(`- shell: ${JSON.stringify(talker(folder))}\n`) }, limit: 'a1' });
  const left = Number(readFileSync(join(folder, 'pid'), 'utf8'));
  expect(existsSync(`/proc/${left}`)).toBe(true);
  process.kill(left);
  await eventually(
    async () => existsSync(`/proc/${left}`),
    (there) => !there,
    5,
  );
});

it('leaves alone what a command left running, also when the run is over', async () => {
  const folder = below();
  const waiter = `(read -r x <${folder}/go; touch ${folder}/said) >/dev/null 2>&1 &`;
  await playbook({ files: { 'site.yml': play(`- shell: ${JSON.stringify(waiter)}\n- command: id\n`) }, limit: 'a1' });
  execFileSync('timeout', ['5', 'sh', '-c', 'echo go >"$1/go"', 'sh', folder]);
  await eventually(
    async () => existsSync(join(folder, 'said')),
    (said) => said,
    5,
  );
});

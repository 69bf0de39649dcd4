import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../engine/connection/connect.ts';
import type { Content } from '../../../engine/connection/connection.ts';
import type { Session } from '../../../engine/connection/session.ts';
import type { Problem } from '../../../engine/problem.ts';
import { HERE } from '../../support/here.ts';
import { temporaryFolder } from '../../support/module.ts';

const content = (bytes: Buffer): Content => ({
  size: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
  async *open() {
    for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
  },
});

describe.each(['/bin/dash', '/bin/bash'])('a shell that is %s', (shell) => {
  let session: Session;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mesh-play-shell-'));
    session = await connect({ ...HERE, shell });
  });

  afterAll(async () => {
    await session.close();
    rmSync(folder, { recursive: true });
  });

  const reader = () => session.reader({});
  const writer = () => session.writer({});

  it('answers with status, stdout and stderr apart', async () => {
    const output = await reader().script('printf out; printf err >&2; exit 3', [], { ok: 'any' });
    expect(output).toMatchObject({ status: 3, stdout: 'out', stderr: 'err' });
  });

  it('passes words as they are', async () => {
    const words = ["it's", 'a b', '$HOME', '*', '', '-n', '\\', 'ä\n\t"'];
    const { stdout } = await reader().query(['printf', '[%s]', ...words]);
    expect(stdout).toBe(words.map((word) => `[${word}]`).join(''));
    expect((await reader().script('printf "[%s]" "$@"', words)).stdout).toBe(stdout);
  });

  it('survives syntax errors, exit, cd, unset and set -e in scripts', async () => {
    const bad = await reader().script('if then (', [], { ok: 'any' });
    expect(bad.status).not.toBe(0);
    await reader().script('cd /; unset PATH; set -e; exit 0');
    await reader().script('set -e; false', [], { ok: [1] });
    expect((await reader().query(['pwd'])).stdout.trim()).not.toBe('/');
    expect((await reader().query(['id', '-u'])).status).toBe(0);
  });

  it('keeps binary output, output without a last line end, and ten megabytes', async () => {
    expect((await reader().query(['printf', '\\000\\377\\n\\n'])).bytes).toEqual(Buffer.from([0, 255, 10, 10]));
    const { bytes } = await reader().script('head -c 10000000 /dev/zero');
    expect(bytes.length).toBe(10_000_000);
  });

  it('gives standard input as it is, text or binary, and nothing when there is none', async () => {
    const text = "a'b\n$(touch x)\n\n";
    expect((await reader().query(['cat'], { stdin: text })).stdout).toBe(text);
    const binary = Buffer.from([0, 1, 255, 39, 10]);
    expect((await reader().query(['cat'], { stdin: binary })).bytes).toEqual(binary);
    expect((await reader().query(['cat'])).bytes.length).toBe(0);
  });

  it('runs in a folder and with an environment for one command only', async () => {
    const { stdout } = await reader().script('echo "$PWD $MP"', [], { cwd: '/', environment: { MP: "it's" } });
    expect(stdout).toBe("/ it's\n");
    expect((await reader().script('echo "${MP-unset}"')).stdout).toBe('unset\n');
  });

  it('rejects with what ran, its status and its last words', async () => {
    const problem = (await reader()
      .query(['ls', '/no such'])
      .catch((thrown) => thrown)) as Problem;
    expect(problem).toMatchObject({ code: 'command-failed', what: "ls '/no such' ended with status 2" });
    expect(problem.details.join()).toContain('No such file');
  });

  it('reads what is at a path, and that nothing is', async () => {
    const file = join(folder, 'a file');
    writeFileSync(file, 'hello', { mode: 0o640 });
    const [there, missing, link] = await Promise.all([
      reader().stat(file, { sha256: true }),
      reader().stat(join(folder, 'none')),
      reader()
        .script('ln -s target "$1" && exit 0', [join(folder, 'link')])
        .then(() => reader().stat(join(folder, 'link'))),
    ]);
    const sha256 = createHash('sha256').update('hello').digest('hex');
    expect(there).toMatchObject({ type: 'file', mode: '0640', owner: 'root', size: 5, sha256 });
    expect(missing).toBeUndefined();
    expect(link).toMatchObject({ type: 'link', target: 'target' });
  });

  it('writes a file whole: mode and owner first, then the name', async () => {
    const file = join(folder, 'written');
    await writer().write(file, content(Buffer.from('one')), { mode: '0600' });
    expect(readFileSync(file, 'utf8')).toBe('one');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await writer().write(file, content(Buffer.from([0, 1, 2])), { backup: `${file}.old` });
    expect(readFileSync(file)).toEqual(Buffer.from([0, 1, 2]));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(`${file}.old`, 'utf8')).toBe('one');
  });

  it('streams a large file and stays in step', async () => {
    const bytes = Buffer.alloc(20_000_000, 'mesh-play\n');
    const told: number[] = [];
    const streaming = session.writer({}, (_label, done) => told.push(done));
    const file = join(folder, 'large');
    await streaming.write(file, content(bytes));
    expect(readFileSync(file).equals(bytes)).toBe(true);
    expect(told.at(-1)).toBe(bytes.length);
    expect((await reader().query(['echo', 'on'])).stdout).toBe('on\n');
  });

  it('leaves the old file and no other when the new one is refused', async () => {
    const file = join(folder, 'kept');
    writeFileSync(file, 'old');
    const problem = await writer()
      .write(file, content(Buffer.from('new')), { validate: ['grep', '-q', 'good', '%s'] })
      .catch((thrown) => thrown);
    expect(problem).toMatchObject({ code: 'validation-failed' });
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect((await reader().script('ls -A "$1" | grep -c mesh-play', [folder], { ok: 'any' })).stdout).toBe('0\n');
  });

  it('does not take file content for commands when the file cannot be written', async () => {
    const bytes = Buffer.from(`touch ${folder}/owned\n`.repeat(20_000));
    const problem = await writer()
      .write('/proc/no/such', content(bytes))
      .catch((thrown) => thrown);
    expect(problem).toMatchObject({ code: 'not-written' });
    expect((await reader().query(['ls', folder])).stdout).not.toContain('owned');
  });
});

describe('a session', () => {
  let session: Session | undefined;
  afterEach(() => session?.close());

  it('says that a host has no shell where it should be', async () => {
    session = await connect({ ...HERE, shell: '/no/sh' });
    const problem = await session
      .reader({})
      .query(['true'])
      .catch((thrown) => thrown);
    expect(problem).toMatchObject({ code: 'no-shell', what: 'here has no shell at /no/sh' });
  });

  it('ends a command that takes longer than it may, and goes on with the next', async () => {
    session = await connect(HERE);
    const problem = await session
      .reader({})
      .query(['sleep', '1000'], { timeoutMs: 100 })
      .catch((thrown) => thrown);
    expect(problem).toMatchObject({ code: 'timeout', what: 'sleep 1000 took longer than 0.1 s and was ended' });
    expect((await session.reader({}).query(['echo', 'on'])).stdout).toBe('on\n');
  });

  it('ends the whole process group of what runs when it is interrupted', async () => {
    session = await connect(HERE);
    const folder = mkdtempSync(join(tmpdir(), 'mesh-play-interrupt-'));
    const script = 'sleep 4242 & echo $! >"$1/one"; sleep 4243';
    const running = session
      .writer({})
      .runScript(script, [folder])
      .catch((thrown) => thrown);
    const other = await connect(HERE);
    await other.reader({}).script('until [ -s "$1/one" ]; do :; done', [folder]);
    await session.interrupt();
    const left = await other
      .reader({})
      .script('grep -q sleep "/proc/$(cat "$1/one")/cmdline"', [folder], { ok: 'any' });
    await other.close();
    rmSync(folder, { recursive: true });
    expect(left.status).not.toBe(0);
    expect(await running).toMatchObject({ code: 'interrupted' });
  });

  it('says that the connection was lost, and not that the file could not be read, when the shell goes in a transfer', async () => {
    session = await connect(HERE);
    const shell = Number((await session.reader({}).script('echo $$')).stdout);
    const folder = temporaryFolder();
    async function* open(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < 100; at++) {
        if (at === 3) process.kill(-shell, 'SIGKILL');
        yield Buffer.alloc(1_000_000, 'x');
      }
    }
    const problem = await session
      .writer({})
      .write(join(folder, 'file'), { size: 100_000_000, sha256: '', open })
      .catch((thrown) => thrown);
    expect(problem).toMatchObject({ code: 'connection-lost', what: expect.stringContaining('in the middle of') });
    // Another shell serves what comes after it.
    expect((await session.reader({}).query(['echo', 'on'])).stdout).toBe('on\n');
  });
});

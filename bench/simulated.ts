// Plays a playbook on simulated hosts: first `record` on one real host, then `replay` its answers to any number of names.
// All of the engine runs but the network: requests are encoded, framed, answered as bytes, and parsed.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { PassThrough, Writable } from 'node:stream';
import { readArguments } from '../engine/cli/options.ts';
import { openReports } from '../engine/cli/reports.ts';
import { wire } from '../engine/cli/wire.ts';
import { arrive, shellCommand } from '../engine/connection/become.ts';
import type { Channel, Output, QueryOptions } from '../engine/connection/connection.ts';
import { type Command, encode } from '../engine/connection/encode.ts';
import { BEFORE } from '../engine/connection/held.ts';
import { ShellReader } from '../engine/connection/reader.ts';
import type { Effect } from '../engine/connection/request.ts';
import type { Connect, Session } from '../engine/connection/session.ts';
import { Shell } from '../engine/connection/shell.ts';
import type { Use } from '../engine/connection/shells.ts';
import { sshTransport } from '../engine/connection/ssh.ts';
import { ShellWriter } from '../engine/connection/writer.ts';
import { Events } from '../engine/event.ts';
import { runPlaybooks } from '../engine/run/run.ts';
import { Secrets } from '../engine/secrets.ts';

interface Asked {
  do: 'record' | 'replay';
  playbook: string;
  inventory: string;
  /** The real host whose answers are played back. */
  model: string;
  recording: string;
  /** Numbers of tasks, done on all hosts, at which memory is measured. */
  marks?: number[];
}

/** What the model answered, by the text of the request. */
interface Answer {
  status: number;
  stdout: string;
  stderr: string;
}
const answers = new Map<string, Answer>();

/** A shell that remembers what was answered to what. */
class RecordingShell extends Shell {
  override async run(command: Command, effect: Effect, options: QueryOptions = {}): Promise<Output> {
    const output = await super.run(command, effect, options);
    answers.set(encode(command, options), {
      status: output.status,
      stdout: output.bytes.toString('latin1'),
      stderr: output.stderr,
    });
    return output;
  }
}

const record: Connect = async (target, signal) => {
  const transport = await sshTransport(target, signal);
  const channel = await transport.open(shellCommand(target.shell));
  await arrive(channel, target.host, target.shell);
  return sessionOf(target.host, new RecordingShell(channel, target.host), () => transport.close());
};

const replay =
  (model: string): Connect =>
  async (target) =>
    sessionOf(target.host, new Shell(replayChannel(target.host, model), target.host), async () => undefined);

function sessionOf(host: string, shell: Shell, close: () => Promise<void>): Session {
  const use: Use = (_effect, work) => work(shell);
  return {
    lost: false,
    reader: (as) => new ShellReader(host, use, as),
    writer: (as, progress) => new ShellWriter(host, use, as, true, progress),
    serves: () => true,
    interrupt: async () => undefined,
    close: async () => {
      shell.end();
      await close();
    },
  };
}

const FRAME =
  /; mp_s=\$\?; (?:mp_held "\$mp_b"; )?printf '\\n(mp[0-9a-f]+) (\d+) %s\\n' "\$mp_s(?: \$mp_h)?"; printf '\\n\1 \2\\n' >&2\n/g;

/** The far end of a simulated host. */
function replayChannel(host: string, model: string): Channel {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  let closed: (end: { status: number; reason: string }) => void = () => undefined;
  // The one file of the site that names its host.
  const own = (text: string): string => text.replaceAll(motdHash(model), motdHash(host));
  const stdin = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      const text = String(chunk);
      let at = 0;
      let [out, err] = ['', ''];
      for (const frame of text.matchAll(FRAME)) {
        const asked = text.slice(at, frame.index).replace(`${BEFORE}; `, '');
        at = (frame.index ?? 0) + frame[0].length;
        const answer = answerTo(asked.replaceAll(motdHash(host), motdHash(model)));
        out += `${own(answer.stdout)}\n${frame[1]} ${frame[2]} ${answer.status}\n`;
        err += `${answer.stderr}\n${frame[1]} ${frame[2]}\n`;
      }
      stdout.write(Buffer.from(out, 'latin1'));
      stderr.write(err);
      done();
    },
    final(done) {
      closed({ status: 0, reason: 'closed' });
      done();
    },
  });
  return {
    stdin,
    stdout,
    stderr,
    closed: new Promise((resolve) => {
      closed = resolve;
    }),
    release: () => closed({ status: 0, reason: 'released' }),
    destroy: () => closed({ status: 0, reason: 'dropped' }),
  };
}

function answerTo(asked: string): Answer {
  const answer = answers.get(asked) ?? together(asked);
  if (!answer) throw new Error(`the model was never asked: ${asked}`);
  return answer;
}

const TOGETHER =
  /^\( (.*?)answer\(\) \{ printf '\\n(mp[0-9a-f]+\+) .*?; \}; set -- (.*?); (eval '.*) \) <\/dev\/null$/s;
const WORD = /(?:[^\s']|'[^']*')+/g;

/** A survey of several things, put together from what was answered about each of them alone. */
function together(asked: string): Answer | undefined {
  const [, before, end, args = '', script] = TOGETHER.exec(asked) ?? [];
  const words = args.match(WORD) ?? [];
  for (let width = 1; width <= words.length; width++) {
    const first = answers.get(alone(words.slice(0, width)));
    if (!first) continue;
    const each = Array.from({ length: words.length / width }, (_, i) => words.slice(i * width, (i + 1) * width));
    const found = each.map((some) => answerTo(alone(some)));
    return {
      status: 0,
      stdout: found.map(({ status, stdout }) => `${stdout}\n${end} ${status}\n`).join(''),
      stderr: '',
    };
  }
  return undefined;

  function alone(some: string[]): string {
    return `( ${before}answer() { exit "\${1:-0}"; }; set -- ${some.join(' ')}; ${script} ) </dev/null`;
  }
}

const hashes = new Map<string, string>();

/** sha256 of the message of the day of a host, as bench/site/roles/base/templates/motd.j2 has it. */
function motdHash(host: string): string {
  const known = hashes.get(host);
  if (known) return known;
  const text = `${host} is looked after by a playbook.\ngroup deploy\ngroup metrics\ngroup backup-readers\n`;
  const hash = createHash('sha256').update(text).digest('hex');
  hashes.set(host, hash);
  return hash;
}

async function play(asked: Asked): Promise<Record<string, unknown>> {
  if (asked.do === 'replay')
    for (const [text, answer] of JSON.parse(readFileSync(asked.recording, 'utf8'))) answers.set(text, answer);
  const limit = asked.do === 'record' ? ['-l', asked.model] : [];
  const parsed = readArguments([asked.playbook, '-i', asked.inventory, ...limit], '', () => undefined);
  if (parsed.do !== 'play') throw new Error('no play');
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
  const host = {
    argv: [],
    environment: process.env,
    attended: false,
    stdin: process.stdin,
    stdout: sink,
    stderr: process.stderr,
    signal: new AbortController().signal,
  };
  const secrets = new Secrets();
  const events = new Events();
  const run = await wire(parsed.options, host, secrets, events);
  for (const report of await openReports(['lines'], host, secrets)) events.subscribe((event) => report.on(event));
  const counted = count(events, asked.marks ?? []);
  const connect = asked.do === 'record' ? record : replay(asked.model);
  const { recap } = await runPlaybooks([asked.playbook], { ...run, connect });
  const bad = recap.find((one) => one.changed + one.failed + one.unreachable > 0 || one.ok === 0);
  if (bad) throw new Error(`not a converged run: ${JSON.stringify(bad)}`);
  const { user, system } = process.cpuUsage();
  if (asked.do === 'record') writeFileSync(asked.recording, JSON.stringify([...answers]));
  const hosts = recap.length;
  const { tasks, items, heap } = counted;
  return {
    hosts,
    tasks: tasks / hosts,
    items: items / hosts,
    heap,
    cpuMs: (user + system) / 1000,
    maxRss: process.resourceUsage().maxRSS * 1024,
  };
}

/** Counts what is done; takes the heap's size whenever one of `marks` tasks is done on all hosts. */
function count(events: Events, marks: readonly number[]): { tasks: number; items: number; heap: number[] } {
  const counted = { tasks: 0, items: 0, heap: [] as number[] };
  let hosts = 0;
  events.subscribe((event) => {
    if (event.type === 'play-start') hosts = event.hosts.length;
    if (event.type !== 'task-done') return;
    counted.tasks++;
    counted.items += event.items ?? 1;
    if (!marks.includes(counted.tasks / hosts)) return;
    globalThis.gc?.();
    counted.heap.push(process.memoryUsage().heapUsed);
  });
  return counted;
}

process.stdout.write(`${JSON.stringify(await play(JSON.parse(process.argv[2] ?? '')))}\n`);

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connect } from '../../../engine/connection/connect.ts';
import type { Connect } from '../../../engine/connection/session.ts';
import { type Event, Events } from '../../../engine/event.ts';
import { Turn } from '../../../engine/run/turn.ts';
import { play, playbook, type Settings } from '../../support/playbook.ts';
import { watched } from '../../support/watched.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesh-play-ahead-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A task that is asked about and does nothing, so that what comes after it is looked at. */
const QUIET = '- {name: Quiet, file: {path: /, state: directory}}\n';

const run = (tasks: string, rest: Partial<Settings> = {}) =>
  playbook({ files: { 'site.yml': play(tasks.replaceAll('DIR', folder)) }, ...rest });

/** Where in a run things were asked and tasks were done, on one host. */
async function traced(tasks: string): Promise<string[]> {
  const trace: string[] = [];
  const { recap } = await run(tasks, { limit: 'b1', connect: watched(trace) });
  expect(recap.get('b1')).toMatchObject({ failed: 0, unreachable: 0 });
  return trace.map((line) => line.replace(/\s+/g, ' ').trim());
}

/** Connects, and tells with each question which tasks were done on the host by then. */
function doneBefore(done: string[]): { connect: Connect; asked: { about: string; after: string[] }[] } {
  const asked: { about: string; after: string[] }[] = [];
  const trace: string[] = [];
  const push = trace.push.bind(trace);
  trace.push = (...lines) => {
    for (const line of lines) asked.push({ about: line, after: [...done] });
    return push(...lines);
  };
  return { connect: watched(trace), asked };
}

/** Which tasks were done on b1 when it was first asked about each of the words. */
async function askedAfter(files: Record<string, string>, words: string[]): Promise<(string[] | undefined)[]> {
  const done: string[] = [];
  const { connect: watching, asked } = doneBefore(done);
  const emit = vi.spyOn(Events.prototype, 'emit').mockImplementation(function (this: Events, event) {
    if (event.type === 'task-done') done.push(event.task.name);
  });
  await playbook({ files, limit: 'b1', connect: watching });
  emit.mockRestore();
  return words.map((word) => asked.find(({ about }) => about.includes(word))?.after);
}

describe('looking ahead', () => {
  it('asks about the tasks that follow before the one whose turn it is is done', async () => {
    const tasks = `${QUIET}- {name: Two, file: {path: /etc, state: directory}}
- block:
    - {name: Three, file: {path: /usr, state: directory}, loop: [1, 2]}
  always:
    - {name: Four, file: {path: /var, state: directory}}
- {name: Five, assert: {that: true}}
- {name: Six, file: {path: /tmp, state: directory}}
`;
    expect(await askedAfter({ 'site.yml': play(tasks) }, ['/etc', '/usr', '/var', '/tmp'])).toEqual([[], [], [], []]);
  });

  it.each([
    ['a task that registers', '- {name: X, file: {path: /, state: directory}, register: r}\n'],
    ['an action', '- {name: X, command: "true", changed_when: false}\n'],
    ['a query', '- {name: X, stat: {path: /}}\n'],
    ['set_fact', '- {name: X, set_fact: {a: b}}\n'],
    ['a task that is tried until', '- {name: X, file: {path: /, state: directory}, until: true}\n'],
    ['a loop that pauses', '- {name: X, file: {path: /, state: directory}, loop: [1], loop_control: {pause: 0.01}}\n'],
    ['an include', '- {name: X, include_tasks: more.yml}\n'],
  ])('looks not past %s', async (_title, task) => {
    const tasks = `${QUIET}${task}- {name: Last, file: {path: /usr, state: directory}}\n`;
    const [after] = await askedAfter({ 'site.yml': play(tasks), 'more.yml': '- debug:\n' }, ['/usr']);
    expect(after).toContain('X');
  });

  it.each([
    'delegate_to: b1',
    'run_once: true',
    'throttle: 2',
    'timeout: 60',
    'become: true\n  become_user: nobody\n  become_method: su',
    'connection: local\n  port: 4711',
  ])('leaves to its turn a task with %s', async (keywords) => {
    const tasks = `${QUIET}- name: Kept\n  file: {path: /usr, state: directory}\n  ${keywords}\n`;
    expect(await askedAfter({ 'site.yml': play(tasks) }, ['/usr'])).toEqual([['Quiet']]);
  });

  it('asks again what was asked before another task changed the host', async () => {
    const { recap, text } = await run(
      `${QUIET}- copy: {content: "one\\n", dest: DIR/file}
- lineinfile: {path: DIR/file, line: two}
- file: {path: DIR/file, mode: '0600'}
- copy: {src: DIR/file, dest: DIR/copied, remote_src: true}
`,
      { limit: 'b1' },
    );
    expect(recap.get('b1'), text).toMatchObject({ ok: 5, changed: 4, failed: 0 });
    expect(readFileSync(join(folder, 'copied'), 'utf8')).toBe('one\ntwo\n');
  });

  it('sees what another host changed', async () => {
    const { recap, text } = await run(
      `${QUIET}- {copy: {content: one, dest: DIR/shared}, when: inventory_hostname == 'a1'}
- {file: {path: DIR/shared, state: absent}, when: inventory_hostname == 'b1'}
`,
    );
    expect([recap.get('a1')?.changed, recap.get('b1')?.changed], text).toEqual([1, 1]);
  });

  it('sees what a delegated task and a handler changed', async () => {
    const tasks = `${QUIET}- {copy: {content: one, dest: DIR/one}, delegate_to: b1, notify: Second}
- {file: {path: DIR/one, state: absent}}
- {meta: flush_handlers}
- {file: {path: DIR/two, state: absent}}
`;
    const handlers = '  handlers:\n    - {name: Second, copy: {content: two, dest: DIR/two}}\n';
    const files = { 'site.yml': `${play(tasks)}${handlers}`.replaceAll('DIR', folder) };
    const { recap, text } = await playbook({ files, limit: 'a1' });
    expect(recap.get('a1'), text).toMatchObject({ changed: 4, failed: 0 });
  });

  it('renders again what was rendered before a variable was set, on this host or another', async () => {
    const { said } = await run(
      `${QUIET}- {debug: {msg: "{{ seen }}"}}
- {set_fact: {x: new}, when: inventory_hostname == 'a1'}
- {copy: {content: "{{ seen }}", dest: "DIR/{{ inventory_hostname }}"}}
- {debug: {msg: "{{ seen }}"}}
`,
      { extraVars: { seen: "{{ hostvars['a1'].x | default('none') }}" } },
    );
    expect(said).toEqual(['a1: none', 'a2: none', 'b1: none', 'a1: new', 'a2: new', 'b1: new']);
    expect(readFileSync(join(folder, 'b1'), 'utf8')).toBe('new');
  });

  it('plans in check mode against what is there, as without it', async () => {
    const tasks = `${QUIET}- {name: A, copy: {content: one, dest: DIR/file}}
- {name: B, file: {path: DIR/file, state: absent}}
- {name: C, file: {path: DIR/file, state: touch}}
`;
    const { events } = await run(tasks, { check: true, limit: 'b1' });
    const results = events.flatMap((event) => (event.type === 'task-done' ? [event.result.status] : []));
    expect(results).toEqual(['ok', 'changed', 'ok', 'changed']);
  });

  it('tells of tasks in their order and behind their barrier', async () => {
    const tasks = `${QUIET}- {name: B, file: {path: /etc, state: directory}, loop: [1, 2]}
- {name: C, file: {path: /usr, state: directory}, when: inventory_hostname != 'a1'}
- {name: D, file: {path: /nosuch, state: file}, ignore_errors: true}
- {name: E, file: {path: /tmp, state: directory}}
`;
    const told = async (rest: Partial<Settings>): Promise<string[]> => {
      const { events } = await run(tasks, rest);
      return events.flatMap((event) => {
        if (event.type === 'task-start') return [`start ${event.task.name}`];
        if (event.type === 'item-done') return [`${event.host} item ${event.item} ${event.result.status}`];
        return event.type === 'task-done' ? [`${event.host} ${event.task.name} ${event.result.status}`] : [];
      });
    };
    // With fewer forks than hosts nothing is asked ahead.
    const [looking, not] = [await told({}), await told({ forks: 1 })];
    const parts = (lines: string[]): string[][] =>
      lines
        .join('\n')
        .split(/^(?=start )/m)
        .map((part) => part.trim().split('\n').sort());
    expect(parts(looking)).toEqual(parts(not));
    for (const host of ['a1', 'a2', 'b1']) {
      const own = (lines: string[]): string[] => lines.filter((line) => !/^[ab]/.test(line) || line.startsWith(host));
      expect(own(looking)).toEqual(own(not));
    }
  });

  it('tells at its turn what failed ahead, and only once', async () => {
    const { events } = await run(`${QUIET}- {name: No, file: {path: /nosuch, state: file}}\n${QUIET}`, { limit: 'b1' });
    const done = events.flatMap((event) => (event.type === 'task-done' ? [event] : []));
    expect(done.map(({ task, result }) => `${task.name} ${result.status}`)).toEqual(['Quiet ok', 'No failed']);
  });

  it('runs no command on the controller before the turn, and then once', async () => {
    writeFileSync(join(folder, 'count'), '');
    const pipe = `{{ lookup('pipe', 'echo x >>DIR/count; wc -l <DIR/count') | trim }}`;
    const tasks = `${QUIET}- {name: P, copy: {content: "${pipe}", dest: DIR/piped}}\n${QUIET}`;
    const { recap } = await run(tasks, { limit: 'b1' });
    expect(recap.get('b1')).toMatchObject({ ok: 3, changed: 1, failed: 0 });
    expect(readFileSync(join(folder, 'piped'), 'utf8')).toBe('1');
  });

  it('does not open a connection or become somebody before a task needs it', async () => {
    const opened: string[] = [];
    const opening: Connect = async (target, signal) => {
      opened.push(target.address);
      return connect(target, signal);
    };
    const tasks = `${QUIET}- {name: Fails, fail: {msg: stop}}
- {file: {path: /, state: directory}, vars: {ansible_host: elsewhere}}
`;
    await run(tasks, { limit: 'b1', connect: opening });
    expect(opened).toEqual(['b1']);
  });

  it('stops after a change and looks on where nothing changes', async () => {
    const changing = Array.from({ length: 6 }, (_, i) => `- {file: {path: DIR/${i}, state: touch}}\n`).join('');
    const trace = await traced(changing);
    const asks = (path: string): number =>
      trace.filter((line) => line.includes(path) && /: (survey|script)/.test(line)).length;
    // Asked at its turn and after the change; ahead once, with the first.
    const [first, second, third] = [asks(`${folder}/0`), asks(`${folder}/1`), asks(`${folder}/2`)];
    expect([second - first > 0, third]).toEqual([true, second]);
    expect(asks(`${folder}/5`)).toBe(second);
  });
});

describe('a turn that has not come', () => {
  it('keeps what it has to tell until it comes, and lets go how far it is', () => {
    const events: Event[] = [];
    const bus = new Events();
    bus.subscribe((event) => events.push(event));
    const turn = new Turn(bus, 'a1');
    turn.warn('first');
    turn.progress('early', 1, 2);
    expect(events).toEqual([]);
    const task = { id: 1, name: 'T', module: 'm', at: { file: 'f', line: 1, column: 1 }, handler: false };
    turn.begin(task);
    turn.progress('late', 2, 2);
    turn.warn('second');
    expect(events.map((event) => (event.type === 'message' ? event.text : event.type))).toEqual([
      'first',
      'progress',
      'second',
    ]);
  });
});

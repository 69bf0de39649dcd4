import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { askLine, askSecret } from '../../../engine/cli/ask.ts';

/** A terminal on which `typed` is typed at once; what happens to it, in order, in `told`. */
function terminal(typed: string, signal?: AbortSignal) {
  const told: string[] = [];
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (on: boolean) => told.push(on ? 'quiet' : 'loud'),
  });
  input.write(typed);
  const output = { write: (text: string) => told.push(text) };
  return { told, ask: () => askSecret('Password: ', { stdin: input, stderr: output, ...(signal ? { signal } : {}) }) };
}

describe('a password', () => {
  it('is asked for when nothing typed is shown any more', async () => {
    const { told, ask } = terminal('geheim\r');
    expect(await ask()).toBe('geheim');
    expect(told).toEqual(['quiet', 'Password: ', 'loud', '\n']);
  });

  it.each([
    ['ab\u007fc\n', 'ac'],
    ['ab\u0015cd\n', 'cd'],
    ['ab\u0004', 'ab'],
    ['\r', ''],
  ])('is what is left of %j', async (typed, password) => {
    expect(await terminal(typed).ask()).toBe(password);
  });

  it.each(['ab\u0003', '\u0004'])('is not given by %j', async (typed) => {
    await expect(terminal(typed).ask()).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('is not waited for when the run is interrupted', async () => {
    const stop = new AbortController();
    const { told, ask } = terminal('ab', stop.signal);
    const asked = ask();
    stop.abort();
    await expect(asked).rejects.toMatchObject({ code: 'interrupted' });
    expect(told.at(-2)).toBe('loud');
  });
});

it('a line is shown as it is typed, and what is taken back goes', async () => {
  const told: string[] = [];
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
  stdin.write('yex\u007fs\r');
  expect(await askLine('Go? ', { stdin, stderr: { write: (text: string) => told.push(text) } })).toBe('yes');
  expect(told).toEqual(['Go? ', 'y', 'e', 'x', '\b \b', 's', '\n']);
});

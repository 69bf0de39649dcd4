import type { Readable } from 'node:stream';
import { Problem } from '../problem.ts';

/** A terminal to ask on. */
export interface Terminal {
  stdin: Readable & { isTTY?: boolean; setRawMode?(on: boolean): unknown };
  stderr: { write(text: string): unknown };
  /** Ends the asking. */
  signal?: AbortSignal;
}

/** Whether there is somebody to ask. */
export const isInteractive = ({ stdin }: Terminal): boolean => stdin.isTTY === true && stdin.setRawMode !== undefined;

/** Asks for a line that is shown as it is typed. */
export const askLine = (question: string, terminal: Terminal): Promise<string> => ask(question, terminal, false);

/** Asks for a secret without showing it. Rejects when there is no terminal to ask on. */
export const askSecret = (question: string, terminal: Terminal): Promise<string> => ask(question, terminal, true);

function ask(question: string, terminal: Terminal, hidden: boolean): Promise<string> {
  const { stdin: input, stderr: output, signal } = terminal;
  if (!isInteractive(terminal)) {
    throw new Problem({
      code: 'no-terminal',
      what: `cannot ask for "${question.replace(/: *$/, '')}": standard input is not a terminal`,
      mend: 'set the password as a variable, such as ansible_become_password, in a vault file',
    });
  }
  // What is typed is not echoed from here on, so that an answer that comes at once is not shown either.
  input.setRawMode?.(true);
  output.write(question);
  return new Promise((resolve, reject) => {
    let typed = '';
    const done = (end: () => void): void => {
      input.off('data', onData);
      signal?.removeEventListener('abort', interrupted);
      input.setRawMode?.(false);
      input.pause();
      output.write('\n');
      end();
    };
    const interrupted = (): void => done(() => reject(new Problem({ code: 'interrupted', what: 'interrupted' })));
    const onData = (data: Buffer): void => {
      for (const letter of data.toString('utf8')) {
        if (letter === '\r' || letter === '\n' || (letter === '\u0004' && typed !== '')) {
          done(() => resolve(typed));
          return;
        }
        // Ctrl-C, and Ctrl-D before anything is typed.
        if (letter === '\u0003' || (letter === '\u0004' && typed === '')) {
          interrupted();
          return;
        }
        const before = typed;
        // Ctrl-U takes back all that was typed.
        if (letter === '\u0015') typed = '';
        else typed = letter === '\u007f' || letter === '\b' ? typed.slice(0, -1) : typed + letter;
        if (!hidden) output.write(shown(before, typed));
      }
    };
    signal?.addEventListener('abort', interrupted);
    input.on('data', onData);
    input.resume();
  });
}

/** What the terminal is to show when what was typed has become more, or less. */
const shown = (before: string, typed: string): string =>
  typed.length > before.length ? typed.slice(before.length) : '\b \b'.repeat(before.length - typed.length);

import type { Readable, Writable } from 'node:stream';
import { Problem } from '../problem.ts';

/** A terminal to ask on. */
export interface Terminal {
  input: Readable & { isTTY?: boolean; setRawMode?(on: boolean): unknown };
  output: Writable;
}

/** Asks for a secret without showing it. Rejects when there is no terminal to ask on. */
export function askSecret(question: string, { input, output }: Terminal): Promise<string> {
  if (!input.isTTY || !input.setRawMode) {
    throw new Problem({
      code: 'no-terminal',
      what: `cannot ask for "${question.replace(/: *$/, '')}": standard input is not a terminal`,
      mend: 'set the password as a variable, such as ansible_become_password, in a vault file',
    });
  }
  output.write(question);
  input.setRawMode(true);
  return new Promise((resolve, reject) => {
    let typed = '';
    const done = (end: () => void): void => {
      input.off('data', onData);
      input.setRawMode?.(false);
      input.pause();
      output.write('\n');
      end();
    };
    const onData = (data: Buffer): void => {
      for (const letter of data.toString('utf8')) {
        if (letter === '\r' || letter === '\n') return done(() => resolve(typed));
        if (letter === '\u0003') return done(() => reject(new Problem({ code: 'interrupted', what: 'interrupted' })));
        if (letter === '\u007f' || letter === '\b') typed = typed.slice(0, -1);
        else typed += letter;
      }
    };
    input.on('data', onData);
    input.resume();
  });
}

import type { Readable } from 'node:stream';
import { Problem } from '../problem.ts';

/** A terminal to ask on. */
export interface Terminal {
  input: Readable & { isTTY?: boolean; setRawMode?(on: boolean): unknown };
  output: { write(text: string): unknown };
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
        if (letter === '\r' || letter === '\n') {
          done(() => resolve(typed));
          return;
        }
        if (letter === '\u0003') {
          done(() => reject(new Problem({ code: 'interrupted', what: 'interrupted' })));
          return;
        }
        typed = letter === '\u007f' || letter === '\b' ? typed.slice(0, -1) : typed + letter;
      }
    };
    input.on('data', onData);
    input.resume();
  });
}

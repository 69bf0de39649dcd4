import { formatProblem, Problem, Problems } from '../problem.ts';
import { Secrets } from '../secrets.ts';
import { type Asked, readArguments, Usage } from './options.ts';
import { play } from './play.ts';
import { EXIT, type Process } from './process.ts';
import { VERSION } from './version.ts';

/** One invocation of mesh-play; resolves with the exit code. */
export async function main(process: Process): Promise<number> {
  const secrets = new Secrets();
  const complain = (text: string): void => void process.stderr.write(`${secrets.hide(text)}\n`);
  try {
    const asked = readArguments(process.argv, VERSION, (text) => void process.stdout.write(text));
    return await perform(asked, process, secrets);
  } catch (thrown) {
    if (thrown instanceof Usage) {
      if (thrown.status !== 0) complain(`mesh-play: ${thrown.message}`);
      return thrown.status;
    }
    if (process.signal.aborted || (thrown instanceof Problem && thrown.code === 'interrupted')) return EXIT.interrupted;
    if (thrown instanceof Problems) {
      for (const problem of thrown.list) complain(formatProblem(problem));
      const count = thrown.list.length;
      complain(`${count} ${count === 1 ? 'problem' : 'problems'}; no host was contacted`);
      return EXIT.unreadable;
    }
    if (thrown instanceof Problem) {
      complain(formatProblem(thrown));
      return thrown.code === 'bad-options' ? EXIT.badOptions : EXIT.unreadable;
    }
    // Anything else is a bug of ours: its stack is what a report of it needs.
    complain(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
    return 1;
  }
}

async function perform(asked: Asked, process: Process, secrets: Secrets): Promise<number> {
  switch (asked.do) {
    case 'play':
      return play(asked.playbooks, asked.options, process, secrets);
    case 'doc':
      return (await import('./doc.ts')).doc(asked.modules, process);
    case 'schema':
      return (await import('./doc.ts')).schema(process);
    case 'inventory':
      return (await import('./inventory.ts')).inventory(asked, process, secrets);
    case 'test':
      return (await import('./test.ts')).testRoles(asked.roles, process);
    case 'init-role':
      return (await import('./init.ts')).initRole(asked.name, asked.path, process);
    default:
      return asked satisfies never;
  }
}

import { Events } from '../event.ts';
import { asProblem, formatProblem, Problem } from '../problem.ts';
import type { Report } from '../report/report.ts';
import type { Run } from '../run/options.ts';
import { type Ended, runPlaybooks } from '../run/run.ts';
import type { Secrets } from '../secrets.ts';
import { askLine, askSecret, type Terminal } from './ask.ts';
import { listing } from './listing.ts';
import type { PlayOptions } from './options.ts';
import { EXIT, type Process } from './process.ts';
import { openReports } from './reports.ts';
import { wire } from './wire.ts';

/** Runs playbooks, or lists what they hold; resolves with the exit code. */
export async function play(
  playbooks: string[],
  options: PlayOptions,
  process: Process,
  secrets: Secrets,
): Promise<number> {
  const events = new Events();
  const run = await wire(options, process, secrets, events);
  checkLimit(run);
  if (options.syntaxCheck || options.listHosts || options.listTasks || options.listTags) {
    const warn = (problem: Problem): void =>
      void process.stderr.write(`warning: ${secrets.hide(formatProblem(problem))}\n`);
    process.stdout.write(await listing(playbooks, options, run, warn));
    return EXIT.fine;
  }
  const reports = await openReports(options.report, process, secrets);
  for (const report of reports) events.subscribe((event) => report.on(event));
  if (process.attended) run.ask = asker(reports, process);
  try {
    return exitCode(await runPlaybooks(playbooks, run));
  } finally {
    await closeAll(reports);
  }
}

const terminalOf = ({ stdin, stderr, signal }: Process): Terminal => ({ stdin, stderr, signal });

/** Asks when all that was told before stands on the screen. */
function asker(reports: readonly Report[], process: Process): NonNullable<Run['ask']> {
  return async (question, hidden) => {
    for (const report of reports) await report.shown?.();
    try {
      return await (hidden ? askSecret : askLine)(question, terminalOf(process));
    } catch (thrown) {
      if (asProblem(thrown).code === 'interrupted') process.interrupt?.();
      throw thrown;
    }
  };
}

/** A limit that leaves nobody is a mistake, and not a run in which all is well. */
function checkLimit({ inventory, limit }: Run): void {
  if (limit === undefined || inventory.hosts.size === 0) return;
  if (['all', 'localhost'].some((pattern) => inventory.match(pattern, limit).hosts.length > 0)) return;
  throw new Problem({
    code: 'bad-options',
    what: `--limit "${limit}" leaves no host of the inventory`,
    mend: 'mesh-play inventory --graph shows the hosts and groups',
  });
}

async function closeAll(reports: readonly Report[]): Promise<void> {
  for (const report of reports) await report.close();
}

function exitCode({ worst, interrupted }: Ended): number {
  return interrupted ? EXIT.interrupted : EXIT[worst];
}

import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { nearest, Problem } from '../problem.ts';
import type { Output, Report } from '../report/report.ts';
import type { Secrets } from '../secrets.ts';
import type { Process } from './process.ts';

const KINDS = ['tree', 'lines', 'json', 'junit=FILE'];

/** The reports asked for; a live tree on a terminal and plain lines elsewhere when none is. */
export async function openReports(asked: readonly string[], process: Process, secrets: Secrets): Promise<Report[]> {
  const wanted = [...asked];
  if (!wanted.some((kind) => !kind.startsWith('junit='))) wanted.push(live(process) ? 'tree' : 'lines');
  return Promise.all(wanted.map((kind) => open(kind, process, secrets)));
}

const live = ({ stdout, environment }: Process): boolean =>
  stdout.isTTY === true && environment['TERM'] !== 'dumb' && environment['CI'] === undefined;

async function open(kind: string, process: Process, secrets: Secrets): Promise<Report> {
  const output = terminal(process, secrets);
  if (kind === 'lines') return (await import('../report/lines.ts')).linesReport(output);
  if (kind === 'tree') return (await import('../report/tree.ts')).treeReport(output);
  if (kind === 'json') return (await import('../report/json.ts')).jsonReport(output);
  if (/^junit=./.test(kind)) return junit(kind.slice('junit='.length), secrets);
  const near = nearest(kind, KINDS);
  throw new Problem({
    code: 'bad-options',
    what: `--report cannot be "${kind}"`,
    mend: near ? `did you mean "${near}"?` : `use one of ${KINDS.join(', ')}`,
  });
}

/** Colours on a terminal, unless NO_COLOR (https://no-color.org) is set; FORCE_COLOR turns them on anywhere. */
function terminal({ stdout, environment }: Process, secrets: Secrets): Output {
  const colour = environment['FORCE_COLOR'] ? true : !environment['NO_COLOR'] && stdout.isTTY === true;
  return {
    write: (text) => void stdout.write(secrets.hide(text)),
    hide: (text) => secrets.hide(text),
    colour,
    ...(stdout.columns === undefined ? {} : { columns: stdout.columns }),
  };
}

async function junit(file: string, secrets: Secrets): Promise<Report> {
  const { junitReport } = await import('../report/junit.ts');
  const stream = createWriteStream(file);
  // Opened now, so that a path that cannot be written is known before any host is touched.
  await new Promise<void>((resolve, reject) => stream.once('open', () => resolve()).once('error', reject)).catch(
    (thrown: NodeJS.ErrnoException) => {
      const why = thrown.code === 'ENOENT' ? 'its folder is not there' : thrown.message;
      throw new Problem({
        code: 'bad-options',
        what: `--report junit=${file} cannot be written: ${why}`,
        cause: thrown,
      });
    },
  );
  const report = junitReport({
    write: (text) => void stream.write(secrets.hide(text)),
    hide: (text) => secrets.hide(text),
    colour: false,
  });
  return {
    on: report.on,
    close: async () => {
      await report.close();
      stream.end();
      await finished(stream);
    },
  };
}

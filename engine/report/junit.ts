import type { Event, TaskRef } from '../event.ts';
import { formatProblem } from '../problem.ts';
import type { TaskResult } from '../result.ts';
import type { Output, Report } from './report.ts';
import { title } from './text.ts';

interface Case {
  name: string;
  host: string;
  task: TaskRef;
  seconds: number;
  result: TaskResult;
  ignored: boolean;
}

/** JUnit XML: a suite for each play, a case for each task on each host. */
export function junitReport(output: Output): Report {
  const suites: { name: string; cases: Case[] }[] = [];

  function on(event: Event): void {
    if (event.type === 'play-start') suites.push({ name: event.play, cases: [] });
    if (event.type !== 'task-done') return;
    const { task, host, result, ignored, ms } = event;
    suites.at(-1)?.cases.push({ name: `[${host}] ${title(task)}`, host, task, seconds: ms / 1000, result, ignored });
  }

  return {
    on,
    close: async () => {
      const body = suites.map(suiteXml).join('');
      output.write(`<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${body}</testsuites>\n`);
    },
  };
}

function suiteXml({ name, cases }: { name: string; cases: Case[] }): string {
  const count = (kind: string): number => cases.filter((one) => outcome(one) === kind).length;
  const time = cases.reduce((sum, one) => sum + one.seconds, 0).toFixed(3);
  const counts = `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`;
  return `  <testsuite name="${xml(name)}" ${counts} time="${time}">\n${cases.map(caseXml).join('')}  </testsuite>\n`;
}

function outcome({ result, ignored }: Case): 'failure' | 'error' | 'skipped' | 'passed' {
  if (result.status === 'skipped') return 'skipped';
  if (ignored) return 'passed';
  return result.status === 'failed' ? 'failure' : result.status === 'unreachable' ? 'error' : 'passed';
}

function caseXml(one: Case): string {
  const where = `${one.task.at.file}:${one.task.at.line}`;
  const head = `    <testcase name="${xml(one.name)}" classname="${xml(where)}" time="${one.seconds.toFixed(3)}"`;
  const kind = outcome(one);
  if (kind === 'passed') return `${head}/>\n`;
  const { result } = one;
  if (result.status === 'skipped') return `${head}>\n      <skipped message="${xml(result.why)}"/>\n    </testcase>\n`;
  if (result.status !== 'failed' && result.status !== 'unreachable') return `${head}/>\n`;
  const text = formatProblem(result.problem);
  return `${head}>\n      <${kind} message="${xml(result.problem.what)}">${xml(text)}</${kind}>\n    </testcase>\n`;
}

// XML 1.0 allows no control characters but tab and line ends, not even escaped.
const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;
const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;' };

const xml = (text: string): string =>
  text.replace(FORBIDDEN, '?').replace(/[&<>"\n]/g, (letter) => ENTITIES[letter] ?? letter);

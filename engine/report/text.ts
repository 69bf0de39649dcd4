import { Chalk, type ChalkInstance } from 'chalk';
import type { HostRecap, TaskRef } from '../event.ts';
import { writeJson } from '../json.ts';
import { formatProblem } from '../problem.ts';
import type { TaskResult } from '../result.ts';
import type { Mapping } from '../value.ts';
import { changeLines } from './diff.ts';

/** Colours when the output takes them. */
export const painter = (colour: boolean): ChalkInstance => new Chalk({ level: colour ? 1 : 0 });

/** A task's name as Ansible shows it: with its role in front. */
export const title = (task: TaskRef): string => (task.role === undefined ? task.name : `${task.role} : ${task.name}`);

/** Seconds with two decimals, or minutes and seconds. */
export function duration(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(2)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

const BAR = 20;
/** Progress that counts more than this counts bytes. */
export const BYTES = 1024 * 1024;

const amount = (bytes: number): string => `${(bytes / BYTES).toFixed(1)} MiB`;

/** How far a long piece of work is: a bar, and for a transfer how much of it. */
export function bar(done: number, total: number): string {
  const part = Math.min(1, done / Math.max(1, total));
  const full = Math.floor(part * BAR);
  const sizes = total > BYTES ? `  ${amount(done)} of ${amount(total)}` : '';
  return `${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${String(Math.floor(100 * part)).padStart(3)} %${sizes}`;
}

/** The word for a result, in its colour. */
export function verdict(result: TaskResult, ignored: boolean, paint: ChalkInstance): string {
  switch (result.status) {
    case 'ok':
      return paint.green('ok');
    case 'changed':
      return paint.yellow('changed');
    case 'skipped':
      return paint.cyan('skipping');
    case 'failed':
      return ignored ? paint.cyan('failed (ignored)') : paint.red('failed');
    case 'unreachable':
      return paint.red('unreachable');
    default:
      return result satisfies never;
  }
}

/** What else there is to say under a result: differences, the problem, the output of the command, a debug message. */
export function details(
  task: TaskRef,
  result: TaskResult,
  show: { diff: boolean; verbosity: number },
  paint: ChalkInstance,
): string[] {
  const lines: string[] = [];
  if (result.status === 'changed' && show.diff) lines.push(...changeLines(result.changes, paint));
  else if (result.status === 'changed' && show.verbosity > 0 && result.changes.length > 0) {
    lines.push(`changed: ${result.changes.map((change) => change.key).join(', ')}`);
  }
  if (result.status === 'skipped' && show.verbosity > 0) lines.push(result.why);
  if (result.status === 'failed' || result.status === 'unreachable') lines.push(...problemLines(result));
  if (result.status === 'unreachable') return lines;
  if (show.verbosity > 0) lines.push(...writeJson(result.returns, { indent: 2, ascii: false }).split('\n'));
  else if (task.module === 'debug' && result.status === 'ok') lines.push(...debugLines(result.returns));
  return lines;
}

function problemLines(result: Extract<TaskResult, { status: 'failed' | 'unreachable' }>): string[] {
  const lines = formatProblem(result.problem).split('\n');
  if (result.status === 'unreachable') return lines;
  const { rc, stdout, stderr } = result.returns;
  if (rc !== undefined && rc !== null) lines.push(`  exit status ${String(rc)}`);
  for (const [name, text] of [
    ['stdout', stdout],
    ['stderr', stderr],
  ] as const) {
    if (typeof text !== 'string' || text.trim() === '') continue;
    const all = text.trimEnd().split('\n');
    if (all.length > SHOWN_LINES) lines.push(`  ${name}: (last ${SHOWN_LINES} of ${all.length} lines)`);
    else lines.push(`  ${name}:`);
    lines.push(...all.slice(-SHOWN_LINES).map((line) => `    ${line}`));
  }
  return lines;
}

const SHOWN_LINES = 20;

function debugLines(returns: Mapping): string[] {
  const { changed: _changed, failed: _failed, ...told } = returns;
  return Object.entries(told).flatMap(([name, value]) => {
    const text = typeof value === 'string' ? value : writeJson(value, { indent: 2, ascii: false });
    const [first = '', ...rest] = text.split('\n');
    return [`${name}: ${first}`, ...rest];
  });
}

/** The recap: one line a host, names and numbers in columns. */
export function recapLines(recap: readonly HostRecap[], paint: ChalkInstance): string[] {
  const width = Math.max(0, ...recap.map((one) => one.host.length));
  return recap.map((one) => {
    const cell = (name: string, count: number, colour: (text: string) => string): string => {
      const text = `${name}=${count}`.padEnd(name.length + 4);
      return count > 0 ? colour(text) : text;
    };
    const host = one.failed + one.unreachable > 0 ? paint.red : one.changed > 0 ? paint.yellow : paint.green;
    return [
      `${host(one.host.padEnd(width))} :`,
      cell('ok', one.ok, paint.green),
      cell('changed', one.changed, paint.yellow),
      cell('unreachable', one.unreachable, paint.red),
      cell('failed', one.failed, paint.red),
      cell('skipped', one.skipped, paint.cyan),
      cell('rescued', one.rescued, paint.yellow),
      cell('ignored', one.ignored, paint.cyan),
      duration(one.ms),
    ].join(' ');
  });
}

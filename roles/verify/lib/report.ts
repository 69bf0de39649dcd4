import { judge, type Seen } from './judge.ts';
import type { Judged, Probe, Site } from './probe.ts';

/** One line of the table. */
export interface Line extends Judged {
  id: string;
  tried: string;
  from: string;
  to: string;
  expected: string;
  /** `unproven`: it was refused, but so was what shows that the path is alive. */
  result: 'as expected' | 'differs' | 'unproven';
  twin: string | null;
}

/** Every probe with what was expected, what happened, and by what it is known. */
export function linesOf(probes: readonly Probe[], seen: Seen, site: Site): Line[] {
  const judged = new Map(probes.map((probe) => [probe.id, judge(probe, seen, site)]));
  const results = new Map(probes.map((probe) => [probe.id, isAsExpected(probe, judged.get(probe.id))]));
  return probes.map((probe) => {
    const verdict = judged.get(probe.id) as Judged;
    const alive = probe.twin === null || results.get(probe.twin) === true;
    const result = results.get(probe.id) ? (alive ? 'as expected' : 'unproven') : 'differs';
    const { id, tried, from, to, twin } = probe;
    return { id, tried, from, to, twin, expected: expectation(probe), result, ...verdict };
  });
}

function isAsExpected({ expect }: Probe, judged: Judged | undefined): boolean {
  if (!judged) return false;
  if (!expect.allowed) return judged.verdict === 'refused' && judged.by === expect.by;
  const wanted = expect.ids ?? expect.addresses;
  return judged.verdict === 'allowed' && (wanted === undefined || judged.happened === [...wanted].sort().join(', '));
}

const expectation = ({ expect }: Probe): string =>
  expect.allowed ? (expect.ids ?? expect.addresses ?? ['allowed']).join(', ') : `refused by ${expect.by}`;

const HEADS = ['', 'tried', 'from', 'to', 'expected', 'happened', 'refused by'];

/** The table people read. Lines that differ in nothing but where they lead are one. */
export function tableOf(lines: readonly Line[]): string {
  const rows = folded(lines).map(({ tried, from, to, expected, happened, by, result }) => [
    result === 'as expected' ? '✔' : '✖',
    tried,
    from,
    to,
    expected.startsWith('refused') ? 'refused' : 'allowed',
    happened,
    by ?? '',
  ]);
  const cells = rows.map((row) => row.map(wrapped));
  const widths = HEADS.map((head, column) =>
    Math.max(...[[head], ...cells.map((row) => row[column] ?? [])].flat().map((text) => [...text].length)),
  );
  const shown = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [HEADS, widths.map((width) => '─'.repeat(width)), ...cells.flatMap(linesOfRow)]
    .map(shown)
    .concat('', ...closing(lines))
    .join('\n');
}

/** A list in a cell goes on in a further line rather than past this. */
const WIDEST = 32;

function wrapped(cell: string): string[] {
  const lines: string[] = [];
  for (const word of cell.split(/(?<=,) /)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > WIDEST) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

const linesOfRow = (row: readonly string[][]): string[][] =>
  Array.from({ length: Math.max(...row.map((cell) => cell.length)) }, (_, index) =>
    row.map((cell) => cell[index] ?? ''),
  );

function folded(lines: readonly Line[]): Line[] {
  const order = [...new Set(lines.map(({ tried }) => tried))];
  const rows = alike(alike(lines, 'to', 'from'), 'from', 'to');
  return order.flatMap((tried) => rows.filter((row) => row.tried === tried));
}

/** Makes one of lines that are alike but for `key`. */
function alike(lines: readonly Line[], key: 'from' | 'to', other: 'from' | 'to'): Line[] {
  const groups = new Map<string, Line[]>();
  for (const line of lines) {
    const { tried, happened, by, result, verdict, expected } = line;
    const same = JSON.stringify([tried, line[other], happened, by, result, verdict === 'allowed' ? expected : '']);
    groups.set(same, [...(groups.get(same) ?? []), line]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first ? [{ ...first, [key]: [...new Set(group.map((line) => line[key]))].join(', ') }] : [];
  });
}

/** How many are right, and of each that is not, why. */
export function closing(lines: readonly Line[]): string[] {
  const wrong = lines.filter(({ result }) => result !== 'as expected');
  const refusals = lines.filter(({ verdict, result }) => verdict === 'refused' && result === 'as expected').length;
  const right = lines.length - wrong.length;
  const sum = `${right} of ${lines.length} as expected: ${right - refusals} allowed, ${refusals} refused`;
  return [sum, ...wrong.flatMap((line) => ['', ...reasons(line)])];
}

function reasons({ id, tried, from, to, expected, happened, evidence, result, by, twin }: Line): string[] {
  const why =
    result === 'unproven'
      ? `refused, but so was ${twin}, which must pass on the same path`
      : `expected ${expected}, got ${happened}${by === null ? '' : ` by ${by}`}`;
  return [`${id} ${tried}, ${from} to ${to}: ${why}`, ...evidence.split('\n').map((line) => `  ${line}`)];
}

const xml = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0, section 2.2, has no such characters
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

/** The same as JUnit, for CI. */
export function junitOf(lines: readonly Line[]): string {
  const cases = lines.map((line) => {
    const head = `    <testcase classname="${xml(line.tried)}" name="${xml(`${line.id} ${line.from} to ${line.to}`)}"`;
    if (line.result === 'as expected')
      return `${head}>\n      <system-out>${xml(`${line.happened}: ${line.evidence}`)}</system-out>\n    </testcase>`;
    const [message = '', ...more] = reasons(line);
    return `${head}>\n      <failure message="${xml(message)}">${xml(more.join('\n'))}</failure>\n    </testcase>`;
  });
  const failures = lines.filter(({ result }) => result !== 'as expected').length;
  const suite = `  <testsuite name="verify" tests="${lines.length}" failures="${failures}">`;
  const head = '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>';
  return `${head}\n${suite}\n${cases.join('\n')}\n  </testsuite>\n</testsuites>\n`;
}

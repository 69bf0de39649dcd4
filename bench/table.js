// The table: each row is { what, measured, target, met }, with met true, false, or undefined where there is no target.
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem, version } from 'node:os';
import { median } from './measure.js';

const seconds = (ms) => (ms >= 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${(ms / 1000).toFixed(2)} s`);
const mebibytes = (bytes) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

/** Facts of the machine that the numbers mean nothing without. */
export function machine() {
  const os = /^PRETTY_NAME="?(.*?)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memory: mebibytes(totalmem()),
    kernel: `${release()} ${version()}`,
    os,
    node: process.version,
  };
}

/** How each contender did. `contenders[0]` is mesh-play; `least` is how many times its time the others should take. */
export function raceRows(contenders) {
  const [mesh] = contenders;
  const own = median(mesh.times);
  return contenders.map(({ name, times, unfit, least }) => {
    if (unfit || times.length === 0)
      return {
        what: name,
        measured: unfit ?? 'no run',
        ratio: '–',
        target: least ? `≥ ${least} ×` : '–',
        met: undefined,
      };
    const middle = median(times);
    const spread = `${seconds(Math.min(...times))} to ${seconds(Math.max(...times))}`;
    return {
      what: name,
      measured: `${seconds(middle)} (${times.length} runs, ${spread})`,
      ratio: `${(middle / own).toFixed(2)} ×`,
      target: least ? `≥ ${least} ×` : '–',
      met: least ? middle / own >= least : undefined,
    };
  });
}

/** What is measured of mesh-play alone. */
export function ownRows({ startup, simulated }) {
  const rows = [];
  if (startup) {
    const middle = median(startup.times);
    const { withCertificates } = startup;
    const asSet = withCertificates
      ? `; ${median(withCertificates).toFixed(0)} ms with NODE_EXTRA_CA_CERTS as it is set here, by which Node reads all certificates before it starts a program`
      : '';
    rows.push({
      what: 'process start to first packet',
      measured: `${middle.toFixed(0)} ms (${startup.times.length} runs; Node alone starts and ends in ${median(startup.node).toFixed(0)} ms)${asSet}`,
      target: '< 150 ms',
      met: middle < 150,
    });
  }
  if (simulated) {
    const { hosts, items, tasks, cpuMs, heapAt100, heapAt1000, peakRss } = simulated;
    const each = cpuMs / hosts / items;
    rows.push({
      what: `controller CPU, ${hosts} simulated hosts × ${items} task items`,
      measured: `${each.toFixed(3)} ms a host and item; ${(cpuMs / hosts / tasks).toFixed(3)} ms a host and task of ${tasks}; ${seconds(cpuMs)} in all, without SSH's own encryption`,
      target: '≤ 0.5 ms a host and item',
      met: each <= 0.5,
    });
    const grown = heapAt1000 / heapAt100 - 1;
    rows.push({
      what: 'heap after 100 and after 1000 tasks, 50 simulated hosts',
      measured: `${mebibytes(heapAt100)}, ${mebibytes(heapAt1000)} (${grown >= 0 ? '+' : ''}${(100 * grown).toFixed(1)} %); peak resident ${mebibytes(peakRss)}`,
      target: 'flat: at most +10 %',
      met: grown <= 0.1,
    });
  }
  return rows;
}

const verdict = (met) => (met === undefined ? '–' : met ? 'met' : 'MISSED');

/** The report as Markdown. */
export function markdown({ facts, race, own, notes }) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [
    `# Bench of ${facts.date.slice(0, 10)}`,
    '',
    ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
    '',
    'A converged run of bench/site, 46 task items on each of 8 nspawn hosts of this same machine, median wall time:',
    '',
    line(['', 'wall time', 'times as long as mesh-play', 'target', '']),
    line(['---', '---', '---', '---', '---']),
    ...race.map((row) => line([row.what, row.measured, row.ratio, row.target, verdict(row.met)])),
    '',
    line(['mesh-play alone', 'measured', 'target', '']),
    line(['---', '---', '---', '---']),
    ...own.map((row) => line([row.what, row.measured, row.target, verdict(row.met)])),
    '',
    ...notes.map((note) => `- ${note}`),
    '',
  ].join('\n');
}

// Bundles bench/simulated.ts as scripts/build.js bundles the engine, and runs it.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { options } from '../scripts/build.js';
import { median, mustRun } from './measure.js';

/** Processor time over 500 simulated hosts and memory over 1000 tasks; throws when the runs do not succeed. */
export async function simulate({ root, site, work, inventory, hosts }) {
  const entry = await bundle(root);
  const model = hosts[0].name;
  const run = async (asked) =>
    JSON.parse((await mustRun(process.execPath, ['--expose-gc', entry, JSON.stringify(asked)])).stdout);
  const recordings = { site: join(work, 'site.recording.json'), long: join(work, 'long.recording.json') };
  // Two characters as the model's own name, so that files that name their host are of the same size.
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  const name = (i) => letters[i % 26] + `0123456789${letters}`[Math.floor(i / 26)];
  const names = (count) =>
    JSON.stringify({ all: { hosts: Object.fromEntries(Array.from({ length: count }, (_, i) => [name(i), {}])) } });
  const many = join(work, 'simulated-500.yml');
  writeFileSync(many, names(500));
  await run({ do: 'record', playbook: site, inventory, model, recording: recordings.site });
  const cpu = [];
  for (let round = 0; round < 3; round++)
    cpu.push(await run({ do: 'replay', playbook: site, inventory: many, model, recording: recordings.site }));

  const few = join(work, 'simulated-50.yml');
  writeFileSync(few, names(50));
  const long = join(work, 'long.yml');
  writeFileSync(long, longPlaybook(1000));
  await run({ do: 'record', playbook: long, inventory, model, recording: recordings.long });
  const memory = await run({
    do: 'replay',
    playbook: long,
    inventory: few,
    model,
    recording: recordings.long,
    marks: [100, 1000],
  });
  return {
    items: cpu[0].items,
    tasks: cpu[0].tasks,
    hosts: cpu[0].hosts,
    cpuMs: median(cpu.map((one) => one.cpuMs)),
    heapAt100: memory.heap[0],
    heapAt1000: memory.heap[1],
    peakRss: memory.maxRss,
  };
}

async function bundle(root) {
  const outdir = join(root, '.cache/bench');
  rmSync(outdir, { recursive: true, force: true });
  await build({ ...options, entryPoints: { simulated: 'bench/simulated.ts' }, outdir });
  return join(outdir, 'simulated.js');
}

/** A play of `count` tasks, each asking the host something. */
function longPlaybook(count) {
  const kinds = [
    { command: 'uname -r', changed_when: false },
    { stat: { path: '/etc/hosts' } },
    { file: { path: '/srv/shared', state: 'directory' } },
    { command: 'cat /etc/login.defs', changed_when: false, register: 'seen' },
  ];
  const tasks = Array.from({ length: count }, (_, i) => ({ name: `Task ${i + 1}`, ...kinds[i % kinds.length] }));
  return JSON.stringify([{ name: 'A long play', hosts: 'all', gather_facts: false, tasks }]);
}

// Measures mesh-play beside a hand-written script, ansible-core and Mitogen on a lab of eight hosts; see scripts/bench.sh,
// which removes the lab afterwards.
import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ansibleCore, installAnsible, meshPlay, script } from './contenders.js';
import { mustRun } from './measure.js';
import { simulate } from './simulate.js';
import { startUp } from './startup.js';
import { machine, markdown, ownRows, raceRows } from './table.js';

const ROUNDS = Number(process.env.MESH_PLAY_BENCH_ROUNDS ?? 5);
/** ansible-core and Mitogen take minutes. */
const SLOW_ROUNDS = Math.min(2, ROUNDS);

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'mesh-play');
const lab = join(cache, 'lab/bench');
const work = join(cache, 'bench');
const hosts = Array.from({ length: 8 }, (_, i) => ({ name: `b${i + 1}`, address: `10.90.0.${11 + i}` }));
const say = (text) => process.stdout.write(`bench: ${text}\n`);
const mesh = (...args) => mustRun(process.execPath, [join(root, 'bin/mesh-play.js'), ...args]);

mkdirSync(work, { recursive: true });
const bench = {
  root,
  work,
  hosts,
  site: join(root, 'bench/site/site.yml'),
  key: join(lab, 'id_ed25519'),
  knownHosts: join(lab, 'known_hosts'),
  inventory: join(work, 'hosts.yml'),
  ansibleInventory: join(work, 'ansible-hosts.yml'),
};
await mesh(bench.site, '-i', 'none,', '--syntax-check');
say('making the lab');
await mesh(join(root, 'playbooks/lab.yml'), '-e', `@${join(root, 'bench/lab.yml')}`);
writeInventories();
say('installing ansible-core and Mitogen');
const installed = await installAnsible(cache);
if (installed.reason) say(installed.reason);
say('converging');
await mesh(bench.site, '-i', bench.inventory);

const contenders = [
  { ...meshPlay(bench), rounds: ROUNDS },
  { ...script(bench), rounds: ROUNDS, least: 1 },
  { ...ansibleCore(bench, installed, false), rounds: SLOW_ROUNDS, least: 40 },
  { ...ansibleCore(bench, installed, true), rounds: SLOW_ROUNDS, least: 12 },
].map((contender) => ({ ...contender, times: [] }));
// One run of each of the quick ones that does not count, so that none pays for cold caches.
for (const contender of contenders.slice(0, 2)) await measure(contender, false);
for (let round = 0; round < ROUNDS; round++) {
  // Who goes first changes from round to round.
  const order = round % 2 === 0 ? contenders : [...contenders].reverse();
  for (const contender of order) if (round < contender.rounds) await measure(contender, true);
}

const notes = [];
const startup = await tried('start-up', () => startUp(bench, 10));
const simulated = await tried('simulated hosts', () => simulate(bench));
const facts = machine();
const race = raceRows(contenders);
const own = ownRows({ startup, simulated });
const text = markdown({ facts, race, own, notes });
const results = join(root, 'bench-results');
mkdirSync(results, { recursive: true });
const name = join(results, facts.date.slice(0, 16).replace(':', ''));
writeFileSync(`${name}.md`, text);
const raw = {
  times: Object.fromEntries(contenders.map((one) => [one.name, one.unfit ?? one.times])),
  startup,
  simulated,
};
writeFileSync(`${name}.json`, `${JSON.stringify({ facts, race, own, notes, raw }, undefined, 2)}\n`);
process.stdout.write(`\n${text}\nwritten to ${name}.md and .json\n`);

async function measure(contender, counts) {
  const { ms, fault, unfit } = await contender.play();
  if (fault) throw new Error(`${contender.name}: ${fault}`);
  if (unfit) {
    if (!contender.unfit) say(`${contender.name}: ${unfit}`);
    contender.unfit = unfit;
    return;
  }
  say(`${contender.name}: ${(ms / 1000).toFixed(2)} s${counts ? '' : ' (not counted)'}`);
  if (counts) contender.times.push(ms);
}

/** What is measured, or undefined with a note in the report: a measurement that fails must not lose the others. */
async function tried(what, measurement) {
  say(what);
  try {
    return await measurement();
  } catch (thrown) {
    notes.push(`${what} could not be measured: ${String(thrown.message).trim().split('\n').slice(-3).join(' ')}`);
    return undefined;
  }
}

function writeInventories() {
  const common = { ansible_user: 'root', ansible_ssh_private_key_file: bench.key };
  const all = (vars) =>
    JSON.stringify({
      all: { vars, hosts: Object.fromEntries(hosts.map(({ name, address }) => [name, { ansible_host: address }])) },
    });
  writeFileSync(bench.inventory, all({ ...common, ansible_ssh_known_hosts_file: bench.knownHosts }));
  writeFileSync(
    bench.ansibleInventory,
    all({
      ...common,
      ansible_python_interpreter: '/usr/bin/python3',
      ansible_ssh_common_args: `-o UserKnownHostsFile=${bench.knownHosts} -o StrictHostKeyChecking=yes`,
    }),
  );
}

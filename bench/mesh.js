// Measures the mesh on a lab of three hosts of its own; see scripts/bench.sh, which removes the lab afterwards.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { calls, memory, namespaceOf } from './calls.js';
import { median, mustRun, recapFault } from './measure.js';
import { machine } from './table.js';

const ROUNDS = Number(process.env.MESH_PLAY_BENCH_ROUNDS ?? 5);
const NAME = 'benchmesh';
const NETWORK = '10.91.0';
const HOSTS = ['control', 'vm1', 'vm2'];

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'mesh-play');
const lab = join(cache, 'lab', NAME);
const work = join(cache, 'bench');
const inventory = join(work, 'mesh-inventory');
const env = { MESH_PLAY_LAB: NAME, MESH_PLAY_LAB_NETWORK: NETWORK };
const say = (text) => process.stdout.write(`bench: ${text}\n`);
const mesh = (...args) => mustRun(process.execPath, [join(root, 'bin/mesh-play.js'), ...args], { env });
const playbook = (name) => join(root, 'playbooks', `${name}.yml`);
const site = (...args) => mesh(playbook('site'), '-i', inventory, ...args);
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

const rows = [];
const row = (what, measured) => {
  rows.push({ what, measured });
  say(`${what}: ${measured}`);
};

mkdirSync(work, { recursive: true });
// A copy, since revoking a service is remembered in the inventory.
rmSync(inventory, { recursive: true, force: true });
cpSync(join(root, 'inventories/lab'), inventory, { recursive: true });
say('programs into the cache');
const laboratory = (state) =>
  mesh(playbook('lab'), '-e', JSON.stringify({ lab_name: NAME, lab_network: NETWORK, lab_state: state }));
await laboratory('absent');
await laboratory('started');
await mesh(playbook('site'), '-i', inventory, '--limit', 'localhost');

row('a whole mesh on three bare hosts, programs in the cache', seconds((await site()).ms));
const converged = [];
for (let round = 0; round < ROUNDS; round++) {
  const result = await site();
  const fault = recapFault(
    result,
    HOSTS.map((name) => ({ name })),
  );
  if (fault) throw new Error(`a converged run: ${fault}`);
  converged.push(result.ms);
}
row('a converged run', `${seconds(median(converged))} (${ROUNDS} runs)`);
row('one service more, with identity, name, sidecar and policies', seconds((await site('-e', `@${oneMore()}`)).ms));

const loads = await calls({ lab, network: NETWORK, rounds: ROUNDS });
for (const [name, { rate, p50, p99 }] of Object.entries(loads))
  row(`calls ${name}`, `${rate.toFixed(0)} a second; half within ${p50}, 99 % within ${p99}`);
row('through both sidecars, as a part of direct', `${(loads.mesh.rate / loads.direct.rate).toFixed(2)} of the calls`);
for (const [unit, bytes] of Object.entries(await memory({ lab, network: NETWORK })))
  row(`memory of ${unit}`, `${(bytes / 1024 / 1024).toFixed(0)} MiB`);
row('from the start of a revocation to the first call refused', seconds(await untilRefused()));

const facts = machine();
const results = join(root, 'bench-results');
mkdirSync(results, { recursive: true });
const text = [
  `# Bench of the mesh, ${facts.date.slice(0, 10)}`,
  '',
  ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
  '',
  '| three lab hosts on this one machine | measured |',
  '| --- | --- |',
  ...rows.map(({ what, measured }) => `| ${what} | ${measured} |`),
  '',
].join('\n');
const file = join(results, `${facts.date.slice(0, 16).replace(':', '')}-mesh.md`);
writeFileSync(file, text);
process.stdout.write(`\n${text}\nwritten to ${file}\n`);

/** A file of variables with the lab's services and one more. */
function oneMore() {
  const { mesh_services: services } = load(readFileSync(join(inventory, 'group_vars/all/services.yml'), 'utf8'));
  const added = {
    name: 'added',
    host: 'vm2',
    user: 'added',
    command: ['/opt/example-plain/current/plain', 'http', 'added', '127.0.0.1:8080'],
    listen: 8080,
    protocol: 'http',
    allow_from: [{ service: 'service1' }],
  };
  const path = join(work, 'one-more.json');
  writeFileSync(path, JSON.stringify({ mesh_services: [...services, added] }));
  return path;
}

/** Milliseconds until a caller that calls all the time is refused for the first time. */
async function untilRefused() {
  const words = [`--net=${namespaceOf(lab, 'vm1', 'service1')}`, 'curl', '-fsS', '-m', '0.5', '-o', '/dev/null'];
  const target = loopback('service2');
  const call = () =>
    mustRun('nsenter', [...words, '-H', 'Host: service2.mesh.internal', `http://${target}/api/bench`]).then(
      () => true,
      () => false,
    );
  if (!(await call())) throw new Error('the call does not pass before the revocation');
  const started = performance.now();
  let refused;
  const revoked = mesh(playbook('revoke'), '-i', inventory, '-e', 'service=service2');
  let ended = false;
  revoked.finally(() => {
    ended = true;
  });
  while (refused === undefined) {
    const at = performance.now() - started;
    const passed = await call();
    // A call that was refused began at `at`: that is the first moment at which it was.
    if (!passed) refused = at;
    else if (ended && at > 120_000) throw new Error('the service is still served two minutes after the revocation');
  }
  await revoked;
  return refused;
}

/** The address a name has in the hosts file of service1's namespace. */
function loopback(name) {
  const path = join(lab, 'vm1/root/etc/netns/mesh-service1/hosts');
  if (!existsSync(path)) throw new Error(`${path} is missing`);
  const line = readFileSync(path, 'utf8')
    .split('\n')
    .find((one) => one.endsWith(` ${name}`));
  return line?.split(' ')[0];
}

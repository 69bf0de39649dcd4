// Calls through the mesh and beside it, made by wrk from a namespace of a lab host, and what daemons there weigh.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { median, mustRun } from './measure.js';

/** Process id, on this machine, of a lab host's first process: the child of its nspawn. */
function leaderOf(lab, host) {
  const nspawn = readFileSync(join(lab, host, 'pid'), 'utf8').trim();
  return readFileSync(`/proc/${nspawn}/task/${nspawn}/children`, 'utf8').trim().split(' ')[0];
}

/** Path of the network namespace of a service on a lab host, or of the host itself. */
export const namespaceOf = (lab, host, service) =>
  service === undefined
    ? `/proc/${leaderOf(lab, host)}/ns/net`
    : `/proc/${leaderOf(lab, host)}/root/run/netns/mesh-${service}`;

const onHost = (lab, network, host, ...words) =>
  mustRun('ssh', [
    ...['-F', '/dev/null', '-o', 'BatchMode=yes', '-o', `UserKnownHostsFile=${join(lab, 'known_hosts')}`],
    ...['-i', join(lab, 'id_ed25519'), '-l', 'root', `${network}.${{ control: 10, vm1: 11, vm2: 12 }[host]}`],
    words.join(' '),
  ]);

/** Rate and latency of a direct call and of one through both sidecars, in turn, so that both have the same machine. */
export async function calls({ lab, network, rounds }) {
  const direct = `${network}.12:18080`;
  const plain = ['/opt/example-plain/current/plain', 'http', 'direct', direct];
  await onHost(lab, network, 'vm2', 'systemd-run', '--collect', '--unit=bench-direct', ...plain);
  const hosts = readFileSync(join(lab, 'vm1/root/etc/netns/mesh-service1/hosts'), 'utf8');
  const [address] = hosts
    .split('\n')
    .find((line) => line.endsWith(' service2'))
    .split(' ');
  const ways = {
    direct: [namespaceOf(lab, 'vm1'), `http://${direct}/api/bench`],
    mesh: [namespaceOf(lab, 'vm1', 'service1'), `http://${address}/api/bench`],
  };
  const measured = { direct: [], mesh: [] };
  for (let round = 0; round < rounds; round++)
    for (const [name, [namespace, url]] of Object.entries(ways)) measured[name].push(await wrk(namespace, url));
  await onHost(lab, network, 'vm2', 'systemctl', 'stop', 'bench-direct');
  return Object.fromEntries(Object.entries(measured).map(([name, all]) => [name, middle(all)]));
}

/** The run whose rate is the median. */
function middle(all) {
  const rate = median(all.map((one) => one.rate));
  return all.toSorted((a, b) => Math.abs(a.rate - rate) - Math.abs(b.rate - rate))[0];
}

async function wrk(namespace, url) {
  const words = ['-t1', '-c4', '-d3s', '--latency', '-H', 'Host: service2.mesh.internal', url];
  const { stdout } = await mustRun('nsenter', [`--net=${namespace}`, 'wrk', ...words]);
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`wrk ${url}: ${stdout}`);
  return figuresOf(stdout);
}

/** Calls a second, and within which time half and 99 % of them were answered, as wrk says it. */
export function figuresOf(said) {
  // At the start of a line: at the end of others it tells other shares, of its threads.
  const within = (share) => new RegExp(`^ *${share}% +(\\S+)`, 'm').exec(said)[1];
  return { rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(said)[1]), p50: within(50), p99: within(99) };
}

/** Resident bytes of each daemon, by its unit and host. */
export async function memory({ lab, network }) {
  const units = {
    control: ['etcd', 'coredns', 'spire-server', 'spire-agent', 'cilium'],
    vm1: ['spire-agent', 'cilium', 'mesh-sidecar-service1', 'mesh-sidecar-service2'],
  };
  const found = {};
  for (const [host, names] of Object.entries(units))
    for (const name of names) {
      const { stdout } = await onHost(
        lab,
        network,
        host,
        'grep',
        'VmRSS',
        `/proc/$(systemctl show -P MainPID ${name})/status`,
      );
      found[`${name} on ${host}`] = Number(/(\d+) kB/.exec(stdout)[1]) * 1024;
    }
  return found;
}

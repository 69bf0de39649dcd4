// How long mesh-play takes from the start of its process to the first packet to a host.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/**
 * Milliseconds of each of `rounds` starts, and of as many starts of Node alone, which no program in it can beat. Where
 * NODE_EXTRA_CA_CERTS is set, Node 20 reads every certificate before it starts any program: `withCertificates` is that, and
 * `times` and `node` are without it.
 */
export async function startUp(bench, rounds) {
  const { NODE_EXTRA_CA_CERTS: certificates, ...env } = process.env;
  const ways = [{ env, times: [], node: [] }];
  if (certificates) ways.push({ env: process.env, times: [], node: [] });
  const near = await listener();
  const inventory = join(bench.work, 'startup.yml');
  const host = {
    ansible_host: '127.0.0.1',
    ansible_port: near.port,
    ansible_user: 'root',
    ansible_ssh_private_key_file: bench.key,
  };
  writeFileSync(inventory, JSON.stringify({ all: { hosts: { near: host } } }));
  const program = [join(bench.root, 'bin/mesh-play.js'), bench.site, '-i', inventory];
  for (let round = 0; round <= rounds; round++)
    for (const way of ways) {
      const time = await toPacket(program, way.env, near);
      const bare = performance.now();
      await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore', env: way.env }), 'close');
      const node = performance.now() - bare;
      // The first round only fills the disk cache.
      if (round > 0) way.times.push(time);
      if (round > 0) way.node.push(node);
    }
  near.close();
  const [{ times, node }, withCertificates] = ways;
  return { times, node, ...(withCertificates && { withCertificates: withCertificates.times }) };
}

/** Milliseconds from the start of a program until `near` hears of it. */
async function toPacket(program, env, near) {
  const packet = near.next();
  const started = performance.now();
  const ended = once(spawn(process.execPath, program, { stdio: 'ignore', env }), 'close');
  const at = await Promise.race([packet, ended.then(() => undefined)]);
  await ended;
  if (at === undefined) throw new Error('mesh-play ended without a packet to its host');
  return at - started;
}

/** Takes connections and drops them; `next` resolves with when the next one came. */
async function listener() {
  let arrived;
  const server = createServer((socket) => {
    arrived(performance.now());
    socket.on('error', () => undefined);
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const next = () =>
    new Promise((resolve) => {
      arrived = resolve;
    });
  return { port: server.address().port, next, close: () => server.close() };
}

// How long mesh-play takes from the start of its process to the first packet to a host.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** Milliseconds of each of `rounds` starts, and of as many starts of Node alone, which no program in it can beat. */
export async function startUp({ root, site, work, key }, rounds) {
  let arrived;
  const server = createServer((socket) => {
    arrived(performance.now());
    socket.on('error', () => undefined);
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const inventory = join(work, 'startup.yml');
  const host = {
    ansible_host: '127.0.0.1',
    ansible_port: server.address().port,
    ansible_user: 'root',
    ansible_ssh_private_key_file: key,
  };
  writeFileSync(inventory, JSON.stringify({ all: { hosts: { near: host } } }));
  const times = [];
  const node = [];
  for (let round = 0; round <= rounds; round++) {
    const packet = new Promise((resolve) => {
      arrived = resolve;
    });
    const started = performance.now();
    const child = spawn(process.execPath, [join(root, 'bin/mesh-play.js'), site, '-i', inventory], { stdio: 'ignore' });
    const ended = once(child, 'close');
    const at = await Promise.race([packet, ended.then(() => undefined)]);
    await ended;
    if (at === undefined) throw new Error('mesh-play ended without a packet to its host');
    const bare = performance.now();
    await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'close');
    // The first round only fills the disk cache.
    if (round > 0) times.push(at - started);
    if (round > 0) node.push(performance.now() - bare);
  }
  server.close();
  return { times, node };
}

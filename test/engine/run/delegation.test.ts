import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../support/module.ts';
import { play, playbook } from '../../support/playbook.ts';
import { sshd } from '../../support/sshd.ts';

/** Each waits until the other is there: none would come to its end before the other has begun. */
const MEET = (below: string): string => `- shell: ${JSON.stringify(
  `cd ${below}; if [ {{ inventory_hostname }} = a1 ]; then echo a >one; read x <two; else read x <one; echo b >two; fi; echo met`,
)}
  delegate_to: here
  register: r
- debug: {msg: "{{ r.stdout }}"}
`;

function meeting(): string {
  const below = temporaryFolder();
  for (const name of ['one', 'two']) execFileSync('mkfifo', [join(below, name)]);
  return below;
}

it('does not have the task of one host wait for that of another that is delegated to the same', async () => {
  const site = play(MEET(meeting()));
  const inventory = 'all: {vars: {ansible_connection: local}, hosts: {a1: {}, a2: {}, here: {}}}';
  const { said } = await playbook({ files: { 'site.yml': site, 'hosts.yml': inventory }, limit: 'a1,a2' });
  expect(said).toEqual(['a1: met', 'a2: met']);
});

it('does so by SSH over one connection, with a key that the delegate’s variables say is beside the playbook', async () => {
  const server = await sshd();
  const { all } = JSON.parse(server.inventory);
  const hosts = { ...all.hosts, here: all.hosts.far, a1: {}, a2: {} };
  const files = { ...server.files, 'hosts.yml': JSON.stringify({ all: { hosts } }), 'site.yml': play(MEET(meeting())) };
  const { said } = await playbook({ files, limit: 'a1,a2' });
  expect(said).toEqual(['a1: met', 'a2: met']);
  expect(server.logins()).toBe(1);
});

it('does with one shell where a host opens no second', async () => {
  const server = await sshd({ shells: 1 });
  const { all } = JSON.parse(server.inventory);
  const hosts = { here: all.hosts.far, a1: {}, a2: {}, a3: {} };
  const site = play(
    '- command: echo {{ inventory_hostname }}\n  delegate_to: here\n  register: r\n- debug: {msg: "{{ r.stdout }}"}\n',
  );
  const files = { ...server.files, 'hosts.yml': JSON.stringify({ all: { hosts } }), 'site.yml': site };
  const { said } = await playbook({ files, limit: 'a1,a2,a3' });
  expect(said).toEqual(['a1: a1', 'a2: a2', 'a3: a3']);
});

it('logs in again for the task after one that lost its connection', async () => {
  const server = await sshd();
  const below = temporaryFolder();
  execFileSync('mkfifo', [join(below, 'at')]);
  const site = play(`- shell: echo $$ >${below}/at; exec sleep 1000
  ignore_unreachable: true
- command: echo back
  register: r
- debug: {msg: "{{ r.stdout }}"}
`);
  const played = playbook({ files: { ...server.files, 'hosts.yml': server.inventory, 'site.yml': site } });
  const left = Number(await readFile(join(below, 'at'), 'utf8'));
  server.cut();
  expect((await played).said).toEqual(['far: back']);
  process.kill(left);
  expect(server.logins()).toBe(2);
});

it('does not have one host wait for what another waits for from there', async () => {
  const met = new Map<string | undefined, Socket>();
  // Greets both when each is there.
  const server = createServer((socket) => {
    met.set(socket.localAddress, socket);
    if (met.size === 2) for (const one of met.values()) one.end('hello\n');
  });
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const inventory = 'all: {vars: {ansible_connection: local}, hosts: {a1: {}, a2: {}, here: {}}}';
  const site = play(
    `- wait_for: {host: "127.0.0.{{ inventory_hostname[1] }}", port: ${port}, search_regex: hello, timeout: 0}\n  delegate_to: here\n`,
  );
  const { recap } = await playbook({ files: { 'site.yml': site, 'hosts.yml': inventory }, limit: 'a1,a2' });
  expect([recap.get('a1')?.failed, recap.get('a2')?.failed]).toEqual([0, 0]);
});

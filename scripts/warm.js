// Writes V8's code cache of the engine, once it did what most runs do: a dry run on this machine, by itself and by an SSH
// server of this process. Called by build.js.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ssh2 from 'ssh2';

const tasks = [
  { file: { path: '/', state: 'directory', mode: '0755' }, notify: 'H' },
  { file: { src: '/tmp', dest: '/tmp/mesh-play-{{ item }}', state: 'link' }, loop: ['a', 'b'] },
  { copy: { content: '', dest: '/etc/hostname', mode: '0644' }, notify: ['H'] },
  { copy: { src: 'some.txt', dest: '/etc/{{ inventory_hostname }}' } },
  { template: { src: 'some.j2', dest: '/etc/hostname' }, with_dict: '{{ some }}' },
  { lineinfile: { path: '/etc/hostname', regexp: '^{{ item }}\\s', line: '{{ item }}' }, loop: ['a', 'b'] },
  { blockinfile: { path: '/etc/hostname', block: '{{ some.a }}' }, when: 'some.a == 1' },
  { group: { name: '{{ item }}' }, loop: '{{ groups_of_some }}' },
  { user: { name: '{{ item.name }}', shell: '/bin/bash', create_home: false }, loop: '{{ users_of_some }}' },
  { apt: { name: ['dpkg'] } },
  { apt: 'name=dpkg state=present' },
  { sysctl: { name: 'kernel.ostype', value: 'Linux' } },
  { systemd: { name: 'ssh.service', state: 'started', enabled: true } },
  { command: { cmd: 'true', creates: '/' } },
  { command: 'uname -r', register: 'said', changed_when: false },
  { stat: { path: '/' }, register: 'seen' },
  { assert: { that: ['seen.stat.exists', "'a' in some"] } },
  { debug: { msg: '{{ said.stdout | default("none") }}' } },
];
const play = { hosts: 'all', vars: { some: { a: 1 } }, gather_facts: true, roles: ['first', 'second'] };
const YAML = `# Blocks and quotes, as people write them.
- name: H
  shell: |
    echo one
    echo two
- name: "Other \\"one\\""
  debug:
    msg: >-
      a folded
      line
  listen: H
`;

const folder = mkdtempSync(join(tmpdir(), 'mesh-play-warm-'));
const userKey = ssh2.utils.generateKeyPairSync('ed25519');
const hostKey = ssh2.utils.generateKeyPairSync('ed25519');
const port = await serve();
const far = {
  ansible_host: '127.0.0.1',
  ansible_port: port,
  ansible_user: 'root',
  ansible_ssh_private_key_file: join(folder, 'key'),
  ansible_ssh_known_hosts_file: join(folder, 'known_hosts'),
};
const role = tasks.map((task) => ({ name: 'T', ...task, ignore_errors: true }));
const files = {
  'site.yml': [play],
  'hosts.yml': { all: { hosts: { near: { ansible_connection: 'local' }, far } } },
  'roles/first/tasks/main.yml': role,
  'roles/first/defaults/main.yml': { groups_of_some: ['root', 'daemon'] },
  'roles/first/handlers/main.yml': YAML,
  'roles/first/files/some.txt': 'some\n',
  'roles/first/templates/some.j2': '{% for k in some %}{{ k | upper }}{% endfor %}\n',
  'roles/second/tasks/main.yml': [{ name: 'B', block: [{ debug: { var: 'some' } }], when: 'some.a == 1' }],
  'roles/second/meta/main.yml': { dependencies: [{ role: 'first' }] },
  'roles/second/vars/main.yml': { users_of_some: [{ name: 'root', group: 'root' }] },
  key: userKey.private,
  known_hosts: `[127.0.0.1]:${port} ${hostKey.public.split(' ').slice(0, 2).join(' ')}\n`,
};
for (const [name, content] of Object.entries(files)) {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 });
}
process.argv = [process.argv[0], 'mesh-play', join(folder, 'site.yml'), '-i', join(folder, 'hosts.yml'), '--check'];
const { load, CACHE } = createRequire(import.meta.url)('../bin/mesh-play.js');
const script = load();
process.on('exit', () => {
  rmSync(folder, { recursive: true });
  writeFileSync(CACHE, script.createCachedData());
  // What is not there on this machine is no fault.
  process.exitCode = 0;
});

/** Lets in who has the key, and runs what is asked for; answers the port. */
async function serve() {
  const allowed = ssh2.utils.parseKey(userKey.public);
  const hasKey = ({ method, key, blob, signature, hashAlgo }) =>
    method === 'publickey' &&
    key.data.equals(allowed.getPublicSSH()) &&
    (!signature || allowed.verify(blob, signature, hashAlgo) === true);
  const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (attempt) => (hasKey(attempt) ? attempt.accept() : attempt.reject(['publickey'])));
    client.on('session', (accept) =>
      accept().on('exec', (take, _refuse, { command }) => {
        const stream = take();
        const { stdin, stdout, stderr } = spawn('/bin/sh', ['-c', command]).on('close', (status) => {
          stream.exit(status ?? 255);
          stream.end();
        });
        stream.pipe(stdin);
        stdout.pipe(stream, { end: false });
        stderr.pipe(stream.stderr, { end: false });
      }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  return server.address().port;
}

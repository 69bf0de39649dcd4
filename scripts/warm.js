// Writes V8's code cache of the engine, once it did what most runs do: a dry run on this machine, and one host that is
// not there. Called by build.js.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const tasks = [
  { file: { path: '/', state: 'directory', mode: '0755' } },
  { copy: { content: '', dest: '/etc/hostname', mode: '0644' } },
  { template: { src: 'some.j2', dest: '/etc/hostname' }, with_dict: '{{ some }}' },
  { lineinfile: { path: '/etc/hostname', line: '{{ item }}' }, loop: ['a', 'b'], when: 'some.a == 1' },
  { blockinfile: { path: '/etc/hostname', block: '{{ some.a }}' } },
  { group: { name: 'root' } },
  { user: { name: 'root', shell: '/bin/bash' } },
  { apt: { name: ['dpkg'] } },
  { sysctl: { name: 'kernel.ostype', value: 'Linux' } },
  { command: { cmd: 'true', creates: '/' } },
  { stat: { path: '/' }, register: 'seen' },
  { assert: { that: ['seen.stat.exists', "'a' in some"] } },
];
const play = {
  hosts: 'all',
  vars: { some: { a: 1 } },
  gather_facts: true,
  tasks: tasks.map((task) => ({ name: 'T', ...task, ignore_errors: true })),
};
const hosts = { near: { ansible_connection: 'local' }, far: { ansible_host: '127.0.0.1', ansible_port: 1 } };

const folder = mkdtempSync(join(tmpdir(), 'mesh-play-warm-'));
const files = {
  'site.yml': [play],
  'hosts.yml': { all: { hosts } },
  'some.j2': '{% for k in some %}{{ k | upper }}{% endfor %}',
};
for (const [name, content] of Object.entries(files))
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
process.argv = [process.argv[0], 'mesh-play', join(folder, 'site.yml'), '-i', join(folder, 'hosts.yml'), '--check'];
const { load, CACHE } = createRequire(import.meta.url)('../bin/mesh-play.js');
const script = load();
process.on('exit', () => {
  rmSync(folder, { recursive: true });
  writeFileSync(CACHE, script.createCachedData());
  // That the other host is not there is no fault.
  process.exitCode = 0;
});

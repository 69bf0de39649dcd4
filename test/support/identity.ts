import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { meshPlay, onHost, type Said } from './lab.ts';

/** The part of playbooks/site.yml that gives identities, without the network: hosts that cannot run Cilium do for it. */
const PLAYBOOK = `
- hosts: spire_server
  roles: [spire-server]
- hosts: spire_server[0]
  tasks:
    - import_role: {name: spire-entries, tasks_from: nodes}
- hosts: mesh
  roles: [spire-agent]
- hosts: mesh
  tasks:
    - user: {name: "{{ item.user }}", system: true, create_home: false}
      loop: "{{ mesh_workloads | selectattr('host', 'eq', inventory_hostname) | list }}"
- hosts: spire_server[0]
  roles: [spire-entries]
- hosts: mesh
  tasks:
    - import_role: {name: spire-entries, tasks_from: served}
`;

const WORKLOADS = [
  { name: 'service1', host: 'vm1', user: 'service1' },
  { name: 'service2', host: 'vm2', user: 'service2' },
];

const words = (name: string, value: unknown): string[] => ['-e', JSON.stringify({ [name]: value })];

/** Runs playbooks of the test's own against the lab, with the roles of this project and those given. */
export function playbooks(files: Record<string, string> = {}): (text: string, ...words: string[]) => Promise<Said> {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-play-playbook-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  process.env['ANSIBLE_ROLES_PATH'] = join(import.meta.dirname, '../../roles');
  return (text, ...more) => {
    writeFileSync(join(folder, 'site.yml'), text);
    return meshPlay(join(folder, 'site.yml'), '-i', 'inventories/lab', ...more);
  };
}

/** SPIRE on every host of the lab, and two workloads. */
export function identitySite(): (...words: string[]) => Promise<Said> {
  const play = playbooks();
  return (...more) => play(PLAYBOOK, ...words('mesh_workloads', WORKLOADS), ...words('mesh_services', []), ...more);
}

/** The identities a user is given. */
export async function identities(host: string, user: string): Promise<string[]> {
  const fetch =
    '/opt/spire/current/spire-agent api fetch x509 -timeout 2s -socketPath /run/spire/agent/public/api.sock';
  const { out } = await onHost(host, `runuser -u ${user} -- ${fetch}`);
  return [...out.matchAll(/^SPIFFE ID:\s+(\S+)$/gm)].map(([, id = '']) => id);
}

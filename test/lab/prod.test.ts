import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ended, filesOf, HOSTS, LAB, meshPlay, NETWORK, recapOf } from '../support/lab.ts';
import { leavingHosts } from '../support/onlab.ts';

const INVENTORIES = join(import.meta.dirname, '../../inventories');

/** A copy of the example, as the README says to make one, with the addresses of the lab's hosts in it. */
function copied(folder: string): string {
  const copy = join(folder, 'mine');
  cpSync(join(INVENTORIES, 'prod'), copy, { recursive: true });
  const addresses: [string, string][] = [
    ['192.0.2.10', `${NETWORK}.10`],
    ['192.0.2.21', `${NETWORK}.11`],
    ['192.0.2.22', `${NETWORK}.12`],
    ['192.0.2.0/24', `${NETWORK}.0/24`],
    ['ansible_user: admin', 'ansible_user: root'],
  ];
  for (const file of ['hosts.yml', 'group_vars/all/main.yml']) {
    const text = readFileSync(join(copy, file), 'utf8');
    writeFileSync(
      join(copy, file),
      addresses.reduce((all, [from, to]) => all.replaceAll(from, to), text),
    );
  }
  // A test downloads no releases: what the lab builds stands for them.
  const pins = 'group_vars/all/artifacts.lock.yml';
  cpSync(join(INVENTORIES, 'lab', pins), join(copy, pins));
  return copy;
}

leavingHosts('a copy of inventories/prod', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-play-prod-'));

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(['join_token', 'x509pop'])('has a dry run on bare hosts that changes nothing, with %s', async (attestor) => {
    process.env['XDG_STATE_HOME'] = join(folder, 'state');
    const lab = {
      ansible_ssh_private_key_file: join(LAB, 'id_ed25519'),
      ansible_ssh_known_hosts_file: join(LAB, 'known_hosts'),
    };
    const built = { artifact_source: 'go', spire_version: '1.13.3', spire_node_attestor: attestor };
    const before = HOSTS.flatMap(filesOf);
    const words = ['playbooks/site.yml', '-i', copied(folder), '--check', '-e', JSON.stringify({ ...lab, ...built })];
    const said = await meshPlay(...words);
    expect(ended(said)).toBe('as it should');
    for (const host of ['control1', 'app1', 'app2']) expect(recapOf(said)[host]?.['changed']).toBeGreaterThan(10);
    expect(HOSTS.flatMap(filesOf)).toEqual(before);
    expect(existsSync(join(folder, 'state'))).toBe(false);
  });
});

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { changedOn, ended, filesOf, HOSTS, LAB, NETWORK, onHost, play, recapOf, type Said } from '../../support/lab.ts';
import { fromHostsToMesh } from '../../support/onlab.ts';
import { agentsOf, evictOldAgents } from '../../support/spire.ts';

const site = (...words: string[]): Promise<Said> => play('site', ...words);
const snapshot = (): string[] => HOSTS.flatMap(filesOf);
/** Files that are not as they were. */
const altered = (before: string[], after: string[]): string[] => {
  const [old, now] = [new Set(before), new Set(after)];
  return [...before.filter((file) => !now.has(file)), ...after.filter((file) => !old.has(file))];
};
/** Tasks that changed a host, in order. */
const changes = ({ out }: Said): string[] => {
  const found: string[] = [];
  let task = '';
  for (const line of out.split('\n')) {
    if (/^(TASK|HANDLER) /.test(line)) task = line;
    const host = /^changed: \[(\S+)\]/.exec(line)?.[1];
    if (host !== undefined && HOSTS.includes(host)) found.push(`${task} ${host}`);
  }
  return found;
};

fromHostsToMesh('the site on three real hosts', () => {
  let again: Said;

  it('changes nothing in a dry run of bare hosts', async () => {
    const before = snapshot();
    expect(ended(await site('--check'))).toBe('as it should');
    expect(altered(before, snapshot())).toEqual([]);
  });

  it('comes up', async () => {
    const said = await site();
    expect(ended(said)).toBe('as it should');
    for (const changed of changedOn(said)) expect(changed).toBeGreaterThan(0);
  });

  it('changes nothing in a dry run or a second run of what is up', async () => {
    const before = snapshot();
    const check = await site('--check');
    expect(ended(check)).toBe('as it should');
    expect(changes(check)).toEqual([]);
    again = await site('-vvvv');
    expect(ended(again)).toBe('as it should');
    expect(changes(again)).toEqual([]);
    expect(changedOn(again)).toEqual([0, 0, 0]);
    expect(altered(before, snapshot())).toEqual([]);
  });

  it('tells in a dry run the changes that the run then makes', async () => {
    const more = ['-e', JSON.stringify({ coredns_records: [{ name: 'extra', type: 'A', values: [`${NETWORK}.99`] }] })];
    const check = await site(...more, '--check');
    const run = await site(...more);
    expect(ended(run)).toBe('as it should');
    expect(changes(run).length).toBeGreaterThan(0);
    expect(changes(check)).toEqual(changes(run));
  });

  it('leaves no join token behind, on a host or in what it says', async () => {
    for (const host of HOSTS)
      expect(readFileSync(join(LAB, host, 'root/etc/spire/agent/join_token'), 'utf8')).toBe('used\n');
    // The ID of an agent that joined has its used token in it, and is no secret.
    const told = (again.out + again.err).replaceAll(/\/spire\/agent\/join_token\/[0-9a-f-]{36}/g, '');
    expect(told).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/);
  });

  it('lets a host that lost its agent’s data join again', async () => {
    await onHost('vm2', 'systemctl stop spire-agent && rm -rf /var/lib/spire/agent/*');
    const said = await site('--limit', 'vm2,control,localhost');
    expect(ended(said)).toBe('as it should');
    expect(await agentsOf('vm2')).toHaveLength(2);
    await evictOldAgents('vm2');
    expect(await agentsOf('vm2')).toHaveLength(1);
  });

  it('refuses a broken zone and keeps the one that works', async () => {
    const broken = [
      '-e',
      JSON.stringify({ coredns_records: [{ name: 'bad', type: 'A', values: ['not-an-address'] }] }),
    ];
    const said = await site(...broken, '--limit', 'control,localhost');
    expect(said.status).toBe(2);
    expect(said.out).toContain('was refused by /etc/coredns/try zone mesh.internal');
    expect(readFileSync(join(LAB, 'control/root/etc/coredns/zones/db.mesh.internal'), 'utf8')).not.toContain(
      'not-an-address',
    );
    const answer = await onHost('vm2', 'getent ahostsv4 vm1.mesh.internal');
    expect(answer.out).toContain(`${NETWORK}.11 `);
  });

  it('refuses lifetimes that SPIRE’s rule does not allow before a host is touched', async () => {
    const before = snapshot();
    const said = await site('-e', 'spire_ca_ttl=24h');
    expect(said.status).toBe(2);
    expect(said.out).toContain('agent_ttl 168h is too long for a ca_ttl of 24h: at most 240m fits');
    const workloads = [
      { name: 'batch', host: 'vm2', user: 'batch', ttl: 3600 },
      { name: 'batch', host: 'vm1', user: 'batch', ttl: 700_000 },
    ];
    const other = await site('-e', JSON.stringify({ mesh_workloads: workloads }));
    expect(other.status).toBe(2);
    expect(other.out).toContain('ttl of batch on vm1 700000s is too long for a ca_ttl of 1008h: at most 10080m fits');
    expect(Object.keys(recapOf(other))).toEqual(['localhost']);
    expect(altered(before, snapshot())).toEqual([]);
  });

  it('refuses a program with a wrong checksum before a host is touched', async () => {
    const before = snapshot();
    const pins = { artifact_sha256: { coredns: { '1.14.7': { coredns: { [goVersion()]: '0'.repeat(64) } } } } };
    const said = await site('-e', JSON.stringify(pins), '-e', JSON.stringify({ artifact_source: 'go' }));
    expect(said.status).toBe(2);
    expect(said.out).toContain('coredns 1.14.7 has another sha256 than the one that is pinned');
    expect(altered(before, snapshot())).toEqual([]);
  });
});

const goVersion = (): string => execFileSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' }).trim();

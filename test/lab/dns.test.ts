import { expect, it } from 'vitest';
import { playbooks } from '../support/identity.ts';
import { changedOn, ended, eventually, HOSTS, NETWORK, onHost, type Said } from '../support/lab.ts';
import { onHosts } from '../support/onlab.ts';

const PRIMARY = `${NETWORK}.10`;
const SECONDARY = `${NETWORK}.11`;
const OUTSIDE = '192.0.2.53';

/** The addresses a host itself finds for a name. */
async function found(host: string, name: string): Promise<string[]> {
  const { out } = await onHost(host, `getent ahostsv4 ${name}`);
  return [...new Set(out.split('\n').flatMap((line) => line.split(/\s+/)[0] || []))];
}

/** What every host finds for a name. */
const foundByAll = (name: string): Promise<string[][]> => Promise.all(HOSTS.map((host) => found(host, name)));

/** What a server answers vm2 to a question: status, and the addresses. */
async function told(server: string, name: string): Promise<string> {
  const { out } = await onHost('vm2', `dig +tries=1 +time=2 @${server} ${name} A`);
  const addresses = [...out.matchAll(/\sIN\s+A\s+(\S+)$/gm)].map(([, address]) => address);
  return [/status: (\w+)/.exec(out)?.[1] ?? 'no answer', ...addresses].join(' ');
}

const variable = (name: string, value: unknown): string[] => ['-e', JSON.stringify({ [name]: value })];

onHosts('private DNS beside everybody else’s', () => {
  const play = playbooks();
  const dns = (...more: string[]): Promise<Said> =>
    play(
      '- {hosts: coredns, roles: [coredns]}\n- {hosts: mesh, roles: [dns-client]}\n',
      ...variable('mesh_services', []),
      ...more,
    );
  const verify = (): Promise<Said> =>
    play('- hosts: mesh\n  tasks:\n    - import_role: {name: dns-client, tasks_from: verify}\n');

  it('was not there before, when other names already worked', async () => {
    await eventually(
      () => foundByAll('www.outside.test'),
      (all) => all.every((addresses) => addresses.join() === OUTSIDE),
    );
    expect(await foundByAll('vm1.mesh.internal')).toEqual([[], [], []]);
  });

  it('answers for the mesh, and other names go where they went, with systemd-resolved and without', async () => {
    expect(ended(await dns())).toBe('as it should');
    expect(await foundByAll('vm2.mesh.internal')).toEqual(HOSTS.map(() => [`${NETWORK}.12`]));
    expect(await foundByAll('www.outside.test')).toEqual(HOSTS.map(() => [OUTSIDE]));
    expect(await foundByAll('none.outside.test')).toEqual([[], [], []]);
    expect(await foundByAll('none.mesh.internal')).toEqual([[], [], []]);
    expect(await told(PRIMARY, 'www.outside.test')).toBe('REFUSED');
    expect(ended(await verify())).toBe('as it should');
    const again = await dns();
    expect(changedOn(again)).toEqual([0, 0, 0]);
  });

  it('proves in verify.yml that other names work, and fails when they do not', async () => {
    const wrong = { 'www.outside.test': '192.0.2.54' };
    const text = '- hosts: mesh\n  tasks:\n    - import_role: {name: dns-client, tasks_from: verify}\n';
    expect((await play(text, ...variable('dns_client_outside', wrong))).status).toBe(2);
  });

  it('asks others for other names, where it is told to', async () => {
    expect(ended(await dns(...variable('coredns_upstreams', [`${NETWORK}.1`])))).toBe('as it should');
    expect(await told(PRIMARY, 'www.outside.test')).toBe(`NOERROR ${OUTSIDE}`);
    expect(await told(SECONDARY, 'www.outside.test')).toBe(`NOERROR ${OUTSIDE}`);
    expect(await told(PRIMARY, 'none.outside.test')).toBe('NXDOMAIN');
    expect(await foundByAll('www.outside.test')).toEqual(HOSTS.map(() => [OUTSIDE]));
    expect(ended(await dns())).toBe('as it should');
    expect(await told(PRIMARY, 'www.outside.test')).toBe('REFUSED');
  });

  it('gives no stranger the whole zone on either server, and neither comes to grief over it', async () => {
    for (const server of [PRIMARY, SECONDARY]) {
      const { out } = await onHost('vm2', `dig +tries=1 +time=2 +comments @${server} mesh.internal AXFR`);
      expect([server, /status: (\w+)/.exec(out)?.[1]]).toEqual([server, 'REFUSED']);
      const metrics = await onHost('vm2', `curl -s http://${server}:9153/metrics | grep ^coredns_panics_total`);
      expect(metrics.out).toBe('coredns_panics_total 0\n');
    }
  });

  it('brings a new record to the second server, by zone transfer', async () => {
    const records = [{ name: 'extra', type: 'A', values: ['192.0.2.77'] }];
    expect(await told(SECONDARY, 'extra.mesh.internal')).toBe('NXDOMAIN');
    expect(ended(await dns(...variable('coredns_records', records)))).toBe('as it should');
    for (const server of [PRIMARY, SECONDARY])
      expect(await told(server, 'extra.mesh.internal')).toBe('NOERROR 192.0.2.77');
    expect(ended(await dns())).toBe('as it should');
    for (const server of [PRIMARY, SECONDARY]) expect(await told(server, 'extra.mesh.internal')).toBe('NXDOMAIN');
  });

  it('keeps a Corefile that works when the next one is broken', async () => {
    const before = await onHost('control', 'sha256sum /etc/coredns/Corefile; systemctl show -P MainPID coredns');
    const said = await dns(...variable('coredns_allow', [`${NETWORK}.0/24`, 'no-network']));
    expect(said.status, said.out).toBe(2);
    expect(said.out).toContain('was refused by /etc/coredns/try corefile');
    expect(said.out).toContain('no-network');
    const after = await onHost('control', 'sha256sum /etc/coredns/Corefile; systemctl show -P MainPID coredns');
    expect(after.out).toBe(before.out);
    for (const server of [PRIMARY, SECONDARY])
      expect(await told(server, 'vm1.mesh.internal')).toBe(`NOERROR ${NETWORK}.11`);
    expect((await onHost('control', 'ls /etc/coredns; ls -d /tmp/tmp.* 2>/dev/null')).out).toBe(
      'Corefile\ntry\nzones\n',
    );
  });
});

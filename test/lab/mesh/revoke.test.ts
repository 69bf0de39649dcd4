import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { called } from '../../support/call.ts';
import { ended, eventually, LAB, meshPlay, NETWORK, onHost, recapOf, type Said } from '../../support/lab.ts';
import { onMesh } from '../../support/onlab.ts';
import { agentsOf, bannedAgents } from '../../support/spire.ts';

const folder = mkdtempSync(join(tmpdir(), 'mesh-play-revoke-'));
const run = (playbook: string, ...words: string[]): Promise<Said> =>
  meshPlay(`playbooks/${playbook}.yml`, '-i', join(folder, 'lab'), ...words);

const AGENT = '/opt/spire/current/spire-agent api fetch x509 -silent -socketPath /run/spire/agent/public/api.sock';
const asks = async (host: string, user: string): Promise<number> =>
  (await onHost(host, `runuser -u ${user} -- ${AGENT}`)).status;
/** Whether a server of the zone knows a name: a resolver may remember it for the time that it lives. */
const resolves = async (name: string): Promise<boolean> =>
  (await onHost('control', `dig +short @127.0.0.1 ${name}.mesh.internal`)).out !== '';
const changedOn = (said: Said): Record<string, number | undefined> =>
  Object.fromEntries(Object.entries(recapOf(said)).map(([host, counts]) => [host, counts['changed']]));
/** Control's host firewall lets hosts in by their addresses. The others have none, which spares restarts of their agents. */
const WALLED = ['-e', JSON.stringify({ cilium_host_firewall: "{{ inventory_hostname == 'control' }}" })];
/** How vm2 fares at ports of control: SSH, etcd, SPIRE. 0: it is connected; 124: nobody answers. */
const knocks = (): Promise<number[]> =>
  Promise.all(
    [22, 2379, 8081].map(
      async (port) => (await onHost('vm2', `timeout 3 bash -c '</dev/tcp/${NETWORK}.10/${port}'`)).status,
    ),
  );
/** Seconds between the ends of programs that ran on vm2. */
const endedWithin = async (...services: string[]): Promise<number> => {
  const last = (service: string): string =>
    `journalctl -q -n 1 -o short-unix -u mesh-program-${service} --grep '^Stopped '`;
  const { out } = await onHost('vm2', services.map(last).join('; '));
  const ends = out.split('\n').filter(Boolean).map(Number.parseFloat);
  expect(ends).toHaveLength(services.length);
  return Math.max(...ends) - Math.min(...ends);
};

/** What a host shows etcd, in the hands of somebody at an address that no firewall is closed to: control's own. */
const COPY = (host: string): string => `/root/copied-${host}.pem`;
const copyAway = (host: string): void => {
  const [pem, key] = ['pem', 'key'].map((kind) => readFileSync(join(LAB, host, `root/etc/cilium/pki/etcd.${kind}`)));
  writeFileSync(join(LAB, 'control/root', COPY(host)), `${pem}${key}`, { mode: 0o600 });
};
const OF_CA = '--cacert /etc/etcd/pki/ca.pem';
/** What etcd answers to what was copied. 000: it hangs up. */
const entry = async (host: string): Promise<string> => {
  const curl = `curl --http1.1 -s -m 5 -o /dev/null -w '%{http_code}' ${OF_CA} --cert ${COPY(host)} --key ${COPY(host)}`;
  return (await onHost('control', `${curl} https://127.0.0.1:2379/version`)).out;
};
/** What it hears of etcd that listens with it, from before on. */
const LISTENER = (host: string): string => `test-listener-${host}`;
const heard = (host: string): Promise<string> => onHost('control', `cat /run/${LISTENER(host)}`).then(({ out }) => out);
const listen = (host: string): Promise<Said> => {
  // A server that ends can end a watch of this etcdctl as well, which then ends itself.
  const again = '-p Restart=always -p RestartSec=200ms -p StartLimitIntervalSec=0';
  const unit = `--unit ${LISTENER(host)} ${again} -E ETCDCTL_API=3 -p StandardOutput=append:/run/${LISTENER(host)}`;
  const etcdctl = `etcdctl --endpoints https://127.0.0.1:2379 ${OF_CA} --cert ${COPY(host)} --key ${COPY(host)}`;
  return onHost('control', `systemd-run -q --collect ${unit} ${etcdctl} watch mesh-test-revoke`);
};
const tell = (value: string): Promise<Said> => onHost('control', `mesh-etcdctl put mesh-test-revoke ${value}`);

onMesh('revoke.yml on three real hosts', () => {
  beforeAll(async () => {
    // It writes into the inventory.
    cpSync('inventories/lab', join(folder, 'lab'), { recursive: true });
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['service=servcie1', 'the mesh has no service "servcie1"', 'did you mean "service1"?'],
    ['host=vm22', 'the mesh has no host "vm22"', 'did you mean "vm2"?'],
    ['host=control', 'control is in the group spire_server, which the mesh stands on', 'take it out of spire_server'],
    ['nothing=x', 'revoke.yml takes one service or one host', 'run with -e service=NAME, or with -e host=NAME'],
  ])('refuses %s before anything is touched', async (words, what, mend) => {
    const said = await run('revoke', '-e', words);
    expect(said.status, said.out).toBe(2);
    expect(said.out).toContain(what);
    expect(said.out).toContain(`mend: ${mend}`);
    expect(changedOn(said)).toEqual({ localhost: 0 });
  });

  it('takes a service out: calls are refused within seconds, and site.yml keeps it out', async () => {
    await eventually(called, (status) => status === '200');
    const begun = Date.now();
    const refused = eventually(called, (status) => status !== '200').then(() => (Date.now() - begun) / 1000);
    const said = await run('revoke', '-e', 'service=service2');
    expect(ended(said)).toBe('as it should');
    for (const told of ['every host refuses it', 'SPIRE gives it nothing', 'its names are gone'])
      expect(said.out).toMatch(new RegExp(`${told} after \\d+\\.\\d s`));
    expect(await refused).toBeLessThan(30);
    expect((await onHost('vm1', 'systemctl is-active mesh-sidecar-service2')).out).toBe('inactive\n');
    const again = await run('revoke', '-e', 'service=service2');
    expect(changedOn(again)).toEqual({ localhost: 0, control: 0, vm1: 0, vm2: 0 });
    expect(ended(await run('site'))).toBe('as it should');
    expect(await called()).not.toBe('200');
    expect(await asks('vm2', 'batch')).toBe(0);
  });

  it('takes a host out: etcd and a host firewall refuse it, its agent is banned, its name is gone, and site.yml leaves it alone', async () => {
    expect(ended(await run('site', ...WALLED))).toBe('as it should');
    expect(await knocks()).toEqual([0, 0, 0]);
    for (const host of ['vm1', 'vm2']) copyAway(host);
    expect(await Promise.all(['vm1', 'vm2'].map(entry))).toEqual(['200', '200']);
    await Promise.all(['vm1', 'vm2'].map(listen));
    await eventually(
      () => tell('before').then(() => Promise.all(['vm1', 'vm2'].map(heard))),
      (both) => both.every((one) => one.includes('before')),
    );
    const said = await run('revoke', '-e', 'host=vm2', ...WALLED);
    expect(ended(said)).toBe('as it should');
    expect(said.out).toMatch(/etcd refuses it after \d+\.\d s/);
    expect(await knocks()).toEqual([0, 124, 124]);
    expect(await Promise.all(['vm1', 'vm2'].map(entry))).toEqual(['200', '000']);
    // What had been open has ended, and only the one that may comes back.
    await eventually(
      () => tell('after').then(() => heard('vm1')),
      (one) => one.includes('after'),
    );
    expect(await heard('vm2')).not.toContain('after');
    await onHost('control', `systemctl stop ${LISTENER('vm1')} ${LISTENER('vm2')}; mesh-etcdctl del mesh-test-revoke`);
    // No endpoint waits for a Cilium agent that is kept from etcd.
    expect(await endedWithin('service3', 'service5')).toBeLessThan(5);
    const again = await run('revoke', '-e', 'host=vm2', ...WALLED);
    expect(changedOn(again)).toEqual({ localhost: 0, control: 0, vm1: 0, vm2: 0 });
    expect(await asks('vm2', 'batch')).not.toBe(0);
    await eventually(
      () => resolves('vm2'),
      (found) => !found,
    );
    // A host that joined anew was another agent before: each that is vm2 by its alias is out.
    const agents = await agentsOf('vm2');
    expect(agents.length).toBeGreaterThan(0);
    expect(await bannedAgents()).toEqual(expect.arrayContaining(agents));
    const site = await run('site', ...WALLED);
    expect(ended(site)).toBe('as it should');
    expect(recapOf(site)['vm2']).toBeUndefined();
    expect((await onHost('vm2', 'systemctl is-active spire-agent')).out).not.toBe('active\n');
    expect(ended(await run('audit', ...WALLED))).toBe('as it should');
    expect(ended(await run('verify', ...WALLED))).toBe('as it should');
  });

  it('is undone by the file that remembers it', async () => {
    expect(readFileSync(join(folder, 'lab/revoked.yml'), 'utf8')).toContain('mesh_revoked_services: ["service2"]');
    rmSync(join(folder, 'lab/revoked.yml'));
    expect(ended(await run('site'))).toBe('as it should');
    const wall = await onHost(
      'control',
      'ls /etc/cilium/host-firewall /etc/cilium/policies/host-firewall.yaml 2>/dev/null',
    );
    expect([wall.out, await knocks()]).toEqual(['', [0, 0, 0]]);
    expect([await asks('vm2', 'batch'), await resolves('vm2')]).toEqual([0, true]);
    // It has another certificate: whoever has the old one is not let in with it.
    const before = await entry('vm2');
    copyAway('vm2');
    expect([before, await entry('vm2')]).toEqual(['000', '200']);
    await eventually(called, (status) => status === '200');
  });
});

import { expect, it } from 'vitest';
import { identities, identitySite } from '../support/identity.ts';
import { changedOn, ended, eventually, HOSTS, NETWORK, onHost, type Said } from '../support/lab.ts';
import { onHosts } from '../support/onlab.ts';
import { spire } from '../support/spire.ts';

/** What the server calls the agents it knows, those of before included. */
async function agents(): Promise<string[]> {
  const { agents: listed } = await spire<{ agents: { id: { path: string } }[] }>('agent list');
  return listed.map(({ id }) => id.path).sort();
}

onHosts('hosts that prove by certificate who they are', () => {
  const site = identitySite();
  const byCertificate = (...more: string[]): Promise<Said> => site('-e', 'spire_node_attestor=x509pop', ...more);

  it('changes nothing in a dry run of bare hosts, where there is no CA either', async () => {
    expect(ended(await byCertificate('--check'))).toBe('as it should');
    expect((await onHost('vm1', 'ls /etc/spire /opt/spire')).status).toBe(2);
  });

  it('join, each under its own name, and a second run changes nothing', async () => {
    expect(ended(await byCertificate())).toBe('as it should');
    expect(await agents()).toEqual(HOSTS.map((host) => `/spire/agent/x509pop/cn/${host}`));
    expect(await identities('vm1', 'service1')).toEqual(['spiffe://mesh.internal/service1']);
    expect(await identities('vm1', 'nobody')).toEqual([]);
    const again = await byCertificate();
    expect(ended(again)).toBe('as it should');
    expect(changedOn(again), again.out).toEqual([0, 0, 0]);
  });

  it('tell of their health, count, and keep a log of who changed what, for the machine itself only', async () => {
    const ask = (url: string): Promise<Said> => onHost('control', `curl -sf -m 5 ${url}`);
    for (const port of [8080, 8082])
      for (const path of ['live', 'ready'])
        expect(ended(await ask(`http://127.0.0.1:${port}/${path}`))).toBe('as it should');
    expect((await ask('http://127.0.0.1:9988/')).out).toMatch(/^spire_server_/m);
    expect((await ask('http://127.0.0.1:9989/')).out).toMatch(/^spire_agent_/m);
    for (const port of [8080, 8082, 9988, 9989])
      expect((await onHost('vm1', `curl -s -m 5 http://${NETWORK}.10:${port}/`)).status).toBe(7);
    const { out } = await onHost('control', 'journalctl -u spire-server -o cat --no-pager');
    const audited = out.split('\n').filter((line) => line.includes('"type":"audit"'));
    expect(audited.some((line) => line.includes('BatchCreateEntry') && line.includes('"caller_uid":0'))).toBe(true);
    expect(audited.some((line) => line.includes('AttestAgent'))).toBe(true);
  });

  it('keep their keys to themselves', async () => {
    expect((await onHost('vm2', 'stat -c "%a %U" /etc/spire/agent/host.key')).out).toBe('600 root\n');
    expect((await onHost('vm2', 'ls /etc/spire/agent')).out).not.toContain('join_token');
  });

  it('join again without a controller when their data is lost', async () => {
    await onHost('vm2', 'rm -rf /var/lib/spire/agent/* && systemctl restart spire-agent');
    await eventually(
      () => identities('vm2', 'service2'),
      (ids) => ids.join() === 'spiffe://mesh.internal/service2',
    );
    expect(changedOn(await byCertificate())).toEqual([0, 0, 0]);
  });

  it('are refused when another CA signed for them', async () => {
    const forge =
      'cd /etc/spire/agent && cp host.key kept.key && cp host.pem kept.pem && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout host.key -out host.pem -days 1 -subj /CN=vm1 -addext keyUsage=digitalSignature';
    await onHost('vm2', `${forge} && rm -rf /var/lib/spire/agent/* && systemctl restart spire-agent`);
    await eventually(
      async () => (await onHost('vm2', 'journalctl -u spire-agent -n 50 -o cat')).out,
      (log) => log.includes('certificate verification failed'),
    );
    const mended = await byCertificate();
    expect(ended(mended)).toBe('as it should');
    expect(await identities('vm2', 'service2')).toEqual(['spiffe://mesh.internal/service2']);
    expect(await agents()).toEqual(HOSTS.map((host) => `/spire/agent/x509pop/cn/${host}`));
  });

  it('change to join tokens and back by running the play', async () => {
    expect(ended(await site())).toBe('as it should');
    const byToken = (await agents()).filter((path) => path.startsWith('/spire/agent/join_token/'));
    expect(byToken).toHaveLength(HOSTS.length);
    expect(await identities('vm1', 'service1')).toEqual(['spiffe://mesh.internal/service1']);
    expect(changedOn(await site())).toEqual([0, 0, 0]);
    expect(ended(await byCertificate())).toBe('as it should');
    expect((await onHost('vm1', 'ls /etc/spire/agent')).out).not.toContain('join_token');
    expect(await identities('vm1', 'service1')).toEqual(['spiffe://mesh.internal/service1']);
  });
});

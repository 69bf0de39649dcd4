import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { ended, eventually, meshPlay, onHost, play, type Said } from '../support/lab.ts';
import { onHosts } from '../support/onlab.ts';
import { stanzasOfLab } from '../support/stanzas.ts';

/** With etcd from its Go module; the other mesh of the tests has Debian's. */
const site = (...words: string[]): Promise<Said> => play('site', '-e', 'etcd_source=go', ...words);

/** What a program in service1's namespace is answered: the status, and who answered. */
async function call(name = 'service2', path = '/api/hello'): Promise<string> {
  const curl = `curl -sS -m 5 -w '%{http_code}' http://${name}.mesh.internal${path}`;
  const { out } = await onHost('vm1', `ip netns exec mesh-service1 runuser -u service1 -- ${curl} 2>&1`);
  const lines = out.trim().split('\n');
  return `${lines.at(-1)} ${lines[0]}`;
}

/** The lab's stanzas with one more, as extra variables. */
function withAdded(): string {
  const added = {
    name: 'added',
    host: 'vm2',
    user: 'added',
    command: ['/opt/example-plain/current/plain', 'http', 'added', '127.0.0.1:8080'],
    listen: 8080,
    protocol: 'http',
    allow_from: [{ service: 'service1' }],
  };
  return JSON.stringify({ mesh_services: [...stanzasOfLab(), added] });
}

/** Where a unit is kept from starting without touching what mesh-play keeps of it. */
const DOWN = '/run/systemd/system/spire-server.service.d';

const PASSES = '200 service2 on ';

onHosts('services on real hosts, when something is not there', () => {
  beforeAll(async () => expect(ended(await site())).toBe('as it should'));

  it('are balanced, go on without an instance that is dead, and take it back', async () => {
    const hosts = (answers: string[]): string[] => [...new Set(answers.map((answer) => answer.replace(PASSES, '')))];
    const many = async (): Promise<string[]> => {
      const answers: string[] = [];
      for (let i = 0; i < 20; i++) answers.push(await call());
      return answers;
    };
    expect(hosts(await many()).sort()).toEqual(['vm1', 'vm2']);
    await onHost('vm2', 'systemctl stop mesh-endpoint-service2');
    expect(hosts(await many())).toEqual(['vm1']);
    await onHost('vm2', 'systemctl start mesh-program-service2 mesh-sidecar-service2');
    await eventually(call, (answer) => answer === `${PASSES}vm2`);
  });

  it('keep a configuration that works when Envoy refuses the next one', async () => {
    const of = (): Promise<string> => onHost('vm1', 'cat /etc/mesh/service1/*.json').then(({ out }) => out);
    const before = await of();
    const said = await site('-e', JSON.stringify({ sidecar_dns_servers: ['no address'] }));
    expect(said.status).toBe(2);
    expect(said.out).toContain('Envoy refuses the new configuration of service1 on vm1');
    expect(await of()).toBe(before);
    expect(await call()).toContain(PASSES);
  });

  it('stay down where SPIRE gives them no identity, and are whole after a further run', async () => {
    const more = ['-e', withAdded()];
    await onHost('control', `mkdir -p ${DOWN} && printf '[Service]\\nExecStartPre=false\\n' >${DOWN}/down.conf`);
    await onHost('control', 'systemctl daemon-reload && systemctl stop spire-server');
    expect((await site(...more)).status).toBe(2);
    expect(await call('added')).not.toMatch(/^200/);
    expect(await call()).toContain(PASSES);
    await onHost('control', `rm -r ${DOWN} && systemctl daemon-reload`);
    expect(ended(await site(...more))).toBe('as it should');
    expect(
      await eventually(
        () => call('added'),
        (answer) => /^200/.test(answer),
      ),
    ).toBe('200 added on vm2');
    expect(ended(await site())).toBe('as it should');
    expect(await call('added')).not.toMatch(/^200/);
  });

  it('are said to have no identity where their sidecars hold none of it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mesh-play-sidecar-'));
    const role = join(import.meta.dirname, '../../roles/sidecar');
    writeFileSync(
      join(folder, 'served.yml'),
      `[{hosts: vm2, gather_facts: false, tasks: [{import_role: {name: ${role}, tasks_from: served}}]}]\n`,
    );
    const served = (...words: string[]): Promise<Said> =>
      meshPlay(join(folder, 'served.yml'), '-i', 'inventories/lab', '-e', 'sidecar_identity_timeout=0', ...words);
    expect(ended(await served())).toBe('as it should');
    const others = await served('-e', 'spire_trust_domain=other.test');
    rmSync(folder, { recursive: true });
    expect(others.status).toBe(2);
    expect(others.out).toContain(
      'on vm2 SPIRE gives no certificate of spiffe://other.test/service2, spiffe://other.test/',
    );
  });

  it('stay down where the agent gives them no endpoint, and come up by themselves when it is back', async () => {
    const drop = '/run/systemd/system/cilium.service.d';
    await onHost('vm1', `mkdir -p ${drop} && printf '[Service]\\nExecStartPre=false\\n' >${drop}/down.conf`);
    await onHost('vm1', 'systemctl daemon-reload && systemctl stop cilium');
    expect((await onHost('vm1', 'systemctl restart mesh-endpoint-service1')).status).not.toBe(0);
    expect(await call()).not.toMatch(/^200/);
    const units = 'mesh-sidecar-service1 mesh-program-service1';
    expect((await onHost('vm1', `systemctl is-active ${units}`)).out).toBe('inactive\ninactive\n');
    await onHost('vm1', `rm -r ${drop} && systemctl daemon-reload && systemctl start cilium`);
    await eventually(call, (answer) => answer.startsWith(PASSES), 120);
    expect((await onHost('vm1', `systemctl is-active ${units}`)).out).toBe('active\nactive\n');
  });

  it('go on when etcd is away while an agent starts, which is whole when etcd is back', async () => {
    await onHost('control', 'systemctl stop etcd');
    await onHost('vm1', 'systemctl restart --no-block cilium');
    const ready = (): Promise<Said> => onHost('vm1', 'cilium-dbg status --brief');
    await eventually(ready, ({ status }) => status !== 0);
    expect(await call()).toContain(PASSES);
    await onHost('control', 'systemctl start etcd');
    await eventually(ready, ({ status }) => status === 0, 300);
    expect(await call()).toContain(PASSES);
    expect(ended(await site())).toBe('as it should');
  });
});

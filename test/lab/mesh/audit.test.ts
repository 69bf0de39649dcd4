import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ended, eventually, onHost, play, recapOf, type Said } from '../../support/lab.ts';
import { onMesh } from '../../support/onlab.ts';

const folder = mkdtempSync(join(tmpdir(), 'mesh-play-audit-'));
const JSON_FILE = join(folder, 'findings.json');

/** Runs the audit; answers what it said, and each finding as "severity where: what". */
async function audit(...words: string[]): Promise<{ said: Said; found: string[] }> {
  const said = await play('audit', '-e', `audit_json=${JSON_FILE}`, ...words);
  const findings = JSON.parse(readFileSync(JSON_FILE, 'utf8')) as { severity: string; where: string; what: string }[];
  return { said, found: findings.map(({ severity, where, what }) => `${severity} ${where}: ${what}`) };
}

const SERVER = '/opt/spire/current/spire-server';
const SOCKET = '-socketPath /run/spire/server/private/api.sock';
const entry = (id: string, words: string): string =>
  `${SERVER} entry create ${SOCKET} -entryID ${id} -spiffeID spiffe://mesh.internal/${id} ${words}`;
const PARENT = '-parentID spiffe://mesh.internal/node/vm1';

/** What is planted, how it is taken away, and what the audit says of it. */
const PLANTED: [host: string, plant: string, mend: string, finding: RegExp][] = [
  [
    'control',
    entry('stray', `${PARENT} -selector unix:user:stray`),
    `${SERVER} entry delete ${SOCKET} -entryID stray`,
    /^high spire: the entry stray \(spiffe:\/\/mesh.internal\/stray\) is not in the inventory$/,
  ],
  [
    'control',
    entry('ruler', `${PARENT} -selector unix:user:stray -admin`),
    `${SERVER} entry delete ${SOCKET} -entryID ruler`,
    /^high spire: the entry ruler .* is admin$/,
  ],
  [
    'control',
    entry('nested', `${PARENT} -selector unix:user:stray -downstream`),
    `${SERVER} entry delete ${SOCKET} -entryID nested`,
    /^high spire: the entry nested .* is downstream$/,
  ],
  [
    'control',
    entry('rooted', `${PARENT} -selector unix:uid:0 -x509SVIDTTL 100000`),
    `${SERVER} entry delete ${SOCKET} -entryID rooted`,
    /^high spire: the entry rooted .* is given to all that runs as root$/,
  ],
  ['control', 'true', 'true', /^medium spire: the entry rooted .* has a lifetime of 100000 s, more than 86400$/],
  [
    'control',
    entry('shared', '-parentID spiffe://mesh.internal/host -selector unix:user:stray'),
    `${SERVER} entry delete ${SOCKET} -entryID shared`,
    /^high spire: the entry shared .* has the parent spiffe:\/\/mesh.internal\/host, which is no single host$/,
  ],
  [
    'control',
    entry('mp.left', `${PARENT} -selector unix:user:left`),
    'true',
    /^medium site: what SPIRE has of entries is not as the inventory has it$/,
  ],
  [
    'control',
    `${SERVER} token generate ${SOCKET} -spiffeID spiffe://mesh.internal/node/vm9 -ttl 600`,
    `id=$(${SERVER} entry show ${SOCKET} -spiffeID spiffe://mesh.internal/node/vm9 | sed -n 's/^Entry ID *: //p'); ${SERVER} entry delete ${SOCKET} -entryID $id`,
    /^medium spire: a join token for spiffe:\/\/mesh.internal\/node\/vm9 was made and not used$/,
  ],
  [
    'control',
    `agent=$(${SERVER} agent list ${SOCKET} | sed -n 's/^SPIFFE ID *: //p' | head -n 1); ${SERVER} entry create ${SOCKET} -entryID ghost -spiffeID spiffe://mesh.internal/node/ghost -parentID $agent -selector spiffe_id:$agent`,
    `${SERVER} entry delete ${SOCKET} -entryID ghost`,
    /^high spire: the entry ghost .* is of a host that the inventory does not have$/,
  ],
  [
    'control',
    "sed -i '$a stray 60 IN A 192.0.2.1' /etc/coredns/zones/db.mesh.internal",
    'true',
    /^medium site: the zone mesh.internal is not as the inventory has it$/,
  ],
  [
    'vm1',
    `cp /etc/coredns/Corefile /root/Corefile; printf 'mesh.internal {\\n bind 10.0.0.1 127.0.0.1\\n file /etc/coredns/old\\n}\\n' | sed "s/10.0.0.1/$(hostname -I | cut -d' ' -f1)/" >/etc/coredns/Corefile
     printf '$ORIGIN mesh.internal.\\n@ 60 IN SOA ns1 hostmaster 7 60 30 604800 30\\n@ 60 IN NS ns1\\nns1 60 IN A 192.0.2.1\\n' >/etc/coredns/old; systemctl restart coredns`,
    'rm -f /etc/coredns/old; mv /root/Corefile /etc/coredns/Corefile; chgrp coredns /etc/coredns/Corefile; systemctl restart coredns',
    /^high vm1: its DNS server has the zone of serial 7, another one has \d{10}$/,
  ],
  ['vm1', 'true', 'true', /^medium vm1: \/etc\/coredns\/old is not of the inventory$/],
  ['vm1', 'systemctl stop cilium', 'systemctl start cilium', /^high vm1: cilium.service is inactive$/],
  ['vm1', 'true', 'true', /^high vm1: Cilium does not answer: what it enforced stays, nothing new is$/],
  [
    'vm2',
    '/opt/cilium/current/cilium-dbg config PolicyEnforcement=default',
    '/opt/cilium/current/cilium-dbg config PolicyEnforcement=always',
    /^high vm2: policies are enforced "default", not always$/,
  ],
  [
    'vm2',
    '/opt/cilium/current/cilium-dbg config PolicyAuditMode=true',
    '/opt/cilium/current/cilium-dbg config PolicyAuditMode=false',
    /^high vm2: policies are told and not enforced \(PolicyAuditMode\)$/,
  ],
  [
    'vm2',
    'chmod 700 /run/spire/agent/public',
    'chmod 755 /run/spire/agent/public',
    /^high vm2: \/run\/spire\/agent\/public is 700 root root, not 755 root root$/,
  ],
  [
    'vm2',
    'echo 11111111-1111-1111-1111-111111111111 >/etc/spire/agent/join_token',
    'true',
    /^high vm2: a join token was left in \/etc\/spire\/agent\/join_token$/,
  ],
  [
    'vm2',
    'systemctl disable -q spire-agent',
    'true',
    /^medium vm2: spire-agent.service is disabled: it does not start at boot$/,
  ],
  [
    'vm2',
    'systemd-run -q --unit=planted false; true',
    'systemctl reset-failed planted',
    /^low vm2: planted.service has failed$/,
  ],
  [
    'vm2',
    'systemd-run -q --collect --unit=listener python3 -m http.server 7777',
    'systemctl stop listener',
    /^low vm2: python3 listens on port 7777 \(tcp\), which is not declared$/,
  ],
  [
    'vm2',
    'cp -r /opt/spire/1.13.3 /opt/spire/1.13.2 && ln -sfn 1.13.2 /opt/spire/current',
    'ln -sfn 1.13.3 /opt/spire/current; rm -r /opt/spire/1.13.2',
    /^medium vm2: it has spire 1.13.2, and the inventory 1.13.3$/,
  ],
  [
    'vm2',
    `printf '%s\\n' '{"apiVersion":"cilium.io/v2","kind":"CiliumClusterwideNetworkPolicy","metadata":{"name":"two"},"spec":{"endpointSelector":{"matchLabels":{"any:no":"one"}},"ingress":[{"fromEntities":["world"]}]}}' --- '{}' >/etc/cilium/policies/two.yaml`,
    'rm /etc/cilium/policies/two.yaml',
    /^high vm2: \/etc\/cilium\/policies\/two.yaml has several documents, and Cilium reads only the first$/,
  ],
  ['vm2', 'true', 'true', /^medium vm2: \/etc\/cilium\/policies\/two.yaml is not of the inventory$/],
  ['vm2', 'true', 'true', /^medium vm2: spire-agent.service still runs spire 1.13.3, and 1.13.2 is installed$/],
];

onMesh('audit.yml on three real hosts', () => {
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('finds nothing where all is as the inventory has it', async () => {
    const { said, found } = await audit();
    expect(ended(said)).toBe('as it should');
    expect(found).toEqual([]);
    expect(Object.values(recapOf(said)).every((counts) => counts['failed'] === 0)).toBe(true);
  });

  it('is helped by alerts on metrics that the daemons really have', async () => {
    const curl = (port: string): string => `curl -s ${port}/metrics`;
    const ask = [
      '127.0.0.1:9988',
      '127.0.0.1:9989',
      '$(hostname -I | cut -d" " -f1):9153',
      '127.0.0.1:9962',
      '127.0.0.1:2381',
    ];
    // No process of a host may call a service.
    const address = "$(ip -n mesh-service2 -o -4 addr show dev eth0 | sed -n 's|.* inet \\([0-9.]*\\)/.*|\\1|p')";
    const drops = await eventually(
      () => onHost('vm1', `curl -s -m 1 http://${address}:8443/; ${curl('127.0.0.1:9962')}`),
      (said) => said.out.includes('reason="Policy denied"'),
    );
    const out = (await onHost('control', ask.map(curl).join('; '))).out + drops.out;
    const rules = readFileSync('roles/prometheus/templates/mesh.rules.yml.j2', 'utf8');
    const names = new Set(rules.match(/\b(?:spire_server|spire_agent|coredns|cilium|etcd)_[a-z0-9_]+/g));
    expect(names.size).toBeGreaterThan(10);
    expect([...names].filter((name) => !new RegExp(`^${name}[ {]`, 'm').test(out))).toEqual([
      // Counted once half of an agent's lifetime is over.
      'spire_agent_agent_svid_rotate',
      'spire_agent_node_attest',
    ]);
  });

  it('is helped by alerts on metrics that the sidecars really have', async () => {
    const metrics = (service: string): string =>
      `ip netns exec mesh-${service} curl -s 127.0.0.1:9902/stats/prometheus`;
    const { out } = await onHost('vm2', `${metrics('service2')}; ${metrics('service3')}`);
    const rules = readFileSync('roles/prometheus/templates/mesh.rules.yml.j2', 'utf8');
    const names = [
      ...(rules.match(/\benvoy_[a-z0-9_]+(?=[{[])/g) ?? []),
      ...[...rules.matchAll(/__name__=~"([^"]+)"/g)].map(([, pattern = '']) => pattern),
    ];
    expect(names).toHaveLength(8);
    expect(names.filter((name) => !new RegExp(`^${name}[ {]`, 'm').test(out))).toEqual([]);
  });

  it('finds each thing that was planted, and nothing else', async () => {
    for (const [host, plant] of PLANTED) expect(ended(await onHost(host, plant)), plant).toBe('as it should');
    const { said, found } = await audit();
    for (const [, , , finding] of PLANTED) expect(found).toContainEqual(expect.stringMatching(finding));
    // Another way to enforce makes Cilium build its programs anew.
    const passing = /endpoint \d+ is (?:waiting-to-)?regenerat/;
    const others = found.filter((one) => !passing.test(one) && !PLANTED.some(([, , , finding]) => finding.test(one)));
    expect(others).toEqual([
      'high spire: the entry mp.left (spiffe://mesh.internal/mp.left) is not in the inventory',
      ...['nested', 'rooted', 'ruler', 'shared'].map(
        (id) => `high spire: the entry ${id} (spiffe://mesh.internal/${id}) is not in the inventory`,
      ),
    ]);
    expect(said.status).toBe(2);
    expect(said.out).toMatch(/\d+ of them are medium or graver/);
  });

  it('finds nothing when what was found has been mended', async () => {
    for (const [host, , mend] of PLANTED) expect(ended(await onHost(host, mend)), mend).toBe('as it should');
    expect(ended(await play('site'))).toBe('as it should');
    // Cilium is still at its programs.
    await eventually(audit, ({ found }) => found.length === 0);
  });

  it('tells of versions that are not those of the inventory', async () => {
    const versions = { coredns_version: '1.14.6', cilium_version: '1.19.7', envoy_version: '1.39.3' };
    const { said, found } = await audit('-e', JSON.stringify(versions));
    expect(said.status).toBe(2);
    expect(found.filter((one) => one.includes('and the inventory')).sort()).toEqual([
      'medium control: it has cilium 1.19.6, and the inventory 1.19.7',
      'medium control: it has coredns 1.14.7, and the inventory 1.14.6',
      'medium control: it has envoy 1.40.0, and the inventory 1.39.3',
      'medium vm1: it has cilium 1.19.6, and the inventory 1.19.7',
      'medium vm1: it has coredns 1.14.7, and the inventory 1.14.6',
      'medium vm1: it has envoy 1.40.0, and the inventory 1.39.3',
      'medium vm2: it has cilium 1.19.6, and the inventory 1.19.7',
      'medium vm2: it has envoy 1.40.0, and the inventory 1.39.3',
    ]);
  });

  it('tells of the ends that come near', async () => {
    const { said, found } = await audit('-e', `audit_soon=${5000 * 86400}`);
    expect(said.status).toBe(2);
    for (const finding of [
      /^high spire: the authority that signs \(x509\) ends in 4\d d$/,
      /^high spire: the authority that signs \(jwt\) ends in 4\d d$/,
      /^medium vm2: its agent's identity ends in 6 d, and was not renewed$/,
      /^high control: the certificate \/etc\/etcd\/pki\/member.pem ends in \d+ d$/,
      /^high vm1: the certificate \/etc\/cilium\/pki\/etcd.pem ends in \d+ d$/,
    ])
      expect(found).toContainEqual(expect.stringMatching(finding));
  });
});

import { describe, expect, it } from 'vitest';
import { atLeast, type Finding, inDays, ordered, table } from '../../../roles/audit/lib/finding.ts';
import { type Declared, judgeHost, judgeSerials, type Seen } from '../../../roles/audit/lib/host.ts';
import { type Expected, judgeSpire, type Spire } from '../../../roles/audit/lib/spire.ts';
import auditFindings from '../../../roles/audit/modules/audit_findings.ts';
import { endpointsOf, parseLook } from '../../../roles/audit/modules/audit_host.ts';
import auditSpire from '../../../roles/audit/modules/audit_spire.ts';
import { FakeHost } from '../../support/fake.ts';
import { controllerFor } from '../../support/module.ts';

const NOW = 1_000_000;
const DAY = 86400;
const told = (findings: readonly Finding[]): string[] =>
  findings.map(({ severity, where, what }) => `${severity} ${where}: ${what}`);

const expected: Expected = {
  trust_domain: 't',
  prefix: 'mp.',
  attestor: 'join_token',
  hosts: ['vm1'],
  revoked_hosts: [],
  entries: ['vm1.web'],
  max_ttl: DAY,
  soon: DAY,
};
const slots = (end: number) => ({ active: { authority_id: 'a', expires_at: String(end) } });
const AGENT = 'spiffe://t/spire/agent/join_token/one';
const entry = (given: Partial<Spire['entries'][number]>): Spire['entries'][number] => ({
  id: 'mp.vm1.web',
  spiffe_id: 'spiffe://t/web',
  parent_id: 'spiffe://t/node/vm1',
  selectors: ['unix:user:web'],
  x509_svid_ttl: 3600,
  admin: false,
  downstream: false,
  store_svid: false,
  ...given,
});
const NODE = entry({ id: 'n', spiffe_id: 'spiffe://t/node/vm1', parent_id: AGENT, selectors: [`spiffe_id:${AGENT}`] });
const spire = (given: Partial<Spire> = {}): Spire => ({
  entries: [NODE, entry({})],
  agents: [{ id: AGENT, banned: false, expires_at: NOW + 7 * DAY }],
  x509: slots(NOW + 30 * DAY),
  jwt: slots(NOW + 30 * DAY),
  bundle: { x509: [{ tainted: false }], jwt: [{ tainted: false }] },
  ...given,
});

describe('what SPIRE has', () => {
  it('is fine when it is what the inventory has', () => {
    expect(judgeSpire(spire(), expected, NOW)).toEqual([]);
  });

  it('tells of agents that are nobody’s, twice, gone, not renewed, or of a revoked host', () => {
    const two = { id: `${AGENT}2`, banned: false, expires_at: NOW + 7 * DAY };
    const again = { ...NODE, id: 'm', parent_id: two.id };
    const judged = (given: Partial<Spire>, of = expected) => told(judgeSpire(spire(given), of, NOW));
    expect(judged({ agents: [...spire().agents, two] })).toEqual([
      `high spire: the agent ${two.id} belongs to no host`,
    ]);
    expect(judged({ agents: [...spire().agents, two], entries: [NODE, again, entry({})] })).toEqual([
      'medium vm1: 2 agents have its identity: it joined again, or somebody else did',
    ]);
    const further = { ...NODE, id: 'further', spiffe_id: NODE.spiffe_id.replace('vm1', 'ghost') };
    expect(judged({ entries: [further, NODE, entry({})] }).filter((one) => one.includes('agent'))).toEqual([]);
    expect(judged({ agents: [{ id: AGENT, banned: true, expires_at: NOW + DAY }] })).toEqual([
      'high vm1: it has no living agent',
    ]);
    expect(judged({ agents: [{ id: AGENT, banned: false, expires_at: NOW + 3600 }] })).toEqual([
      "medium vm1: its agent's identity ends in 1 h, and was not renewed",
    ]);
    const certified = { id: 'spiffe://t/spire/agent/x509pop/cn/vm1', banned: false, expires_at: NOW + 7 * DAY };
    const node = entry({ id: 'mp._node.vm1', spiffe_id: 'spiffe://t/node/vm1', parent_id: 'spiffe://t/spire/server' });
    const byCertificate = { ...expected, attestor: 'x509pop' };
    expect(judged({ agents: [certified], entries: [node, entry({})] }, byCertificate)).toEqual([]);
    expect(judged({}, { ...expected, revoked_hosts: ['vm1'] })).toEqual([
      `high vm1: it is revoked, and its agent ${AGENT} is not banned`,
    ]);
  });

  it('tells of agents of before a change of the way hosts join, and what takes them away', () => {
    const byCertificate = { ...expected, attestor: 'x509pop' };
    const certified = { id: 'spiffe://t/spire/agent/x509pop/cn/vm1', banned: false, expires_at: NOW + 7 * DAY };
    const node = entry({ id: 'mp._node.vm1', spiffe_id: 'spiffe://t/node/vm1', parent_id: 'spiffe://t/spire/server' });
    const both = spire({ agents: [...spire().agents, certified], entries: [NODE, node, entry({})] });
    expect(judgeSpire(both, byCertificate, NOW)).toEqual([
      {
        severity: 'medium',
        where: 'vm1',
        what: `its agent ${AGENT} is of before it joined by x509pop, and is still trusted`,
        mend: `spire-server agent evict -spiffeID ${AGENT}; spire-server entry delete -entryID n`,
      },
    ]);
    expect(told(judgeSpire(both, expected, NOW))).toEqual([
      `medium vm1: its agent ${certified.id} is of before it joined by join_token, and is still trusted`,
    ]);
    expect(judgeSpire(spire(), byCertificate, NOW)).toEqual([
      {
        severity: 'medium',
        where: 'vm1',
        what: `its agent ${AGENT} did not join by x509pop, as the inventory says`,
        mend: 'run site.yml',
      },
    ]);
  });

  it('tells of authorities that end, are prepared, or are tainted and still trusted', () => {
    const given = spire({
      x509: { ...slots(NOW + 3600), prepared: { authority_id: 'b' } },
      bundle: { x509: [{ tainted: true }], jwt: [] },
    });
    expect(told(judgeSpire(given, expected, NOW))).toEqual([
      'high spire: the authority that signs (x509) ends in 1 h',
      'info spire: an authority (x509) is prepared',
      'medium spire: a tainted authority (x509) is still trusted',
    ]);
  });

  it('is read with downstream entries, which the CLI hides from the others', async () => {
    const end = ['-output', 'json', '-socketPath', '/s'];
    const id = (path: string) => ({ trust_domain: 't', path });
    const shown = {
      id: 'd',
      spiffe_id: id('/d'),
      parent_id: id('/node/vm1'),
      selectors: [{ type: 'unix', value: 'uid:1' }],
    };
    const agent = { id: id('/a'), banned: true, x509svid_expires_at: '5' };
    const host = new FakeHost([
      { argv: ['/p', 'entry', 'show', ...end], answer: { stdout: '{"entries":[]}' } },
      {
        argv: ['/p', 'entry', 'show', '-downstream', ...end],
        answer: { stdout: JSON.stringify({ entries: [shown] }) },
      },
      { argv: ['/p', 'agent', 'list', ...end], answer: { stdout: JSON.stringify({ agents: [agent] }) } },
      { argv: ['/p', 'localauthority', 'x509', 'show', ...end], answer: { stdout: JSON.stringify(slots(1)) } },
      { argv: ['/p', 'localauthority', 'jwt', 'show', ...end], answer: { stdout: JSON.stringify(slots(1)) } },
      {
        argv: ['/p', 'bundle', 'show', ...end],
        answer: { stdout: '{"x509_authorities":[{"asn1":"x","tainted":true}]}' },
      },
    ]);
    const { returns } = await auditSpire.ask(host, { socket: '/s', program: '/p' }, controllerFor({}));
    expect(returns).toMatchObject({
      spire: {
        entries: [{ id: 'd', spiffe_id: 'spiffe://t/d', selectors: ['unix:uid:1'] }],
        agents: [{ id: 'spiffe://t/a', banned: true, expires_at: 5 }],
        bundle: { x509: [{ tainted: true }], jwt: [] },
      },
    });
  });
});

describe('what a host has', () => {
  const look = `unit spire-agent.service active enabled /opt/spire/1.0.0/spire-agent
unit coredns.service inactive disabled
failed x.service
version spire 1.0.1
file /etc/spire/agent/agent.conf
file /etc/spire/agent/with blank
several /etc/cilium/policies/two.yaml
token
port tcp 0.0.0.0:22 users:(("sshd",pid=1,fd=3))
port udp [::]:8472
port tcp 127.0.0.1:8080 users:(("x",pid=1,fd=3))`;
  const seen: Seen = {
    ...parseLook(look),
    sockets: { '/s': '777 root root' },
    certificates: { '/c': null, '/d': NOW + 3600 },
    cilium: null,
    serial: null,
  };
  const declared: Declared = {
    sockets: { '/s': '770 root root' },
    units: ['spire-agent.service', 'coredns.service'],
    ports: [22],
    files: ['/etc/spire/*/agent.conf'],
    versions: { spire: '1.0.2' },
    soon: DAY,
  };

  it('is judged by what the inventory says of it', () => {
    expect(told(judgeHost('vm1', seen, declared, NOW))).toEqual([
      'high vm1: /s is 777 root root, not 770 root root',
      'high vm1: coredns.service is inactive',
      'medium vm1: coredns.service is disabled: it does not start at boot',
      'low vm1: x.service has failed',
      'low vm1: the kernel listens on port 8472 (udp), which is not declared',
      'medium vm1: /etc/spire/agent/with blank is not of the inventory',
      'high vm1: /etc/cilium/policies/two.yaml has several documents, and Cilium reads only the first',
      'high vm1: a join token was left in /etc/spire/agent/join_token',
      'medium vm1: it has spire 1.0.1, and the inventory 1.0.2',
      'medium vm1: spire-agent.service still runs spire 1.0.0, and 1.0.1 is installed',
      'medium vm1: /c is no certificate that can be read',
      'high vm1: the certificate /d ends in 1 h',
    ]);
  });

  it('tells what Cilium does not enforce', () => {
    const list = [
      { id: 1, status: { state: 'ready', identity: { labels: ['reserved:host'] } } },
      { id: 2, status: { state: 'ready', identity: { labels: ['reserved:init'] } } },
      { id: 3, status: { state: 'regenerating', identity: { labels: ['unspec:spiffe.io/spiffeid=t.web'] } } },
      { id: 4, status: { state: 'waiting-for-identity' } },
    ];
    const cilium = { enforcement: 'always', audit_mode: 'Disabled', endpoints: endpointsOf(JSON.stringify(list)) };
    const plain = { ...parseLook(''), sockets: {}, certificates: {}, serial: null };
    const none = { sockets: {}, units: [], ports: [], files: [], versions: {}, soon: DAY };
    expect(told(judgeHost('vm1', { ...plain, cilium }, none, NOW))).toEqual([
      'high vm1: the endpoint 2 has no identity of a service (reserved:init)',
      'medium vm1: the endpoint 3 is regenerating',
      'high vm1: the endpoint 4 has no identity of a service (no labels)',
    ]);
  });
});

describe('the zone', () => {
  it('must have the same serial on all servers', () => {
    expect(told(judgeSerials({ a: 42, b: 41, c: null }))).toEqual([
      'high b: its DNS server has the zone of serial 41, another one has 42',
      'high c: its DNS server does not answer for the zone',
    ]);
  });
});

describe('findings', () => {
  const findings: Finding[] = [
    { severity: 'low', where: 'b', what: 'two' },
    { severity: 'high', where: 'long', what: 'one', mend: 'do it' },
  ];

  it('are told the gravest first, with what to do', () => {
    expect(table(ordered(findings))).toEqual(['high    long  one', '              mend: do it', 'low     b     two']);
    expect(atLeast(findings, 'medium')).toHaveLength(1);
    expect([inDays(NOW - 1, NOW), inDays(NOW + 3600, NOW), inDays(NOW + 3 * DAY, NOW)]).toEqual([
      'has ended',
      'ends in 1 h',
      'ends in 3 d',
    ]);
  });

  it('of a site that is as it should be are none', async () => {
    const args = { expected: { ...expected, hosts: [] }, hosts: [], drift: ['the zone z'], threshold: 'high' as const };
    const { returns } = await auditFindings.evaluate(args, {} as never, controllerFor({}));
    expect(returns).toMatchObject({
      grave: 0,
      lines: [
        'medium  site  the zone z is not as the inventory has it',
        '              mend: site.yml --check --diff tells how',
      ],
    });
  });
});

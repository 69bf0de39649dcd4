import { describe, expect, it } from 'vitest';
import { accessesIn, dropsIn } from '../../../roles/verify/lib/evidence.ts';
import { judge, type Seen } from '../../../roles/verify/lib/judge.ts';
import type { Layer, Probe } from '../../../roles/verify/lib/probe.ts';
import { junitOf, linesOf, tableOf } from '../../../roles/verify/lib/report.ts';
import { PROBES, probe, SITE } from './site.ts';

const NOTHING: Seen = { outcomes: {}, drops: [], accesses: [], unlabelled: { vm1: '10.200.2.99' } };

const verdict = (one: Probe, status: number, text: string, seen: Partial<Seen> = {}) =>
  judge(one, { ...NOTHING, ...seen, outcomes: { [one.id]: { status, text } } }, SITE);

/** As cilium-dbg 1.19.6 prints it. */
const drop = (src: string, dst: string, port: number, source: number): string =>
  JSON.stringify({
    cpu: 'CPU 01:',
    type: 'drop',
    mark: '0x1',
    reason: 'Policy denied',
    source: 7,
    srcLabel: source,
    dstLabel: 1002,
    summary: { ethernet: '…', l3: { src, dst }, l4: { src: '40000', dst: String(port) } },
  });

const call = probe('allowed call by name', 'shop@vm1', 'stock');
const access = (id: string, code: number, details: string): string =>
  JSON.stringify({
    direction: 'inbound',
    path: `/api/?mesh-verify=${id}`,
    response_code: code,
    response_code_details: details,
    downstream_peer_uri_san: 'spiffe://mesh.internal/shop',
    downstream_local_uri_san: 'spiffe://mesh.internal/stock',
  });

describe('a call', () => {
  it('is allowed when the sidecar that took it saw both identities', () => {
    const accesses = accessesIn('vm2', 'stock', `starting\n${access(call.id, 200, 'via_upstream')}\n`);
    expect(verdict(call, 0, 'hello\n200 0.001\n', { accesses })).toMatchObject({
      verdict: 'allowed',
      happened: '200, both identities seen',
    });
  });

  it('is not allowed for an answer that no sidecar tells of', () => {
    expect(verdict(call, 0, 'hello\n200 0.001\n')).toMatchObject({ verdict: 'unclear', by: null });
  });

  it('is not refused by RBAC for a 403 that the program said', () => {
    const wrong = probe('wrong method', 'shop@vm1', 'stock');
    const said = (details: string) => accessesIn('vm2', 'stock', access(wrong.id, 403, details));
    expect(verdict(wrong, 0, 'no\n403 0.001\n', { accesses: said('via_upstream') }).by).toBeNull();
    const rbac = 'rbac_access_denied_matched_policy[none]';
    expect(verdict(wrong, 0, 'no\n403 0.001\n', { accesses: said(rbac) }).by).toBe('Envoy RBAC');
  });
});

describe('a connection that does not come about', () => {
  const stranger = probe('call that nobody declared', 'other@vm2', 'stock@vm1');

  it('was refused by Cilium when an agent tells of exactly this source and destination', () => {
    const drops = dropsIn('vm2', drop('10.200.3.12', '10.200.2.11', 8443, 1003));
    expect(verdict(stranger, 124, '', { drops })).toMatchObject({ verdict: 'refused', by: 'Cilium policy' });
  });

  it.each([
    ['of another source', drop('10.200.3.13', '10.200.2.11', 8443, 1003)],
    ['of another destination', drop('10.200.3.12', '10.200.3.11', 8443, 1003)],
    ['of another port', drop('10.200.3.12', '10.200.2.11', 8444, 1003)],
    ['for another reason', drop('10.200.3.12', '10.200.2.11', 8443, 1003).replace('Policy denied', 'Invalid packet')],
    ['that was cut off', drop('10.200.3.12', '10.200.2.11', 8443, 1003).slice(0, -5)],
    ['at all', ''],
  ])('was not, without a drop: one %s', (_what, line) => {
    expect(verdict(stranger, 124, '', { drops: dropsIn('vm2', line) })).toMatchObject({
      verdict: 'unclear',
      by: null,
      happened: 'no connection',
    });
  });

  it('tells a host and a namespace without a label by Cilium’s own identities', () => {
    const asHost = probe('call of a host process', 'vm1', 'stock@vm2');
    const bare = probe('call without a label', 'unlabelled@vm1', 'stock@vm2');
    // Another host has a number of its own on each host, above all others.
    const [host, init, other] = [1, 5, 0x2000004].map((id) =>
      dropsIn('vm2', drop('10.200.2.99', '10.200.3.11', 8443, id)),
    );
    expect(verdict(asHost, 124, '', { drops: host ?? [] }).by).toBe('Cilium policy');
    expect(verdict(asHost, 124, '', { drops: other ?? [] }).by).toBe('Cilium policy');
    expect(verdict(asHost, 124, '', { drops: init ?? [] }).by).toBeNull();
    expect(verdict(bare, 124, '', { drops: init ?? [] }).by).toBe('Cilium policy');
    expect(verdict(bare, 124, '', { drops: host ?? [] }).by).toBeNull();
  });
});

describe('a certificate', () => {
  const alert = (text: string, number: number): string =>
    `ended 0\nCONNECTED(00000003)\nVerify return code: 0 (ok)\n40:error:0A00045C:SSL routines:ssl3_read_bytes:${text}:../ssl/record/rec_layer_s3.c:1586:SSL alert number ${number}\n`;

  it('was refused by the TLS that answered with an alert', () => {
    const none = probe('no certificate', 'shop@vm1', 'stock@vm2');
    expect(verdict(none, 0, alert('tlsv13 alert certificate required', 116))).toMatchObject({
      verdict: 'refused',
      by: 'Envoy TLS',
      happened: 'alert: certificate required',
    });
  });

  it('is not refused by a server that takes the connection and says nothing', () => {
    const plain = probe('plaintext', 'shop@vm1', 'stock@vm2');
    const said = (why: string) => verdict(plain, 0, `curl: ${why}\n\n000 0.000124`);
    expect(said('(52) Empty reply from server')).toMatchObject({ verdict: 'refused', by: 'Envoy TLS' });
    expect(said('(28) Operation timed out after 6001 milliseconds with 0 bytes received')).toMatchObject({
      verdict: 'unclear',
      happened: 'connected, no answer',
    });
  });

  it('is not refused for a connection that never stood', () => {
    const none = probe('no certificate', 'shop@vm1', 'stock@vm2');
    expect(verdict(none, 0, 'ended 124\n').verdict).toBe('unclear');
  });

  it('is taken only by the service it was shown to', () => {
    const right = probe('SVID of one that may call', 'shop@vm1', 'stock@vm2');
    const answer = (id: string): string =>
      `ended 0\n    URI:${id}, DNS:stock.mesh.internal\nCONNECTED(00000003)\nVerify return code: 0 (ok)\nHTTP/1.1 200 OK\n`;
    expect(verdict(right, 0, answer('spiffe://mesh.internal/stock')).verdict).toBe('allowed');
    expect(verdict(right, 0, answer('spiffe://mesh.internal/other')).verdict).toBe('unclear');
  });
});

describe('a program that speaks TLS itself', () => {
  const none = (by: Layer): Probe => ({
    ...probe('no certificate', 'shop@vm1', 'stock@vm2'),
    expect: { allowed: false, by },
  });
  const answered = (status: string): string =>
    `ended 0\n    URI:spiffe://mesh.internal/stock\nCONNECTED(00000003)\nVerify return code: 0 (ok)\nHTTP/1.1 ${status}\n`;

  it.each(['400 Bad Request', '403 Forbidden'])('may refuse by what it answers: %s', (status) => {
    expect(verdict(none('its own TLS'), 0, answered(status))).toMatchObject({
      verdict: 'refused',
      by: 'its own TLS',
      happened: `answered ${status.slice(0, 3)}`,
    });
  });

  it.each(['401 Unauthorized', '403 Forbidden'])('did not let in one that it answered %s', (status) => {
    const own = 'spiffe://mesh.internal/stock';
    const twin = {
      ...probe('SVID of one that may call', 'shop@vm1', 'stock@vm2'),
      expect: { allowed: true, own, by: 'its own TLS' } as const,
    };
    expect(verdict(twin, 0, answered(status)).verdict).toBe('refused');
  });

  it('does not refuse by any other answer, and a sidecar by none', () => {
    expect(verdict(none('its own TLS'), 0, answered('200 OK')).verdict).toBe('allowed');
    expect(verdict(none('its own TLS'), 0, answered('404 Not Found')).verdict).toBe('allowed');
    expect(verdict(none('Envoy TLS'), 0, answered('403 Forbidden')).verdict).toBe('allowed');
  });
});

describe('a zone transfer', () => {
  const transfer = probe('zone transfer by a stranger', 'vm2', 'DNS on vm1');
  const failed = (status: string): string =>
    `;; ->>HEADER<<- opcode: QUERY, status: ${status}, id: 1\n; Transfer failed.\n`;

  it('is refused by a server that says so, and not by one that only fails', () => {
    expect(verdict(transfer, 0, failed('REFUSED'))).toMatchObject({ verdict: 'refused', by: 'CoreDNS' });
    expect(verdict(transfer, 0, failed('SERVFAIL'))).toMatchObject({ verdict: 'unclear', happened: 'SERVFAIL' });
    expect(verdict(transfer, 0, '; Transfer failed.\n')).toMatchObject({ verdict: 'refused', by: 'CoreDNS' });
  });
});

describe('the report', () => {
  const seen = (outcomes: Seen['outcomes']): Seen => ({ ...NOTHING, outcomes });
  const question = probe('question from a host', 'control', 'DNS on control');
  const outside = probe('question from outside the acl', 'stranger beside control', 'DNS on control');
  const refusal = { status: 0, text: ';; ->>HEADER<<- opcode: QUERY, status: REFUSED, id: 1\n' };
  const answer = {
    status: 0,
    text: ';; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1\ncontrol.mesh.internal. 60 IN A 192.0.2.1\n',
  };

  it('counts a refusal only beside its twin that passed', () => {
    const both = [question, outside];
    const results = (first: { status: number; text: string }) =>
      linesOf(both, seen({ [question.id]: first, [outside.id]: refusal }), SITE).map(({ result }) => result);
    expect(results(answer)).toEqual(['as expected', 'as expected']);
    expect(results(refusal)).toEqual(['differs', 'unproven']);
  });

  it('takes nothing for granted when the hosts answer nothing', () => {
    const lines = linesOf(PROBES, NOTHING, SITE);
    expect(lines.filter(({ result }) => result === 'as expected')).toEqual([]);
  });

  it('says of each verdict that differs what was expected and what was seen', () => {
    const table = tableOf(linesOf([question], seen({ [question.id]: refusal }), SITE));
    expect(table.split('\n').map((line) => line.trimEnd())).toEqual([
      '   tried                 from     to              expected  happened  refused by',
      '─  ────────────────────  ───────  ──────────────  ────────  ────────  ──────────',
      '✖  question from a host  control  DNS on control  allowed   REFUSED   CoreDNS',
      '',
      '0 of 1 as expected: 0 allowed, 0 refused',
      '',
      `${question.id} question from a host, control to DNS on control: expected allowed, got REFUSED by CoreDNS`,
      '  ;; ->>HEADER<<- opcode: QUERY, status: REFUSED, id: 1',
    ]);
  });

  it('goes on in a further line where a list is long, so that the table stays readable', () => {
    const many = Array.from({ length: 5 }, (_, index) => ({
      ...question,
      id: `q${index}`,
      from: `service${index}@vm1`,
    }));
    const outcomes = Object.fromEntries(many.map(({ id }) => [id, refusal]));
    expect(
      tableOf(linesOf(many, seen(outcomes), SITE))
        .split('\n')
        .slice(2, 5),
    ).toEqual([
      '✖  question from a host  service0@vm1, service1@vm1,  DNS on control  allowed   REFUSED   CoreDNS',
      '                         service2@vm1, service3@vm1,',
      '                         service4@vm1',
    ]);
  });

  it('is JUnit with a failure for each verdict that differs', () => {
    const junit = junitOf(linesOf([question], seen({ [question.id]: { status: 9, text: '<&"\u0007' } }), SITE));
    expect(junit).toContain('<testsuite name="verify" tests="1" failures="1">');
    expect(junit).toContain('status 9: &lt;&amp;&quot;');
    expect(junit).not.toContain('\u0007');
  });
});

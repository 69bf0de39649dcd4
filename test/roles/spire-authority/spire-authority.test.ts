import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveArguments } from '../../../engine/arguments.ts';
import { type Authorities, parseAuthorities, planRotation } from '../../../roles/spire-authority/lib/authority.ts';
import { certificatesIn, parseAgent, signedBy } from '../../../roles/spire-authority/lib/certificate.ts';
import spireAgentTrust, { FETCH } from '../../../roles/spire-authority/modules/spire_agent_trust.ts';
import spireAuthority from '../../../roles/spire-authority/modules/spire_authority.ts';
import { FakeHost } from '../../support/fake.ts';
import { controllerFor } from '../../support/module.ts';

const captured = JSON.parse(readFileSync(join(import.meta.dirname, 'captured.json'), 'utf8'));
const text = (key: string): string => JSON.stringify(captured[key]);
const now = parseAuthorities('x509', text('x509'), text('bundle'));
const asn1 = captured.bundle.x509_authorities.map((one: { asn1: string }) => one.asn1) as string[];

const state = (given: Partial<Authorities>): Authorities => ({
  active: 'a',
  prepared: null,
  old: null,
  upstream: null,
  bundle: [{ id: 'a', tainted: false }],
  ...given,
});
const old = (tainted: boolean): Authorities =>
  state({
    active: 'b',
    old: 'a',
    bundle: [...state({}).bundle.map((one) => ({ ...one, tainted })), { id: 'b', tainted: false }],
  });

describe('the authorities of a SPIRE server', () => {
  it('are read, those in the bundle under the names the server gives them', () => {
    expect([now.active, now.prepared]).toEqual([
      captured.x509.active.authority_id,
      captured.x509.prepared.authority_id,
    ]);
    expect(now.bundle.map(({ id }) => id)).toEqual([now.active, now.prepared]);
    const jwt = parseAuthorities('jwt', text('jwt'), text('bundle'));
    expect(jwt.bundle.map(({ id }) => id)).toContain(jwt.active);
  });

  it('are replaced by one that was prepared, and no other than the one that is to go', () => {
    expect(planRotation(state({}), 'prepared', 'a')).toEqual([{ key: 'prepared', before: null, after: 'a new one' }]);
    expect(planRotation(state({ prepared: 'b' }), 'prepared', 'a')).toEqual([]);
    expect(planRotation(state({ prepared: 'b' }), 'replaced', 'a')).toEqual([
      { key: 'active', before: 'a', after: 'b' },
    ]);
    expect(planRotation(old(false), 'prepared', 'a')).toEqual([]);
    expect(planRotation(old(false), 'replaced', 'a')).toEqual([]);
    expect(() => planRotation(state({}), 'replaced', 'a')).toThrow('no authority is prepared to replace a');
  });

  it('lose their trust only when what they signed was renewed', () => {
    expect(planRotation(old(false), 'tainted')).toEqual([{ key: 'tainted', before: null, after: 'a' }]);
    expect(planRotation(old(true), 'tainted')).toEqual([]);
    expect(() => planRotation(old(false), 'revoked')).toThrow('the old authority a is not tainted');
    expect(planRotation(old(true), 'revoked')).toEqual([{ key: 'revoked', before: null, after: 'a' }]);
    const gone = state({ active: 'b', old: 'a', bundle: [{ id: 'b', tainted: false }] });
    expect([planRotation(gone, 'tainted'), planRotation(gone, 'revoked')]).toEqual([[], []]);
  });

  it('are prepared, activated, tainted and revoked by the server’s own commands', async () => {
    const ready = { socket: '/s', kind: 'jwt', program: '/p', state: 'tainted', check: false } as const;
    const end = ['-output', 'json', '-socketPath', '/s'];
    const host = new FakeHost([
      { argv: ['/p', 'localauthority', 'jwt', 'prepare', ...end] },
      { argv: ['/p', 'localauthority', 'jwt', 'activate', '-authorityID', 'b', ...end] },
      { argv: ['/p', 'localauthority', 'jwt', 'taint', '-authorityID', 'a', ...end] },
      { argv: ['/p', 'localauthority', 'jwt', 'revoke', '-authorityID', 'a', ...end] },
    ]);
    for (const [at, reached] of [
      [state({}), 'prepared'],
      [state({ prepared: 'b' }), 'replaced'],
      [old(false), 'tainted'],
      [old(true), 'revoked'],
    ] as const)
      await spireAuthority.apply(host, planRotation(at, reached, 'a'), ready, controllerFor({}), at);
    host.done();
  });

  it('are left alone when another one above them signs', () => {
    const ready = { socket: '/s', kind: 'x509', program: '/p', check: false, authority: 'a' } as const;
    const above = state({ upstream: 'u' });
    expect(() => spireAuthority.plan(above, { ...ready, state: 'prepared' })).toThrow(
      'this SPIRE server’s authority is signed by another one above it',
    );
    expect(spireAuthority.plan(above, ready)).toEqual([]);
  });
});

describe('what an agent trusts', () => {
  const [active, prepared] = parseAgent(text('agent')).bundle;

  it('is told from what it keeps, and who signed an SVID too', () => {
    const svid = certificatesIn(Buffer.from(captured.svid, 'base64'));
    expect(active && signedBy(svid, active)).toBe(true);
    expect(prepared && signedBy(svid, prepared)).toBe(false);
  });

  const wait = async (args: Record<string, unknown>, svid: string) => {
    const given = resolveArguments(
      spireAgentTrust,
      { workloads: [{ user: 'web' }], timeout: 0, program: '/opt/spire/current/spire-agent', ...args } as never,
      undefined,
    );
    const host = new FakeHost([
      { readFile: '/var/lib/spire/agent/agent-data.json', answer: { file: text('agent') } },
      ...('retired' in args
        ? [
            {
              argv: [
                'sh',
                '-c',
                FETCH,
                'sh',
                'web',
                '/opt/spire/current/spire-agent',
                '/run/spire/agent/public/api.sock',
                '',
              ],
              answer: { stdout: svid },
            },
          ]
        : []),
    ]);
    return (await spireAgentTrust.act(host, given as never, controllerFor({}))).failed;
  };

  it('is waited for', async () => {
    expect(await wait({ trusts: asn1 }, '')).toBeUndefined();
    expect(await wait({ trusts: asn1, retired: asn1[1] }, `${captured.svid}\n`)).toBeUndefined();
  });

  it('is named when it is not as it should be', async () => {
    expect(await wait({ trusts: [asn1[0]] }, '')).toBe(
      `after 0 s the agent is not as far: it still trusts ${now.prepared}`,
    );
    expect(await wait({ retired: asn1[0] }, `${captured.svid}\n`)).toBe(
      'after 0 s the agent is not as far: its own SVID was signed by the retired authority; the SVID of web was signed by the retired authority',
    );
    expect(await wait({ retired: asn1[1] }, '')).toBe('after 0 s the agent is not as far: web is given no SVID');
  });
});

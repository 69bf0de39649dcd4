import { describe, expect, it } from 'vitest';
import { formatProblem, Problem } from '../../../engine/problem.ts';
import revokeCheck from '../../../roles/revoke/modules/revoke_check.ts';
import spireRevoked from '../../../roles/revoke/modules/spire_revoked.ts';
import { FakeHost } from '../../support/fake.ts';
import { controllerFor } from '../../support/module.ts';

const KNOWN = {
  services: ['service1', 'service2'],
  hosts: ['control', 'vm1'],
  foundation: { spire_server: ['control'] },
  revoked_services: ['old'],
  revoked_hosts: [],
};

describe('revoke_check', () => {
  const check = async (service: string, host: string): Promise<unknown> => {
    const args = { ...KNOWN, service, host };
    const thrown = await revokeCheck.evaluate(args, {} as never, controllerFor({})).catch((error: unknown) => error);
    return thrown instanceof Problem ? formatProblem(thrown) : (thrown as { returns: unknown }).returns;
  };

  it('answers all that is revoked then', async () => {
    expect(await check('service1', '')).toEqual({ services: ['old', 'service1'], hosts: [] });
    expect(await check('', 'vm1')).toEqual({ services: ['old'], hosts: ['vm1'] });
  });

  it('refuses what it does not know, and what the mesh stands on', async () => {
    expect(await check('servcie1', '')).toBe('the mesh has no service "servcie1"\n  mend: did you mean "service1"?');
    expect(await check('', 'somewhere')).toBe('the mesh has no host "somewhere"\n  mend: it has control, vm1');
    expect(await check('', '')).toBe(
      'revoke.yml takes one service or one host\n  mend: run with -e service=NAME, or with -e host=NAME',
    );
    expect(await check('', 'control')).toBe(
      'control is in the group spire_server, which the mesh stands on\n  mend: take it out of spire_server in the inventory and run site.yml; if it fell into other hands, build a new one and rotate: docs/operations.md',
    );
  });
});

describe('spire_revoked', () => {
  const args = { socket: '/s', program: '/p', trust_domain: 't', services: ['web'], hosts: ['vm2'] };
  const end = ['-output', 'json', '-socketPath', '/s'];
  const id = (path: string) => ({ trust_domain: 't', path });
  const entry = (name: string, spiffe: string, parent: string) => ({
    id: name,
    spiffe_id: id(spiffe),
    parent_id: id(parent),
  });
  const entries = [
    entry('mp.vm1.web', '/web', '/node/vm1'),
    entry('mp.vm1.shop', '/shop', '/node/vm1'),
    entry('mp.vm2.shop', '/shop', '/node/vm2'),
    entry('alias', '/node/vm2', '/spire/agent/join_token/x'),
  ];
  const agents = [
    { id: id('/spire/agent/join_token/x'), banned: false },
    { id: id('/spire/agent/x509pop/cn/vm2'), banned: false },
    { id: id('/spire/agent/x509pop/cn/vm1'), banned: false },
  ];
  const probe = (shown: object[], listed: object[]) =>
    spireRevoked.probe(
      new FakeHost([
        { argv: ['/p', 'entry', 'show', ...end], answer: { stdout: JSON.stringify({ entries: shown }) } },
        { argv: ['/p', 'entry', 'show', '-downstream', ...end], answer: { stdout: '{"entries":[]}' } },
        { argv: ['/p', 'agent', 'list', ...end], answer: { stdout: JSON.stringify({ agents: listed }) } },
      ]),
      args,
    );

  it('bans the agents of a host and deletes what it or a service has, and no more', async () => {
    const state = await probe(entries, agents);
    const changes = spireRevoked.plan(state, args);
    expect(changes.map(({ key, after }) => [key, after])).toEqual([
      ['agent spiffe://t/spire/agent/join_token/x', 'banned'],
      ['agent spiffe://t/spire/agent/x509pop/cn/vm2', 'banned'],
      ['entry mp.vm1.web', null],
      ['entry mp.vm2.shop', null],
    ]);
    const host = new FakeHost([
      { argv: ['/p', 'agent', 'ban', '-spiffeID', 'spiffe://t/spire/agent/join_token/x', ...end] },
      { argv: ['/p', 'agent', 'ban', '-spiffeID', 'spiffe://t/spire/agent/x509pop/cn/vm2', ...end] },
      {
        argv: ['/p', 'entry', 'delete', '-file', '-', ...end],
        stdin: '{"ids":["mp.vm1.web","mp.vm2.shop"]}',
        answer: { stdout: '{"results":[{"status":{"code":0}},{"status":{"code":13,"message":"broken"}}]}' },
      },
    ]);
    const thrown = await spireRevoked
      .apply(host, changes, args, controllerFor({}), state)
      .catch((error: unknown) => error);
    expect(formatProblem(thrown as Problem)).toBe('SPIRE refused to delete entries\n    mp.vm2.shop: broken');
  });

  it('has nothing to do when that is done', async () => {
    const banned = agents.map((agent) => ({ ...agent, banned: agent.id.path !== '/spire/agent/x509pop/cn/vm1' }));
    expect(spireRevoked.plan(await probe([entries[1] as object, entries[3] as object], banned), args)).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import type { Controller, Evaluator } from '../../../engine/module.ts';
import { formatProblem, type Problem } from '../../../engine/problem.ts';
import revokeCheck from '../../../roles/revoke/modules/revoke_check.ts';
import spireRevoked from '../../../roles/revoke/modules/spire_revoked.ts';
import { FakeHost } from '../../support/fake.ts';
import { controllerFor } from '../../support/module.ts';

const WISH = {
  service: '',
  host: '',
  services: ['service1', 'service2'],
  hosts: ['control', 'vm1', 'vm2'],
  foundation: { spire_server: ['control'], etcd: ['control'], coredns: ['control', 'vm1'] },
  revoked_services: ['old'],
  revoked_hosts: [],
};

describe('revoke_check', () => {
  const check = async (wish: object) =>
    (await revokeCheck.evaluate({ ...WISH, ...wish }, {} as Evaluator, {} as Controller)).returns;
  const said = async (wish: object): Promise<string> =>
    check(wish).then(
      (answer) => JSON.stringify(answer),
      (problem: Problem) => formatProblem(problem),
    );

  it('answers all that is revoked then, what was before included', async () => {
    expect(await check({ service: 'service2' })).toEqual({ services: ['old', 'service2'], hosts: [] });
    expect(await check({ host: 'vm2' })).toEqual({ services: ['old'], hosts: ['vm2'] });
    expect(await check({ service: 'service2', revoked_services: ['service2'] })).toEqual({
      services: ['service2'],
      hosts: [],
    });
  });

  it('takes one service or one host, and only what there is', async () => {
    const both = 'revoke.yml takes one service or one host\n  mend: run with -e service=NAME, or with -e host=NAME';
    expect(await said({})).toBe(both);
    expect(await said({ service: 'service1', host: 'vm2' })).toBe(both);
    expect(await said({ service: 'servce1' })).toBe(
      'the mesh has no service "servce1"\n  mend: did you mean "service1"?',
    );
    expect(await said({ host: 'elsewhere' })).toBe(
      'the mesh has no host "elsewhere"\n  mend: it has control, vm1, vm2',
    );
  });

  it('takes no host that the mesh stands on', async () => {
    expect(await said({ host: 'vm1' })).toBe(
      'vm1 is in the group coredns, which the mesh stands on\n' +
        '  mend: take it out of coredns in the inventory and run site.yml; if it fell into other hands, build a new one and rotate: docs/operations.md',
    );
  });
});

describe('spire_revoked', () => {
  const id = (path: string) => ({ trust_domain: 'td', path });
  const args = { socket: '/s', program: 'spire', trust_domain: 'td', services: ['service2'], hosts: ['vm2'] };
  const shown = {
    entries: [
      { id: 'alias', spiffe_id: id('/node/vm2'), parent_id: id('/spire/agent/x509pop/vm2') },
      { id: 'mp.vm1.service2', spiffe_id: id('/service2'), parent_id: id('/node/vm1') },
      { id: 'mp.vm2.service3', spiffe_id: id('/service3'), parent_id: id('/node/vm2') },
      { id: 'mp.vm1.service1', spiffe_id: id('/service1'), parent_id: id('/node/vm1') },
    ],
  };
  const agents = {
    agents: [
      { id: id('/spire/agent/x509pop/vm2'), banned: false },
      { id: id('/spire/agent/x509pop/vm1'), banned: false },
    ],
  };
  const asked = (...words: string[]): string[] => ['spire', ...words, '-output', 'json', '-socketPath', '/s'];
  const probed = (list: object) =>
    spireRevoked.probe(
      new FakeHost([
        { argv: asked('entry', 'show'), answer: { stdout: JSON.stringify(shown) } },
        { argv: asked('entry', 'show', '-downstream'), answer: { stdout: '{"entries":[]}' } },
        { argv: asked('agent', 'list'), answer: { stdout: JSON.stringify(list) } },
      ]),
      args,
    );

  it('finds the service on every host, everything of the host, and the agent behind its alias', async () => {
    const changes = spireRevoked.plan(await probed(agents), args);
    expect(changes.map(({ key }) => key)).toEqual([
      'agent spiffe://td/spire/agent/x509pop/vm2',
      'entry mp.vm1.service2',
      'entry mp.vm2.service3',
    ]);
  });

  it('leaves an agent alone that is banned already', async () => {
    const banned = { agents: agents.agents.map((agent) => ({ ...agent, banned: true })) };
    expect((await probed(banned)).agents).toEqual([]);
  });

  it('bans before it deletes, and judges each item of a batch', async () => {
    const state = await probed(agents);
    const answered = (code: number) =>
      new FakeHost([
        { argv: asked('agent', 'ban', '-spiffeID', 'spiffe://td/spire/agent/x509pop/vm2') },
        {
          argv: asked('entry', 'delete', '-file', '-'),
          stdin: JSON.stringify({ ids: ['mp.vm1.service2', 'mp.vm2.service3'] }),
          answer: {
            stdout: JSON.stringify({ results: [{ status: { code: 5 } }, { status: { code, message: 'no' } }] }),
          },
        },
      ]);
    const apply = (host: FakeHost) =>
      spireRevoked.apply(host, spireRevoked.plan(state, args), args, controllerFor({}), state);
    await apply(answered(0));
    await expect(apply(answered(13))).rejects.toMatchObject({
      what: 'SPIRE refused to delete entries',
      details: ['mp.vm2.service3: no'],
    });
  });
});

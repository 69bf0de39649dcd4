import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Controller, Evaluator } from '../../../engine/module.ts';
import { identitiesOf } from '../../../roles/verify/lib/plan.ts';
import type { Probe } from '../../../roles/verify/lib/probe.ts';
import verifyHost from '../../../roles/verify/modules/verify_host.ts';
import verifyJudge from '../../../roles/verify/modules/verify_judge.ts';
import verifyLook from '../../../roles/verify/modules/verify_look.ts';
import verifyMint from '../../../roles/verify/modules/verify_mint.ts';
import verifyPlan from '../../../roles/verify/modules/verify_plan.ts';
import verifyTry from '../../../roles/verify/modules/verify_try.ts';
import { FakeHost } from '../../support/fake.ts';
import { controllerFor } from '../../support/module.ts';
import { MESH, PROBES, probe, SITE } from './site.ts';
import { TRIES } from './tried.ts';

const FILES = join(import.meta.dirname, '../../../roles/verify/files');
const secrets: string[] = [];
const controller: Controller = controllerFor({
  find: async (_kind, path) => join(FILES, path),
  secret: (value) => {
    secrets.push(value);
  },
});

describe('verify_look', () => {
  const args = {
    name: 'vm1',
    address: '192.0.2.2',
    ssh_port: 22,
    namespaces: { shop: 'mesh-shop', stock: 'mesh-stock' },
  };

  it('answers the addresses that namespaces have', async () => {
    const host = new FakeHost([
      {
        script: /command -v/,
        args: ['mesh-shop', 'mesh-stock'],
        answer: {
          stdout:
            '\nyes\nmesh-shop 7: eth0    inet 10.200.2.10/32 scope global eth0\\       valid_lft forever\n\nmesh-stock \n',
        },
      },
    ]);
    const { returns } = await verifyLook.ask(host, args, controller);
    const { name, address, ssh_port } = args;
    expect(returns).toEqual({
      ansible_facts: { verify_host: { name, address, ssh_port, endpoints: { shop: '10.200.2.10' }, cilium: true } },
    });
  });

  it('says which tools a host lacks', async () => {
    const host = new FakeHost([{ script: /command -v/, answer: { stdout: 'curl dig \nno\n' } }]);
    expect((await verifyLook.ask(host, args, controller)).failed).toBe(
      'the probes need curl, dig on vm1: install curl, openssl, dnsutils',
    );
  });
});

describe('verify_mint', () => {
  it('keeps what it made secret, and puts no key in a command line', async () => {
    const host = new FakeHost([
      {
        script: /x509 mint/,
        args: [
          '/run/mesh-verify-mint',
          '/s.sock',
          '/spire-server',
          'mesh.internal',
          'zone.internal',
          'expired/shop',
          'minted/shop',
        ],
        answer: { stdout: 'dGFy' },
      },
    ]);
    const args = {
      identities: ['expired/shop', 'minted/shop'],
      trust_domain: 'mesh.internal',
      zone: 'zone.internal',
      socket: '/s.sock',
      program: '/spire-server',
    };
    expect((await verifyMint.act(host, args, controller)).returns).toEqual({ material: 'dGFy' });
    expect(secrets).toContain('dGFy');
  });
});

describe('verify_host', () => {
  const names = ['/run/mesh-verify', 'mesh-verify', 'mesh-verify-dns'];
  const begun = async (probes: Probe[], words: string[], stdin?: string) => {
    const host = new FakeHost([
      { script: /Takes away/, args: names },
      { script: /Makes what/, args: ['/run/mesh-verify', ...words], ...(stdin === undefined ? {} : { stdin }) },
    ]);
    await verifyHost.act(host, { state: 'begun', material: 'dGFy', cilium: true, probes, sidecars: {} }, controller);
    host.done();
  };

  it('takes away what a run that was cut off left, then begins with the material on standard input', async () => {
    const shown = probe('no certificate', 'shop@vm1', 'stock@vm2');
    const bare = probe('call without a label', 'unlabelled@vm1', 'stock@vm2');
    const call = probe('allowed call by name', 'shop@vm1', 'stock');
    await begun([shown, bare, call], ['material', 'drops', 'mesh-verify', '-', 'shop'], 'dGFy');
  });

  it('makes nothing that none of the probes needs, and gives no keys to a host that shows none', async () => {
    const outside = probe('question from outside the acl', 'stranger beside control', 'DNS on control');
    await begun([outside], ['-', 'drops', '-', 'mesh-verify-dns'], '');
  });

  it('tells at the end what was dropped and who called, and takes all of it away', async () => {
    const dropped =
      '{"type":"drop","reason":"Policy denied","srcLabel":5,"dstLabel":9,"summary":{"l3":{"src":"10.0.0.1","dst":"10.0.0.2"},"l4":{"src":"1","dst":"8443"}}}';
    const called = '{"direction":"inbound","path":"/","response_code":200}';
    const host = new FakeHost([
      {
        script: /journalctl/,
        args: ['/run/mesh-verify', 'mesh-sidecar-stock.service'],
        answer: {
          stdout: `== address\n10.0.0.1\n== drops\nnoise\n${dropped}\n== mesh-sidecar-stock.service\nstarting\n${called}\n`,
        },
      },
      { script: /Takes away/ },
    ]);
    const args = { state: 'ended' as const, sidecars: { stock: 'mesh-sidecar-stock.service' } };
    const { returns } = await verifyHost.act(host, args, controller);
    expect(returns).toMatchObject({
      unlabelled: '10.0.0.1',
      drops: [{ host: 'fake', from: '10.0.0.1', to: '10.0.0.2', port: 8443, source: 5 }],
      accesses: [{ service: 'stock', code: 200 }],
    });
    host.done();
  });
});

describe('verify_try', () => {
  it('sends the probes of each place and reads what came of each', async () => {
    const one = probe('question from a host', 'control', 'DNS on control');
    const words = ['-', '-', `${one.id}\tdns\t192.0.2.1\tcontrol.mesh.internal\tA\n`];
    const stdout = ['no', 'answer', '= 9'].map((line) => `./1.said:${one.id}.said:${line}\n`).join('');
    const host = new FakeHost([
      { script: /Tries what/, args: ['/run/mesh-verify', '/a.sock', '/agent', TRIES, ...words], answer: { stdout } },
    ]);
    const { returns } = await verifyTry.act(host, { probes: [one], socket: '/a.sock', program: '/agent' }, controller);
    expect(returns).toEqual({ outcomes: { [one.id]: { status: 9, text: 'no\nanswer' } } });
  });
});

describe('verify_plan and verify_judge', () => {
  it('plan what the hosts allow, and find nothing proven when nothing was seen', async () => {
    const dns = { control: '192.0.2.1', vm1: '192.0.2.2', elsewhere: '192.0.2.9' };
    const { hosts, workloads, logins } = SITE;
    const planned = await verifyPlan.evaluate(
      { mesh: MESH, hosts, dns, workloads, logins },
      {} as Evaluator,
      controller,
    );
    expect(planned.returns).toEqual({ probes: PROBES, site: SITE, identities: identitiesOf(PROBES) });
    const judged = await verifyJudge.evaluate(
      { probes: PROBES, site: SITE, outcomes: [{}], seen: { vm1: { drops: [], accesses: [], unlabelled: '' } } },
      {} as Evaluator,
      controller,
    );
    expect(judged.returns?.['differ']).toBe(PROBES.length);
  });
});

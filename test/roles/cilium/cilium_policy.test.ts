import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Mapping } from '../../../engine/value.ts';
import { policyFile } from '../../../roles/cilium/lib/policy.ts';
import ciliumPolicy from '../../../roles/cilium/modules/cilium_policy.ts';
import { type Call, FakeHost } from '../../support/fake.ts';
import { controllerFor, problemOf, runModule, settles, temporaryFolder } from '../../support/module.ts';
import { thrownBy } from '../../support/thrown.ts';

const top = temporaryFolder();
const newFolder = (): string => mkdtempSync(join(top, 'policies-'));
const selector = (id: string): Mapping => ({ matchLabels: { 'any:spiffe.io/spiffeid': `spiffe://td/${id}` } });
const WEB = { endpointSelector: selector('web'), ingress: [{ fromEndpoints: [selector('api')] }] };
const API = { endpointSelector: selector('api'), egress: [{ toEndpoints: [selector('web')] }] };
const HOSTS = { nodeSelector: {}, ingress: [{ fromEntities: ['all'] }] };

describe('cilium_policy', () => {
  it('writes policies that only root reads, takes away what its owner has no longer, and leaves others alone', async () => {
    const folder = newFolder();
    const foreign = 'apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\n';
    writeFileSync(join(folder, 'foreign.yaml'), foreign);
    writeFileSync(join(folder, 'another.yaml'), policyFile('another', WEB, 'another'));
    const policies = [
      { name: 'web', spec: WEB },
      { name: 'api', spec: API },
    ];
    await settles(ciliumPolicy, { folder, policies, prune: true });
    expect(readdirSync(folder).sort()).toEqual(['another.yaml', 'api.yaml', 'foreign.yaml', 'web.yaml']);
    expect(statSync(join(folder, 'web.yaml')).mode & 0o777).toBe(0o600);
    const { changes } = await settles(ciliumPolicy, { folder, name: 'web', spec: API, prune: true });
    expect(changes.map(({ key, after }) => [key, after === null])).toEqual([
      ['api', true],
      ['web', false],
    ]);
    expect(readFileSync(join(folder, 'foreign.yaml'), 'utf8')).toBe(foreign);
    await settles(ciliumPolicy, { folder, name: 'web', state: 'absent' });
    expect(readdirSync(folder).sort()).toEqual(['another.yaml', 'foreign.yaml']);
  });

  it('shows in check mode the policies as they were written, and writes none; not even the folder need be there', async () => {
    const folder = join(top, 'absent');
    const { changes } = await runModule(ciliumPolicy, { folder, name: 'web', spec: WEB }, { check: true });
    expect(changes).toEqual([
      {
        key: 'web',
        before: null,
        after: {
          endpointSelector: { matchLabels: { 'any:spiffe.io/spiffeid': 'td_web' } },
          ingress: [{ fromEndpoints: [{ matchLabels: { 'any:spiffe.io/spiffeid': 'td_api' } }] }],
        },
      },
    ]);
  });

  it('touches no policy of another owner, and no file it did not write', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'web.yaml'), policyFile('web', WEB, 'another'));
    writeFileSync(join(folder, 'api.yaml'), 'kind: CiliumClusterwideNetworkPolicy\n');
    const { what, mend } = await problemOf(ciliumPolicy, { folder, name: 'web', spec: WEB });
    expect(what).toBe(`the policy web in ${folder} is kept by another, not by mesh-play`);
    expect(mend).toBe('choose another name, or take the file away by hand');
    const absent = await problemOf(ciliumPolicy, { folder, name: 'api', state: 'absent' });
    expect(absent.what).toBe(`the policy api in ${folder} is kept by somebody else than mesh-play, not by mesh-play`);
  });

  it('writes anew what got a second document: no agent would read that', async () => {
    const folder = newFolder();
    const ours = policyFile('web', WEB, 'mesh-play');
    writeFileSync(
      join(folder, 'web.yaml'),
      `${ours}---\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {name: api}\n`,
    );
    const { changes } = await settles(ciliumPolicy, { folder, name: 'web', spec: WEB });
    expect(changes.map(({ key }) => key)).toEqual(['web']);
    expect(readFileSync(join(folder, 'web.yaml'), 'utf8')).toBe(ours);
    writeFileSync(join(folder, 'old.yaml'), `${policyFile('old', WEB, 'mesh-play')}---\nkind: X\n`);
    await settles(ciliumPolicy, { folder, name: 'web', spec: WEB, prune: true });
    expect(readdirSync(folder)).toEqual(['web.yaml']);
  });

  it('takes no text of a policy, and no list of several', async () => {
    const text = await problemOf(ciliumPolicy, { folder: top, name: 'two', spec: 'kind: A\n---\nkind: B\n' });
    expect(text.what).toBe('cilium_policy takes a dictionary for "spec", not "kind: A\\n---\\nkind: B\\n"');
    const list = await problemOf(ciliumPolicy, { folder: top, name: 'two', spec: [WEB, API] });
    expect(list.what).toBe('cilium_policy takes a dictionary for "spec", not a list');
  });

  it('tells all that is wrong before it asks a host', async () => {
    const controller = controllerFor({});
    const policies = [
      { name: 'web', spec: { ...WEB, ingres: [] } },
      { name: 'web', spec: WEB },
      { name: 'hosts', spec: HOSTS },
      { name: 'none' },
    ];
    const args = { folder: '/none', owner: 'me', prune: false, state: 'present' as const, policies };
    const { what, details } = await thrownBy(ciliumPolicy.prepare?.(controller, args) as Promise<unknown>);
    expect(what).toBe('web: spec: "ingres" is not taken; did you mean "ingress"?');
    expect(details).toEqual([
      'also: web: there are two policies of this name',
      'also: hosts: spec.nodeSelector: a policy for hosts can cut off SSH, so it needs "confirm"',
      'also: none: spec: takes either endpointSelector or nodeSelector',
      'also: none: spec: there is no rule in it; Cilium takes none of that kind',
    ]);
  });

  it.each(['../evil', 'Web', 'a..b', 'a-', '-a', 'a.-b', ''])('refuses the name "%s"', async (name) => {
    const { what } = await problemOf(ciliumPolicy, { folder: top, policies: [{ name, spec: WEB }] });
    expect(what).toContain('name');
  });
});

const RUNNING: Call = { script: /is-active cilium/, answer: { stdout: '7\ns=cursor\n1st\n' } };
const texts = { web: policyFile('web', WEB, 'me'), api: policyFile('api', API, 'me') };

/** Applies policies to a host whose folder has `before`; the host must be asked exactly `calls`. */
async function applied(before: Record<string, string>, given: Mapping, calls: Call[]): Promise<unknown> {
  const host = new FakeHost(calls);
  const args = { folder: '/f', owner: 'me', prune: true, state: 'present' as const, ...given } as never;
  const controller = controllerFor({});
  const ready = await ciliumPolicy.prepare?.(controller, args);
  const state = { texts: before, guard: 'none' as const };
  const changes = ciliumPolicy.plan(state, ready as never);
  const thrown = await ciliumPolicy
    .apply(host, changes, ready as never, controller, state)
    .catch((error: unknown) => error);
  host.done();
  return thrown;
}

describe('cilium_policy beside an agent', () => {
  const policies = [{ name: 'web', spec: WEB }];

  it('takes away before it writes, and waits for the agent to have read each file', async () => {
    const thrown = await applied({ api: texts.api }, { policies }, [
      RUNNING,
      { argv: ['rm', '-f', '--', '/f/api.yaml'] },
      { write: '/f/web.yaml', text: texts.web },
      { script: /after-cursor/, args: ['/f', '8', 's=cursor', '1st', '180', '-api', '+web'] },
    ]);
    expect(thrown).toBeUndefined();
  });

  it('puts back what was there, byte by byte, when the agent refuses, and says what it said', async () => {
    const old = `${texts.web.trim()}  \n\n`;
    const thrown = await applied({ web: old, api: texts.api }, { policies }, [
      RUNNING,
      { argv: ['rm', '-f', '--', '/f/api.yaml'] },
      { write: '/f/web.yaml', text: texts.web },
      { script: /after-cursor/, answer: { status: 1, stdout: 'level=error msg="no"\n' } },
      { script: /is-active cilium/, answer: { stdout: '9\ns=later\n2nd\n' } },
      { write: '/f/api.yaml', text: texts.api },
      { write: '/f/web.yaml', text: old },
      { argv: ['systemctl', 'start', 'cilium'], answer: { status: 1 } },
      { script: /after-cursor/, args: ['/f', '11', 's=later', '2nd', '180', '+api', '+web'] },
    ]);
    expect(thrown).toMatchObject({
      code: 'policy-refused',
      what: 'the Cilium agent on fake did not take api, web',
      why: 'the policies that were there before are back',
      details: ['level=error msg="no"', 'the agent does not start again'],
    });
  });

  it('only writes where no agent runs', async () => {
    const thrown = await applied({}, { policies }, [
      { script: /is-active cilium/ },
      { write: '/f/web.yaml', text: texts.web },
    ]);
    expect(thrown).toBeUndefined();
  });

  it('sets the guard up before it writes policies for hosts, and takes it away when the agent refuses them', async () => {
    const thrown = await applied({}, { policies: [{ name: 'hosts', spec: HOSTS }], confirm: 20 }, [
      RUNNING,
      { script: /systemd-run/ },
      { write: '/f/hosts.yaml', text: policyFile('hosts', HOSTS, 'me') },
      { script: /after-cursor/, answer: { status: 1, stdout: 'no\n' } },
      { script: /armed restored/, answer: { stdout: 'armed\n' } },
      { script: /is-active cilium/ },
      { argv: ['rm', '-f', '--', '/f/hosts.yaml'] },
      { argv: ['systemctl', 'start', 'cilium'] },
      { script: /systemctl stop mesh-policies-restore/, args: [''] },
    ]);
    expect(thrown).toMatchObject({ code: 'policy-refused' });
  });

  it('says that the host took policies back which cut off this connection too', async () => {
    const thrown = await applied({}, { policies: [{ name: 'hosts', spec: HOSTS }], confirm: 20 }, [
      RUNNING,
      { script: /systemd-run/ },
      { write: '/f/hosts.yaml', text: policyFile('hosts', HOSTS, 'me') },
      { script: /after-cursor/ },
      { argv: ['cilium-dbg', 'policy', 'wait', '8', '--sleep-time', '1', '--max-wait-time', '20'] },
      { script: /armed restored/, answer: { stdout: 'restored\n' } },
    ]);
    expect(thrown).toMatchObject({
      code: 'policies-restored',
      what: 'fake has its policies and its host firewall as they were before',
    });
  });

  it('takes no policy for hosts away without a confirmation', async () => {
    const thrown = await applied({ hosts: policyFile('hosts', HOSTS, 'me') }, { policies }, [RUNNING]);
    expect(thrown).toMatchObject({
      code: 'confirmation-missing',
      what: 'hosts, web: policies for hosts change',
      why: 'they can cut off SSH',
    });
  });
});

import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ended, eventually, labGone, labUp, meshPlay, onHost, recapOf, type Said, whyNoLab } from '../support/lab.ts';

const why = whyNoLab();
const folder = mkdtempSync(join(tmpdir(), 'mesh-play-revoke-'));
const run = (playbook: string, ...words: string[]): Promise<Said> =>
  meshPlay(`playbooks/${playbook}.yml`, '-i', join(folder, 'lab'), ...words);

const AGENT = '/opt/spire/current/spire-agent api fetch x509 -silent -socketPath /run/spire/agent/public/api.sock';
const asks = async (host: string, user: string): Promise<number> =>
  (await onHost(host, `runuser -u ${user} -- ${AGENT}`)).status;
const resolves = async (name: string): Promise<boolean> =>
  (await onHost('control', `getent ahostsv4 ${name}.mesh.internal`)).status === 0;
const changedOn = (said: Said): Record<string, number | undefined> =>
  Object.fromEntries(Object.entries(recapOf(said)).map(([host, counts]) => [host, counts['changed']]));

describe.skipIf(why !== undefined)(
  `revoke.yml on three real hosts${why === undefined ? '' : ` (skipped: ${why})`}`,
  () => {
    beforeAll(async () => {
      // It writes into the inventory.
      cpSync('inventories/lab', join(folder, 'lab'), { recursive: true });
      await labGone();
      expect(ended(await labUp())).toBe('as it should');
      expect(ended(await run('site'))).toBe('as it should');
    });

    afterAll(async () => {
      rmSync(folder, { recursive: true, force: true });
      expect(ended(await labGone())).toBe('as it should');
    });

    it.each([
      ['service=servcie1', 'the mesh has no service "servcie1"', 'did you mean "service1"?'],
      ['host=vm22', 'the mesh has no host "vm22"', 'did you mean "vm2"?'],
      ['host=control', 'control is in the group spire_server, which the mesh stands on', 'take it out of spire_server'],
      ['nothing=x', 'revoke.yml takes one service or one host', 'run with -e service=NAME, or with -e host=NAME'],
    ])('refuses %s before anything is touched', async (words, what, mend) => {
      const said = await run('revoke', '-e', words);
      expect(said.status, said.out).toBe(2);
      expect(said.out).toContain(what);
      expect(said.out).toContain(`mend: ${mend}`);
      expect(changedOn(said)).toEqual({ localhost: 0 });
    });

    it('takes a service out, and site.yml keeps it out', async () => {
      expect(await asks('vm1', 'service1')).toBe(0);
      const said = await run('revoke', '-e', 'service=service1');
      expect(ended(said)).toBe('as it should');
      expect(said.out).toMatch(/SPIRE gives it nothing after \d+\.\d s/);
      await eventually(
        () => asks('vm1', 'service1'),
        (status) => status !== 0,
      );
      const again = await run('revoke', '-e', 'service=service1');
      expect(changedOn(again)).toEqual({ localhost: 0, control: 0, vm1: 0, vm2: 0 });
      expect(ended(await run('site'))).toBe('as it should');
      expect(await asks('vm1', 'service1')).not.toBe(0);
      expect(await asks('vm2', 'service2')).toBe(0);
    });

    it('takes a host out: its agent is banned, its name is gone, and site.yml leaves it alone', async () => {
      const said = await run('revoke', '-e', 'host=vm2');
      expect(ended(said)).toBe('as it should');
      expect(await asks('vm2', 'service2')).not.toBe(0);
      await eventually(
        () => resolves('vm2'),
        (found) => !found,
      );
      const { out } = await onHost(
        'control',
        '/opt/spire/current/spire-server agent list -banned true -socketPath /run/spire/server/private/api.sock',
      );
      expect(out).toContain('Found 1 attested agent');
      const site = await run('site');
      expect(ended(site)).toBe('as it should');
      expect(recapOf(site)['vm2']).toBeUndefined();
      expect((await onHost('vm2', 'systemctl is-active spire-agent')).out).toBe('inactive\n');
      expect(ended(await run('audit'))).toBe('as it should');
    });

    it('is undone by the file that remembers it', async () => {
      expect(readFileSync(join(folder, 'lab/revoked.yml'), 'utf8')).toContain('mesh_revoked_services: ["service1"]');
      rmSync(join(folder, 'lab/revoked.yml'));
      expect(ended(await run('site'))).toBe('as it should');
      expect([await asks('vm1', 'service1'), await asks('vm2', 'service2'), await resolves('vm2')]).toEqual([
        0,
        0,
        true,
      ]);
    });
  },
);

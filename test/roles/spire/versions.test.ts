import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Controller, Evaluator } from '../../../engine/module.ts';
import versionFit from '../../../roles/artifact/modules/version_fit.ts';
import { play, playbook } from '../../support/playbook.ts';

const ROOT = join(import.meta.dirname, '../../..');

const VARIABLES = {
  mesh_zone: 'mesh.internal',
  mesh_address: '192.0.2.1',
  spire_server_address: '192.0.2.1',
  pki_folder: '/nowhere',
  artifact_source: 'release',
};

/** A role's template, with the defaults and version facts of SPIRE's roles. */
async function rendered(role: string, template: string, variables: Record<string, unknown>): Promise<string> {
  const files = [`spire/defaults/main.yml`, `spire/vars/main.yml`, `${role}/defaults/main.yml`];
  const { said, problems, text } = await playbook({
    files: {
      'site.yml': play(
        `- debug: {msg: "{{ lookup('template', '${ROOT}/roles/${role}/templates/${template}') }}"}\n`,
        `  vars_files: [${files.map((file) => `${ROOT}/roles/${file}`).join(', ')}, more.yml]\n`,
      ),
      'more.yml': JSON.stringify({ ...VARIABLES, ...variables }),
    },
    limit: 'b1',
  });
  expect(problems).toEqual([]);
  expect(said, text).toHaveLength(1);
  return said[0] ?? '';
}

const agent = (version: string): Promise<string> =>
  rendered('spire-agent', 'agent.conf.j2', { spire_version: version });
const server = (version: string, tokens: boolean): Promise<string> =>
  rendered('spire-server', 'server.conf.j2', { spire_version: version, spire_jwt_svids: tokens });

describe('what SPIRE is configured with', () => {
  it('is for an agent what its version understands', async () => {
    for (const version of ['1.13.3', '1.14.5', '1.15.1']) expect(await agent(version)).not.toContain('log_selectors');
    for (const version of ['1.15.2', '1.15.3', '1.16.0'])
      expect(await agent(version)).toContain('    log_selectors = ["unix:user", "systemd:id"]\n');
    expect(await agent('1.13.3')).toContain('    join_token_file = "/etc/spire/agent/join_token"\n');
  });

  it('has no tokens where the inventory wants none', async () => {
    expect(await server('1.13.3', true)).not.toContain('disable_jwt_svids');
    expect(await server('1.15.3', true)).not.toContain('disable_jwt_svids');
    expect(await server('1.14.5', false)).toContain('    disable_jwt_svids = true\n');
  });
});

describe('version_fit', () => {
  const warned: string[] = [];
  const controller = { warn: (text: string) => warned.push(text) } as unknown as Controller;
  const judged = (version: string, asked: { what: string; since: string }[] = []) =>
    versionFit.evaluate(
      { product: 'spire', version, oldest: '1.13.3', newest: '1.15.3', asked },
      {} as Evaluator,
      controller,
    );

  it('takes what lies between the oldest and the newest, and later patches', async () => {
    for (const version of ['1.13.3', '1.14.0', '1.15.3', '1.15.20']) expect(await judged(version)).toEqual({});
    expect(warned).toEqual([]);
  });

  it('warns of a newer minor, which gets what the newest gets', async () => {
    expect(await judged('1.16.0')).toEqual({});
    expect(warned).toEqual([
      'spire 1.16.0 is newer than 1.15.3, the newest that was run with these roles: it gets the configuration of that one',
    ]);
  });

  it('refuses what is older, what is no version, and what a version does not have', async () => {
    await expect(judged('1.13.2')).rejects.toThrow(
      'spire 1.13.2 is older than 1.13.3, the oldest that the roles know how to configure',
    );
    await expect(judged('1.13')).rejects.toThrow('spire_version "1.13" is no version');
    const asked = [{ what: 'spire_jwt_svids: false', since: '1.14.0' }];
    await expect(judged('1.13.3', asked)).rejects.toThrow(
      'spire_jwt_svids: false needs spire 1.14.0, and spire_version is 1.13.3',
    );
    expect(await judged('1.14.0', asked)).toEqual({});
  });
});

describe('site.yml', { timeout: 300_000 }, () => {
  const site = (...words: string[]): string => {
    const all = [join(ROOT, 'bin/mesh-play.js'), 'playbooks/site.yml', '-i', 'inventories/prod', ...words];
    const { status, stdout, stderr } = spawnSync(process.execPath, all, { cwd: ROOT, encoding: 'utf8' });
    expect(status, stdout + stderr).toBe(2);
    expect(stdout).not.toContain('SPIRE is in the cache');
    return stdout + stderr;
  };

  it.skipIf(!existsSync(join(ROOT, 'dist')))('refuses versions it does not know before it fetches anything', () => {
    const old = site('-e', 'spire_version=1.12.4');
    expect(old).toContain('spire 1.12.4 is older than 1.13.3, the oldest that the roles know how to configure');
    expect(old).toContain('  mend: set spire_version to 1.13.3 or newer');
    const named = JSON.stringify({ coredns_version: '1.14.2', coredns_upstreams: ['9.9.9.9', 'tls://dns.example'] });
    expect(site('-e', named)).toContain(
      'a name in coredns_upstreams needs coredns 1.14.4, and coredns_version is 1.14.2',
    );
  });
});

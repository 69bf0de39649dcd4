import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import spireAgentIdentity, { identityOf } from '../../../roles/spire-agent/modules/spire_agent_identity.ts';
import { runModule, temporaryFolder } from '../../support/module.ts';

const DAY = 24 * 3600 * 1000;

/** `agent-data.json` as an agent writes it, of an identity that ends after a week. */
function dataOf(id: string): { json: string; pem: string } {
  const folder = temporaryFolder();
  const words = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '7',
    '-subj',
    '/C=US/O=SPIRE',
  ];
  const files = ['-keyout', join(folder, 'key'), '-out', join(folder, 'svid')];
  execFileSync('openssl', ['req', '-x509', ...words, ...files, '-addext', `subjectAltName=URI:${id}`], {
    stdio: 'ignore',
  });
  // It signed itself, so that it does for its bundle too.
  const pem = readFileSync(join(folder, 'svid'));
  const encoded = [pem.toString('base64')];
  return { json: JSON.stringify({ svid: encoded, bundle: encoded, reattestable: false }), pem: pem.toString('utf8') };
}

const BY_TOKEN = 'spiffe://mesh.internal/spire/agent/join_token/4d6ad4a1-0000-4000-8000-000000000000';

describe('spire_agent_identity', () => {
  it('knows an identity in force, one that has ended, and one that was given for another proof', () => {
    const { json } = dataOf(BY_TOKEN);
    const told = (attestor: 'join_token' | 'x509pop', days: number) =>
      identityOf(json, { attestor, bundle: '' }, Date.now() + days * DAY);
    expect(told('join_token', 1)).toMatchObject({ joined: true, other: false, spiffe_id: BY_TOKEN });
    expect(told('join_token', 8)).toMatchObject({ joined: false, other: false });
    expect(told('x509pop', 1)).toMatchObject({ joined: false, other: true });
    expect(identityOf('{}', { attestor: 'x509pop', bundle: '' }, Date.now())).toEqual({
      joined: false,
      other: false,
      spiffe_id: null,
      ends: null,
    });
  });

  it('knows an agent that joined another server by its trusting nothing that this one does', () => {
    const [{ json, pem }, { pem: another }] = [dataOf(BY_TOKEN), dataOf(BY_TOKEN)];
    const told = (bundle: string) => identityOf(json, { attestor: 'join_token', bundle }, Date.now());
    expect(told(`${another}\n${pem}`)).toMatchObject({ joined: true, other: false });
    expect(told(another)).toMatchObject({ joined: false, other: true });
  });

  it('knows an agent that was refused, which writes that it has none', () => {
    const refused = JSON.stringify({ svid: null, bundle: null, reattestable: false });
    expect(identityOf(refused, { attestor: 'x509pop', bundle: '' }, Date.now())).toMatchObject({
      joined: false,
      other: false,
    });
  });

  it('counts a host as joined only with the key beside it', async () => {
    const data = temporaryFolder();
    const joined = async () =>
      (await runModule(spireAgentIdentity, { data, attestor: 'join_token' })).returns['joined'];
    expect(await joined()).toBe(false);
    writeFileSync(join(data, 'agent-data.json'), dataOf(BY_TOKEN).json);
    expect(await joined()).toBe(false);
    writeFileSync(join(data, 'keys.json'), '{}');
    expect(await joined()).toBe(true);
  });
});

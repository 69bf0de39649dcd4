import { X509Certificate } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import pkiCa from '../../../roles/pki/modules/pki_ca.ts';
import { runModule, settles, temporaryFolder } from '../../support/module.ts';

function setting() {
  const [folder, host] = [temporaryFolder(), temporaryFolder()];
  return { folder, host, given: { folder, ca: 'spire', path: join(host, 'ca.pem'), mode: '0644' } };
}

describe('pki_ca', () => {
  it('makes a CA, lays its certificate, and then leaves it alone', async () => {
    const { folder, host, given } = setting();
    expect((await settles(pkiCa, given)).changes).toEqual([{ key: 'certificate', before: null, after: 'spire' }]);
    expect(new X509Certificate(readFileSync(given.path)).subject).toBe('O=mesh-play\nCN=spire CA');
    expect(readdirSync(join(folder, 'spire')).sort()).toEqual(['ca.key', 'ca.pem']);
    expect(readdirSync(host)).toEqual(['ca.pem']);
  });

  it('makes nothing in check mode', async () => {
    const { folder, host, given } = setting();
    expect((await runModule(pkiCa, given, { check: true })).changed).toBe(true);
    expect([...readdirSync(folder), ...readdirSync(host)]).toEqual([]);
  });

  it('puts another CA’s certificate, and other permissions, right', async () => {
    const { folder, given } = setting();
    await settles(pkiCa, given);
    chmodSync(given.path, 0o600);
    expect((await settles(pkiCa, given)).changes).toEqual([{ key: 'mode', before: '0600', after: '0644' }]);
    rmSync(join(folder, 'spire'), { recursive: true });
    expect((await settles(pkiCa, given)).changes).toEqual([{ key: 'certificate', before: 'another', after: 'spire' }]);
  });
});
